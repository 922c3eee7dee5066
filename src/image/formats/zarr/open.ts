/** @file A picture of an OME-Zarr hierarchy: its planes as images, its stack as a volume. */
import { check } from '../../../errors.ts'
import type { Decoded, ImageFacts, StoredImage } from '../../format.ts'
import type { Part } from '../../part-of.ts'
import { checkSize, type Samples } from '../../raster.ts'
import type { Spacing } from '../../spacing.ts'
import type { Volume } from '../../volume.ts'
import { type OpenArray, openArray } from './array.ts'
import { type AxisName, areAxes, broken, MOST_CHANNELS, type Multiscale, readMultiscale } from './metadata.ts'
import type { ZarrStore } from './store.ts'

/** What is in a hierarchy. */
export interface ZarrPicture {
  /** Every plane, by its place in time and depth. */
  images: readonly StoredImage[]
  /** The planes behind each other, where there are several; at the first point in time. */
  volume?: Volume
}

/** More planes than this are listed by no one. */
const MOST_PLANES = 2 ** 16
/** Where names say no more than these, three channels are the colours of one picture. */
const COLOURS = [/^(r|red|channel 1)$/i, /^(g|green|channel 2)$/i, /^(b|blue|channel 3)$/i]

/** Sizes of an array along the axes that there may be; 1 where it has none. */
type Sizes = Readonly<Record<AxisName, number>>

/** A level with what is to be said of all its planes. */
interface Level {
  array: OpenArray
  axes: readonly AxisName[]
  sizes: Sizes
  spacing?: Spacing
  /** Millimetres from plane to plane. */
  depth?: number
  channelNames?: readonly string[]
  notes: readonly string[]
  where: string
}

/**
 * Opens a hierarchy: an OME-Zarr picture (0.4 on Zarr 2, 0.5 on Zarr 3), or a single array, whose
 * axes then count as the last of t, c, z, y and x.
 * @param where names it in errors
 * @throws AdzusError for whatever its files cause
 * @example
 * const { images, volume } = await openZarr(folderStore('cells.zarr'), 'cells.zarr')
 * const nuclei = await images[0].decodePart({ channels: [1] })
 */
export async function openZarr(store: ZarrStore, where: string): Promise<ZarrPicture> {
  const found = await readMultiscale(store, where)
  const picture = found?.picture ?? { axes: [], levels: [{ path: '' }], units: [], notes: [] }
  const levels: Level[] = []
  for (const [i, { path, scale }] of picture.levels.entries()) {
    const array = await openArray(store, found ? `${found.path}/${path}` : path, where)
    levels.push(levelOf(array, picture, i, scale, where))
  }
  const [first, ...others] = levels
  const { t, z } = first.sizes
  check(t * z <= MOST_PLANES, () => broken(where, `one of ${t} × ${z} planes`).failure)
  const images = Array.from({ length: t * z }, (_, i) => {
    const place = { t: Math.floor(i / z), z: i % z }
    const levels = others.map((level) => planeOf(level, nearest(place, first.sizes, level.sizes)))
    return { ...planeOf(first, place), name: nameOf(place, first.sizes), levels }
  })
  return { images, volume: z > 1 ? volumeOf(first) : undefined }
}

function levelOf(
  array: OpenArray,
  { axes: told, units, channelNames, notes }: Multiscale,
  index: number,
  scale: readonly number[] | undefined,
  where: string,
): Level {
  const { shape } = array
  const axes = told.length > 0 ? told : (['t', 'c', 'z', 'y', 'x'] as const).slice(-shape.length)
  if (axes.length !== shape.length || !areAxes(axes))
    throw broken(where, `an array of ${shape.length} axes, where there are ${axes.length} (${axes.join(', ')})`)
  const sizeOf = (name: AxisName) => (axes.includes(name) ? shape[axes.indexOf(name)] : 1)
  const lengthOf = (name: AxisName) => {
    const at = axes.indexOf(name)
    const unit = at < 0 ? undefined : units[at]
    return unit === undefined || scale?.[at] === undefined ? undefined : Number((unit * scale[at]).toPrecision(12))
  }
  const sizes = { t: sizeOf('t'), c: sizeOf('c'), z: sizeOf('z'), y: sizeOf('y'), x: sizeOf('x') }
  const [x, y] = [lengthOf('x'), lengthOf('y')]
  check(sizes.c <= MOST_CHANNELS, () => broken(where, `one of ${sizes.c} channels`).failure)
  const names = channelNames?.length === sizes.c ? channelNames : Array.from({ length: sizes.c }, (_, c) => `channel ${c + 1}`)
  const colours = sizes.c === 3 && array.type === 'uint8' && names.every((name, c) => COLOURS[c].test(name))
  const measured = axes.includes('c') && !colours && (sizes.c > 1 || channelNames?.length === 1)
  const misnamed = channelNames && channelNames.length !== sizes.c ? [`it names ${channelNames.length} channels and has ${sizes.c}`] : []
  return {
    array,
    axes,
    sizes,
    spacing: x !== undefined && y !== undefined ? { x, y, unit: 'mm' } : undefined,
    depth: lengthOf('z'),
    channelNames: measured ? names : undefined,
    notes: index === 0 ? [...notes, ...misnamed] : [],
    where,
  }
}

