/** @file From files to the volumes that are in them, by what their first bytes are. */
import { AdzusError } from '../errors.ts'
import { type ByteSource, bytesSource } from '../source.ts'
import { HEAD_BYTES } from './format.ts'
import { formatOf } from './formats/index.ts'
import type { Volume } from './volume.ts'

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
