/** @file From files to the volumes that are in them, by what their first bytes are. */
import { AdzusError } from '../errors.ts'
import { type ByteSource, bytesSource } from '../source.ts'
import { HEAD_BYTES } from './format.ts'
import { formatOf } from './formats/index.ts'
import type { Series, Volume } from './volume.ts'

/**
 * The volumes of some files: of one file that holds a volume, or of the slices of series, a file
 * each.
 * @param files their bytes, or sources that stay open while slices are read
 * @param where names them in errors
 * @returns one volume at least
 * @throws AdzusError where there is none, and for what the files' contents cause
 * @example
 * const [volume] = await openVolumes([await readFile('brain.nii.gz')])
 */
export async function openVolumes(files: readonly (Uint8Array | ByteSource)[], where = 'volume'): Promise<readonly Volume[]> {
  const sources = files.map((file, i) =>
    file instanceof Uint8Array ? bytesSource(files.length === 1 ? where : `${where} ${i + 1}`, file) : file,
  )
  const fail = (got: string) => new AdzusError({ what: 'volume', where, expected: 'a file with a volume, or the slices of a series', got })
  if (sources.length === 0) throw fail('no file')
  const formats = await Promise.all(sources.map(async (source) => formatOf(await source.read(0, Math.min(source.size, HEAD_BYTES)))))
  const [format] = formats
  if (sources.length === 1 && format?.openVolume) {
    const volume = await format.openVolume(sources[0], where)
    if (volume) return [volume]
  }
  const series = formats.find((one) => one?.openSeries)
  if (!series)
    throw fail(sources.length > 1 ? `${sources.length} files that are none` : format ? `a ${format.name} file without one` : 'another file')
  const slices = sources.filter((_, i) => formats[i] === series)
  return (await series.openSeries!(slices, where)).volumes
}

/** What a file may be, by its first bytes: a volume of its own, a slice of one, or neither. */
export interface VolumeKind {
  whole: boolean
  slice: boolean
}

/**
 * Whether files that begin like that may hold volumes.
 * @param head its first 1024 bytes, or all
 * @example
 * volumeKind(bytes.subarray(0, 1024)).whole // true for NIfTI
 */
export function volumeKind(head: Uint8Array): VolumeKind {
  const format = formatOf(head)
  return { whole: format?.openVolume !== undefined, slice: format?.openSeries !== undefined }
}

/**
 * The volumes that files of slices make, sorted by their positions, and what is in none of them.
 * @param sources of one format, which stay open while slices are read
 * @param where names them in errors
 * @throws AdzusError where no file is a slice
 * @example
 * const { volumes, left } = await openSeries(sources, 'study')
 */
export async function openSeries(sources: readonly ByteSource[], where: string): Promise<Series> {
  for (const source of sources) {
    const format = formatOf(await source.read(0, Math.min(source.size, HEAD_BYTES)))
    if (format?.openSeries) return format.openSeries(sources, where)
  }
  throw new AdzusError({ what: 'volume', where, expected: 'files with slices', got: `${sources.length} that have none` })
}