type Place = { t: number; z: number }

/** The same place in a level that may have fewer planes. */
const nearest = ({ t, z }: Place, from: Sizes, to: Sizes): Place => ({
  t: Math.min(to.t - 1, Math.floor((t * to.t) / from.t)),
  z: Math.min(to.z - 1, Math.floor((z * to.z) / from.z)),
})

function nameOf({ t, z }: Place, sizes: Sizes): string | undefined {
  const names = [...(sizes.t > 1 ? [`t ${t + 1}`] : []), ...(sizes.z > 1 ? [`z ${z + 1}`] : [])]
  return names.length > 0 ? names.join(', ') : undefined
}

function planeOf(level: Level, place: Place): StoredImage {
  const { sizes, where } = level
  const [width, height] = [sizes.x, sizes.y]
  const read = async ({ region, channels }: Part): Promise<Decoded> => {
    checkSize(region?.width ?? width, region?.height ?? height, where)
    return readBlock(level, { ...place, region: region ?? { x: 0, y: 0, width, height } }, channels)
  }
  return { width, height, facts: factsOf(level), decode: () => read({}), decodePart: read }
}

function factsOf({ array, axes, sizes, spacing, channelNames }: Level): ImageFacts {
  return { type: array.type, channels: sizes.c, channelNames, spacing, compression: array.compression, others: { axes: axes.join('') } }
}

/** What is read: a rectangle of a plane. */
interface Block extends Place {
  region: { x: number; y: number; width: number; height: number }
}

/** Reads a rectangle, of all channels or of some, the channels of a pixel beside each other. */
async function readBlock(level: Level, { t, z, region: { x, y, width, height } }: Block, channels?: readonly number[]): Promise<Decoded> {
  const { sizes } = level
  const wanted = channels ?? Array.from({ length: sizes.c }, (_, c) => c)
  const along = { x: { start: x, count: width }, y: { start: y, count: height }, t: { start: t, count: 1 }, z: { start: z, count: 1 } }
  const data = await readChannels(level, along, ['x', 'y'], wanted)
  const { spacing, channelNames, notes } = level
  return {
    width,
    height,
    channels: wanted.length,
    data,
    spacing,
    channelNames: channelNames && wanted.map((c) => channelNames[c]),
    notes: [...notes],
  }
}

type Ranges = Record<'t' | 'z' | 'y' | 'x', { start: number; count: number }>

/** Reads channels one after the other, or all at once where they follow each other. */
async function readChannels({ array, axes }: Level, along: Ranges, [across, down]: readonly AxisName[], channels: readonly number[]) {
  const width = along[across as 'x'].count
  const steps: Partial<Record<AxisName, number>> = { c: 1, [across]: channels.length, [down]: width * channels.length }
  const blockOf = (start: number, count: number) =>
    axes.map((axis) => ({ ...(axis === 'c' ? { start, count } : along[axis]), step: steps[axis] ?? 0 }))
  if (channels.every((c, i) => c === channels[0] + i)) return array.read(blockOf(channels[0], channels.length))
  const planes: Samples[] = []
  for (const c of channels) planes.push(await array.read(blockOf(c, 1).map((one) => ({ ...one, step: one.step / channels.length }))))
  const out = new (planes[0].constructor as new (length: number) => Samples)(planes[0].length * channels.length)
  for (const [c, plane] of planes.entries()) for (let i = 0; i < plane.length; i++) out[i * channels.length + c] = plane[i]
  return out
}

/** i runs along x, j along y, k along z. */
function volumeOf(level: Level): Volume {
  const { array, sizes, spacing, depth, channelNames, notes, where } = level
  const names = ['x', 'y', 'z'] as const
  const distances = [spacing?.x ?? 1, spacing?.y ?? 1, depth ?? 1] as const
  const channels = Array.from({ length: sizes.c }, (_, c) => c)
  return {
    size: [sizes.x, sizes.y, sizes.z],
    spacing: distances,
    type: array.type,
    notes: sizes.t > 1 ? [...notes, `it has ${sizes.t} points in time: the first is taken`] : notes,
    origin: { format: 'other' },
    async slice(axis, index) {
      check(Number.isInteger(index) && index >= 0 && index < sizes[names[axis]], () => ({
        what: 'volume: slice',
        where,
        expected: `a whole number from 0 to ${sizes[names[axis]] - 1}`,
        got: `${index}`,
      }))
      const [across, down] = ([0, 1, 2] as const).filter((other) => other !== axis)
      const whole = (name: 'x' | 'y' | 'z') => ({ start: 0, count: sizes[name] })
      const along = { x: whole('x'), y: whole('y'), z: whole('z'), t: { start: 0, count: 1 }, [names[axis]]: { start: index, count: 1 } }
      const data = await readChannels(level, along, [names[across], names[down]], channels)
      return {
        width: sizes[names[across]],
        height: sizes[names[down]],
        channels: sizes.c,
        data,
        spacing: spacing && depth ? { x: distances[across], y: distances[down], unit: 'mm' } : undefined,
        channelNames,
        notes: [],
      }
    },
  }
}
