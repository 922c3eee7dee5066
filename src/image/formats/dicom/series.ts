/**
 * @file DICOM files as volumes: the slices of a series, which are files of their own, and the
 * frames of an enhanced or multi-frame file.
 */
import { AdzusError } from '../../../errors.ts'
import type { ByteSource } from '../../../source.ts'
import type { LeftOut, Series, SeriesVolume, Volume } from '../../volume.ts'
import { type Opened, openPixels } from './decode.ts'
import { normalOf, type Plane, planeOf, spacingOfFrame, type Vector } from './geometry.ts'
import { affineOf, stacked, stepsOf } from './stack.ts'
import { TAGS } from './tags.ts'
import { volumeOf } from './voxels.ts'

/** A frame that has a place in the patient. */
interface Slice {
  opened: Opened
  source: ByteSource
  frame: number
  plane: Plane
  spacing: { x: number; y: number }
  /** What slices of one volume share. */
  key: string
  number: number
}

/** Directions and sizes that differ by less are the same. */
const DIGITS = 3

/**
 * Makes volumes of files, in any order, of one series or of several: slices are sorted by their
 * positions; what differs in series, directions, size or spacing becomes a volume of its own.
 *
 * The sources stay open while the volumes are used. Files of a series that were taken several times
 * at the same positions (phases) become one volume for each time.
 * @param where names the files in errors, for example their folder
 * @returns the volumes, the largest first, and the files that are in none of them
 * @throws AdzusError where no file is a slice
 * @example
 * const { volumes, left } = await openSeries(sources, 'study')
 * const { data, width, height } = await volumes[0].slice(2, 0)
 */
export async function openSeries(sources: readonly ByteSource[], where: string): Promise<Series> {
  const left: LeftOut[] = []
  const volumes: SeriesVolume[] = []
  const groups = new Map<string, Slice[]>()
  for (const source of sources) {
    try {
      const opened = await openPixels(source, source.name)
      if (opened.attributes.frames > 1) {
        const volume = multiFrame(opened, source, source.name)
        if (volume) volumes.push(volume)
        else left.push({ name: source.name, why: 'its frames have no place in space, or not in one direction' })
        continue
      }
      const slice = sliceOf(opened, source, 0)
      if (typeof slice === 'string') left.push({ name: source.name, why: slice })
      else groups.set(slice.key, [...(groups.get(slice.key) ?? []), slice])
    } catch (error) {
      if (!(error instanceof AdzusError)) throw error
      left.push({ name: source.name, why: `it cannot be read: ${error.failure.got}` })
    }
  }
  const all = [...groups.values()]
  for (const slices of all) {
    const series = seriesOf(slices[0])
    const others = all.filter((group) => group !== slices && seriesOf(group[0]) === series)
    if (slices.length === 1 && others.some((group) => group.length > 1))
      left.push({ name: slices[0].source.name, why: 'it has other directions, sizes or spacings than the other slices of its series' })
    else volumes.push(...volumesOf(slices, others.length > 0, where, left))
  }
  if (volumes.length === 0)
    throw new AdzusError({
      what: 'volume',
      where,
      expected: 'DICOM files with slices that have a place in space',
      got: left.length > 0 ? `${left.length} files without; of the first is to be said: ${left[0].why}` : 'no file',
    })
  return { volumes: volumes.sort((a, b) => b.size[2] - a.size[2]), left }
}

/**
 * The frames of a file as a volume.
 * @returns nothing where it has one frame, or its frames have no place in space
 */
export async function openDicomVolume(source: ByteSource, where: string): Promise<Volume | undefined> {
  const opened = await openPixels(source, where)
  return opened.attributes.frames > 1 ? multiFrame(opened, source, where) : undefined
}

const seriesOf = ({ opened }: Slice) => opened.file.data.text(TAGS.series) ?? ''

