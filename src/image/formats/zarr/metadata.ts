/**
 * @file What OME-Zarr's metadata say (versions 0.4 and 0.5 of the specification of OME-NGFF,
 * "multiscales" and "omero"; earlier ones where they agree). They are anybody's JSON: what does not
 * fit counts as not said, unless nothing could be read without it.
 */
import { isRecord, isString } from '../../../arguments.ts'
import { AdzusError } from '../../../errors.ts'
import type { ZarrStore } from './store.ts'

/** The axes there may be. */
export type AxisName = 't' | 'c' | 'z' | 'y' | 'x'
const AXES: readonly AxisName[] = ['t', 'c', 'z', 'y', 'x']

/** A picture in several sizes. */
export interface Multiscale {
  /** The axes of its arrays, in their order. */
  axes: readonly AxisName[]
  /** The largest first. */
  levels: readonly { path: string; scale?: readonly number[] }[]
  /** Millimetres of the unit along each axis, where that is a length that is known. */
  units: readonly (number | undefined)[]
  channelNames?: readonly string[]
  notes: string[]
}

/** More bytes than these are no metadata. */
const MOST_METADATA = 2 ** 24
/** Levels and channels that there may be. */
const MOST_LEVELS = 64
export const MOST_CHANNELS = 4096
const LONGEST_NAME = 100

/** Millimetres of units of length, as the specification (UDUNITS-2) and common files write them. */
const UNITS: Readonly<Record<string, number>> = {
  angstrom: 1e-7,
  nanometer: 1e-6,
  nm: 1e-6,
  micrometer: 1e-3,
  micron: 1e-3,
  um: 1e-3,
  µm: 1e-3,
  millimeter: 1,
  mm: 1,
  centimeter: 10,
  meter: 1000,
  inch: 25.4,
}

/**
 * Reads what a group says of its picture. Several of them, as series of a converted file, lie in
 * groups of their own: the first is taken.
 * @returns the path of the group, and its picture; nothing where this is an array
 * @throws AdzusError where there is neither
 */
export async function readMultiscale(store: ZarrStore, where: string): Promise<{ path: string; picture: Multiscale } | undefined> {
  const root = await attributesOf(store, '', where)
  if (root.attributes['bioformats2raw.layout'] !== undefined && root.attributes['multiscales'] === undefined) {
    const first = await attributesOf(store, '/0', where)
    const { picture } = pictureOf(first.attributes, where)
    return { path: '/0', picture: { ...picture, notes: ['it is a series of pictures: the first is taken', ...picture.notes] } }
  }
  if (root.isArray && root.attributes['multiscales'] === undefined) return undefined
  return { path: '', ...pictureOf(root.attributes, where) }
}

/** @returns the attributes of a group or an array: of OME's in version 0.5, else its own */
async function attributesOf(
  store: ZarrStore,
  path: '' | `/${string}`,
  where: string,
): Promise<{ attributes: Record<string, unknown>; isArray: boolean }> {
  const third = await readJson(store, `${path}/zarr.json`, where)
  if (third) {
    const attributes = recordOf(third['attributes'])
    return { attributes: isRecord(attributes['ome']) ? attributes['ome'] : attributes, isArray: third['node_type'] === 'array' }
  }
  const second = await readJson(store, `${path}/.zattrs`, where)
  const isArray = (await readJson(store, `${path}/.zarray`, where)) !== undefined
  if (!second && !isArray && !(await readJson(store, `${path}/.zgroup`, where)))
    throw broken(where, 'a folder without Zarr’s metadata (zarr.json, .zattrs)')
  return { attributes: second ?? {}, isArray }
}

const recordOf = (value: unknown): Record<string, unknown> => (isRecord(value) ? value : {})
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

/** A file of metadata, where there is one. @throws AdzusError for what is no JSON object */
export async function readJson(store: ZarrStore, path: `/${string}`, where: string): Promise<Record<string, unknown> | undefined> {
  const bytes = await store.get(path)
  if (!bytes) return undefined
  if (bytes.length > MOST_METADATA) throw broken(where, `metadata of ${bytes.length} bytes (${path.slice(1)})`)
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes))
    if (isRecord(value)) return value
  } catch {}
  throw broken(where, `damaged metadata (${path.slice(1)})`)
}

function pictureOf(attributes: Record<string, unknown>, where: string): { picture: Multiscale } {
  const notes: string[] = []
  const all = listOf(attributes['multiscales'])
  if (all.length > 1) notes.push(`it has ${all.length} pictures (multiscales): the first is taken`)
  const [first] = all
  if (!isRecord(first)) {
    const plate = attributes['plate'] !== undefined || attributes['well'] !== undefined
    throw plate
      ? broken(where, 'a plate of many pictures', 'Name the folder of one of its fields, such as plate.zarr/A/1/0.')
      : broken(where, 'one without a picture (multiscales)')
  }
  const levels = listOf(first['datasets'])
    .slice(0, MOST_LEVELS)
    .flatMap((level) => (isRecord(level) && isString(level['path']) ? [{ path: level['path'], scale: scaleOf(level) }] : []))
  if (levels.length === 0) throw broken(where, 'a picture without arrays (datasets)')
  const axes = listOf(first['axes'] ?? AXES).map((axis) => (isRecord(axis) ? axis['name'] : axis))
  if (!areAxes(axes))
    throw broken(where, `axes ${JSON.stringify(axes)?.slice(0, 80)}, where t, c, z, y and x are read, each once and x and y always`)
  const units = listOf(first['axes'] ?? []).map((axis) =>
    isRecord(axis) && isString(axis['unit']) ? UNITS[axis['unit'].toLowerCase()] : undefined,
  )
  const whole = scaleOf(first)
  const scaled = levels.map(({ path, scale }) => ({
    path,
    scale: whole ? (scale ?? axes.map(() => 1)).map((value, i) => value * (whole[i] ?? 1)) : scale,
  }))
  return { picture: { axes, levels: scaled, units, channelNames: channelNamesOf(attributes['omero']), notes } }
}

export function areAxes(axes: readonly unknown[]): axes is AxisName[] {
  return (
    axes.every((axis) => AXES.includes(axis as AxisName)) && new Set(axes).size === axes.length && axes.includes('x') && axes.includes('y')
  )
}

/** The scale among the coordinate transformations of a level, or of all levels. */
function scaleOf(owner: Record<string, unknown>): number[] | undefined {
  const scales = listOf(owner['coordinateTransformations']).flatMap((one) =>
    isRecord(one) && one['type'] === 'scale' ? [listOf(one['scale'])] : [],
  )
  const [scale] = scales
  return scale?.every((value): value is number => typeof value === 'number' && value > 0 && Number.isFinite(value)) ? scale : undefined
}

function channelNamesOf(omero: unknown): string[] | undefined {
  const channels = listOf(recordOf(omero)['channels']).slice(0, MOST_CHANNELS)
  if (channels.length === 0) return undefined
  return channels.map((channel, i) => {
    const label = recordOf(channel)['label']
    return isString(label) && label.trim() !== '' ? label.trim().slice(0, LONGEST_NAME) : `channel ${i + 1}`
  })
}

export function broken(where: string, got: string, hint?: string, cause?: unknown): AdzusError {
  return new AdzusError({ what: 'image', where, expected: 'an OME-Zarr picture that can be read', got, hint }, { cause })
}
