/**
 * @file What is in a file: its images, alike ones together, and the volume that they make. Only
 * headers are read, where a format allows for it. Nothing in it names a person.
 */
import { isString, must } from '../arguments.ts'
import type { ByteSource } from '../source.ts'
import { openImages, sourceOf } from './decode.ts'
import { HEAD_BYTES, type ImageFacts, type StoredImage } from './format.ts'
import { formatOf } from './formats/index.ts'
import { openZarrFolder } from './formats/zarr/index.ts'
import { axisCodes } from './planes.ts'
import type { Affine, Volume } from './volume.ts'

/** Images that follow each other and are alike in all that their headers tell. */
export interface ImageGroup extends ImageFacts {
  count: number
  /** The names of the first and the last one within the file. */
  names?: readonly [first: string, last: string]
  width: number
  height: number
  /** Sizes of the same picture in smaller. */
  levels?: readonly { width: number; height: number }[]
}

/** What is known of a volume. */
export interface VolumeInfo extends Pick<Volume, 'size' | 'spacing' | 'type'> {
  /** Towards which ends of the patient i, j and k run: `RAS`, `LPS`, … */
  axes?: string
  affine?: Affine
}

export interface FileInfo {
  format: string
  images: readonly ImageGroup[]
  volume?: VolumeInfo
  /** What is to be said of it, each half a sentence about "it". */
  notes: readonly string[]
}

/**
 * Tells what is in a file, without decoding its pixels.
 * @param file its bytes, or a source that is read by range
 * @param where names it in errors
 * @throws AdzusError for files that cannot be read
 * @example
 * const { format, images } = await fileInfo(await readFile('brain.nii.gz'))
 */
export async function fileInfo(file: Uint8Array | ByteSource, where = 'image'): Promise<FileInfo> {
  must('where', isString(where), 'a text', where)
  const source = sourceOf(file, where)
  const images = await openImages(source, where)
  const format = formatOf(await source.read(0, Math.min(source.size, HEAD_BYTES)))!
  const volume = await format.openVolume?.(source, where)
  return { format: format.name, images: groupsOf(images), ...volumeInfo(volume) }
}

/**
 * The same of an OME-Zarr folder.
 * @throws AdzusError for whatever its files cause
 */
export async function folderInfo(path: string): Promise<FileInfo> {
  const { images, volume } = await openZarrFolder(path)
  return { format: 'OME-Zarr', images: groupsOf(images), ...volumeInfo(volume) }
}

function volumeInfo(volume: Volume | undefined): Pick<FileInfo, 'volume' | 'notes'> {
  if (!volume) return { notes: [] }
  const { size, spacing, type, affine, notes } = volume
  return { volume: { size, spacing, type, ...(affine && { axes: axisCodes(affine), affine }) }, notes }
}

function groupsOf(images: readonly StoredImage[]): ImageGroup[] {
  const groups: { key: string; first: StoredImage; last: StoredImage; count: number }[] = []
  for (const image of images) {
    const { width, height, facts, levels } = image
    const key = JSON.stringify([width, height, facts, levels?.map((level) => [level.width, level.height])])
    const group = groups.at(-1)
    if (group?.key === key) {
      group.last = image
      group.count++
    } else groups.push({ key, first: image, last: image, count: 1 })
  }
  return groups.map(({ first, last, count }) => ({
    count,
    ...(first.name !== undefined && { names: [first.name, last.name ?? first.name] as const }),
    width: first.width,
    height: first.height,
    ...first.facts,
    ...(first.levels && first.levels.length > 0 && { levels: first.levels.map(({ width, height }) => ({ width, height })) }),
  }))
}
