/**
 * @file What a segmentation has to repeat of the slices that it belongs to: the patient and the
 * study (types 1 and 2 of their modules in PS3.3), the frame of reference, and where each slice
 * lies. Values are copied byte by byte, in the character set that they are written in.
 */
import { AdzusError } from '../../errors.ts'
import type { DataSet } from '../../image/formats/dicom/data-set.ts'
import { loadPart } from '../../part.ts'
import { bytesSource } from '../../source.ts'
import { decimal, element, type Tag } from './dicom-writer.ts'
import type { VoxelResult } from './output.ts'

/** A slice that is referred to. */
export interface SourceSlice {
  sopClass: string
  sopInstance: string
  /** Its frame, from 1, where one file has them all. */
  frame?: number
  /** Where its first voxel lies: x, y and z towards the left, the back and the head. */
  position: readonly string[]
}

/** What is known of the source. */
export interface SegSource {
  slices: SourceSlice[]
  /** Directions of rows and columns. */
  orientation: readonly string[]
  /** Millimetres from row to row, and from column to column. */
  pixelSpacing: readonly string[]
  series: string
  /** An element with the source's value; empty where it has none. */
  copy(tag: Tag, vr: string): Uint8Array
  has(tag: Tag): boolean
  text(tag: Tag): string | undefined
}

/**
 * Reads the headers of a DICOM volume.
 * @param where names it in errors
 * @throws AdzusError for volumes that are of another format, and for slices without what has to be
 *   repeated
 */
export async function segSource(
  { origin, size, spacing, affine }: Pick<VoxelResult, 'origin' | 'size' | 'spacing' | 'affine'>,
  where: string,
): Promise<SegSource> {
  const wrong = (got: string, hint?: string) =>
    new AdzusError({ what: 'dicom-seg', where, expected: 'slices of a DICOM series', got, hint })
  if (origin.format !== 'dicom') throw wrong('what is none, or tells no place in space', 'Save nifti instead.')
  const { readDicom } = await loadPart('DICOM reader', () => import('../../image/formats/dicom/file.ts'))
  const sets: DataSet[] = []
  for (const header of origin.headers) sets.push((await readDicom(bytesSource(where, header), where)).data)
  const [first] = sets
  if (!first || (sets.length !== 1 && sets.length !== size[2])) throw wrong(`${sets.length} headers of ${size[2]} slices`)
  const needed = (set: DataSet, tag: Tag, name: string) => {
    const text = set.text(numberOf(tag))
    if (text === undefined) throw wrong(`slices without ${name}`)
    return text
  }
  const own = sets.length === size[2]
  const positions = Array.from({ length: size[2] }, (_, k) => (own ? texts(sets[k], '(0020,0032)') : undefined) ?? positionBy(affine, k))
  const frames = own ? undefined : framesAt(first, positions)
  const orientation = (own ? texts(first, '(0020,0037)') : undefined) ?? directionsBy(affine, spacing)
  needed(first, '(0020,000D)', 'Study Instance UID')
  if (!orientation || positions.some((position) => position?.length !== 3))
    throw wrong('slices without position and orientation', 'Save nifti instead.')
  return {
    slices: positions.map((position, k) => ({
      sopClass: needed(sets[own ? k : 0], '(0008,0016)', 'SOP Class UID'),
      sopInstance: needed(sets[own ? k : 0], '(0008,0018)', 'SOP Instance UID'),
      frame: own ? frameOf(sets[k]) : (frames?.[k] ?? k + 1),
      position: position!,
    })),
    orientation,
    pixelSpacing: (own ? texts(first, '(0028,0030)') : undefined) ?? [decimal(spacing[1]), decimal(spacing[0])],
    series: needed(first, '(0020,000E)', 'Series Instance UID'),
    copy: (tag, vr) => element(tag, vr, first.value(numberOf(tag)) ?? ''),
    has: (tag) => first.value(numberOf(tag)) !== undefined,
    text: (tag) => first.text(numberOf(tag)),
  }
}

const numberOf = (tag: Tag) => Number.parseInt(tag.slice(1, 5) + tag.slice(6, 10), 16)

function texts(set: DataSet, tag: Tag): string[] | undefined {
  return set
    .text(numberOf(tag))
    ?.split('\\')
    .map((part) => part.trim())
}

/** The one frame of a file of frames; other files have none. */
function frameOf(set: DataSet): number | undefined {
  return set.text(numberOf('(0028,0008)')) === undefined ? undefined : 1
}

/** For each position the frame that lies nearest, from 1, where frames tell their places. */
function framesAt(set: DataSet, positions: readonly (readonly string[] | undefined)[]): number[] | undefined {
  const places = set.items(numberOf('(5200,9230)')).map((group) => {
    const [plane] = group.items(numberOf('(0020,9113)'))
    return plane && texts(plane, '(0020,0032)')?.map(Number)
  })
  if (places.length === 0 || places.some((place) => place?.length !== 3)) return undefined
  return positions.map((position) => {
    const away = places.map((place) => Math.hypot(...place!.map((at, axis) => at - Number(position?.[axis]))))
    return away.indexOf(Math.min(...away)) + 1
  })
}

/** DICOM's x and y grow the other way than those of the affine. */
const AWAY = [-1, -1, 1]

function positionBy(affine: VoxelResult['affine'], k: number): string[] | undefined {
  return affine && AWAY.map((sign, row) => decimal(sign * (affine[4 * row + 2] * k + affine[4 * row + 3])))
}

function directionsBy(affine: VoxelResult['affine'], spacing: VoxelResult['spacing']): string[] | undefined {
  return affine && [0, 1].flatMap((axis) => AWAY.map((sign, row) => decimal((sign * affine[4 * row + axis]) / spacing[axis])))
}