/** A frame as a slice, or why it is none. */
function sliceOf(opened: Opened, source: ByteSource, frame: number): Slice | string {
  const { attributes, file, groups } = opened
  if (attributes.samples > 1 || attributes.photometric === 'PALETTE COLOR') return 'it is a picture in colours'
  const group = groups.of(frame)
  const plane = planeOf(group) ?? gridPlane(opened, frame)
  if (!plane) return 'it does not tell its place in space'
  const spacing = spacingOfFrame(file.data, group) ?? { x: 1, y: 1 }
  const fixed = (values: readonly number[]) => values.map((value) => (value + 0).toFixed(DIGITS).replace(/^-(0\.?0*)$/, '$1')).join(' ')
  const key = [
    file.data.text(TAGS.series) ?? '',
    `${attributes.width} ${attributes.height}`,
    fixed([...plane.row, ...plane.column, spacing.x, spacing.y]),
  ].join('|')
  return { opened, source, frame, plane, spacing, key, number: file.data.decimal(TAGS.instanceNumber) ?? 0 }
}

/** Frames of a dose grid lie at offsets from the first (PS3.3, C.8.8.3.2). */
function gridPlane({ file, groups }: Opened, frame: number): Plane | undefined {
  const offsets = file.data.decimals(TAGS.gridOffsets)
  const plane = planeOf(groups.of(0))
  if (!plane || !offsets || !(frame in offsets)) return plane
  const normal = normalOf(plane)
  const away = offsets[frame] - offsets[0]
  return { ...plane, position: plane.position.map((at, axis) => at + away * normal[axis]) as unknown as Vector }
}

function multiFrame(opened: Opened, source: ByteSource, where: string): SeriesVolume | undefined {
  const { frames } = opened.attributes
  const grid = opened.file.data.get(TAGS.gridOffsets) !== undefined
  const slices: Slice[] = []
  for (let frame = 0; frame < frames; frame++) {
    const slice = sliceOf(opened, source, frame)
    if (typeof slice === 'string') return undefined
    slices.push(grid ? { ...slice, plane: gridPlane(opened, frame) ?? slice.plane } : slice)
  }
  if (slices.some(({ key }) => key !== slices[0].key)) return undefined
  const { slices: kept, doubled } = stacked(slices)
  if (kept.length < 2) return undefined
  const notes = doubled.length > 0 ? [`${doubled.length} of its frames lie where others do: they are left out`] : []
  return assembled(kept, where, notes)
}

/** The volumes of slices that fit together; what is doubled and no further volume is left out. */
function volumesOf(slices: readonly Slice[], split: boolean, where: string, left: LeftOut[]): SeriesVolume[] {
  const notes = split ? ['its series has slices of other directions, sizes or spacings, which are no part of it'] : []
  const phases: Slice[][] = []
  for (let rest = [...slices].sort((a, b) => a.number - b.number); rest.length > 0; ) {
    const { slices: kept, doubled } = stacked(rest)
    phases.push(kept)
    rest = doubled
  }
  const [first, ...others] = phases
  if (others.every((phase) => phase.length === first.length))
    return phases.map((phase, i) =>
      assembled(
        phase,
        where,
        others.length > 0 ? [...notes, `its series has ${phases.length} slices at each position: this is number ${i + 1}`] : notes,
      ),
    )
  for (const { source } of others.flat()) left.push({ name: source.name, why: 'another file of its series lies at the same position' })
  return [assembled(first, where, notes)]
}

function assembled(slices: readonly Slice[], where: string, told: readonly string[]): SeriesVolume {
  const notes = [...told]
  const [{ opened, spacing }] = slices
  const { attributes, file } = opened
  const planes = slices.map(({ plane }) => plane)
  const thickness = file.data.decimal(TAGS.sliceThickness) ?? 1
  const steps = planes.length > 1 ? stepsOf(planes) : { step: thickness > 0 ? thickness : 1, notes: [] }
  notes.push(...steps.notes)
  const affine = affineOf(planes, spacing, steps.step, notes)
  const sources = [...new Set(slices.map(({ source }) => source))]
  const volume = volumeOf({
    width: attributes.width,
    height: attributes.height,
    where,
    spacing: [spacing.x, spacing.y, Math.hypot(affine[2], affine[6], affine[10])],
    affine,
    type: attributes.kind === 'float' ? `float${attributes.allocated}` : `${attributes.signed ? 'int' : 'uint'}${attributes.allocated}`,
    notes,
    origin: { format: 'dicom', headers: [...new Set(slices.map((slice) => slice.opened.file.header))] },
    slices: slices.map((slice) => () => slice.opened.decode(slice.frame)),
  })
  return { ...volume, files: sources.map(({ name }) => name) }
}
