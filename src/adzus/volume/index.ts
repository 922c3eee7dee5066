/** @file What `Adzus` needs of volumes, loaded when the first one is asked for. */
import { isFunction, isRecord, must } from '../../arguments.ts'
import { check } from '../../errors.ts'
import { openVolumes } from '../../image/open-volume.ts'
import type { Volume } from '../../image/volume.ts'

export { segmentVolume, volumeParameters } from './segment-volume.ts'

/** The one volume that is meant. */
export async function openOne(source: Volume | Uint8Array | readonly Uint8Array[], where = 'volume'): Promise<Volume> {
  if (isRecord(source) && isFunction(source['slice']) && Array.isArray(source['size'])) return source as unknown as Volume
  const files = source instanceof Uint8Array ? [source] : source
  const bytes = Array.isArray(files) && files.every((file) => file instanceof Uint8Array)
  must('source', bytes, 'a volume, a file’s bytes, or a list of the bytes of slices', source)
  const volumes = await openVolumes(files as readonly Uint8Array[], where)
  check(volumes.length === 1, () => ({
    what: 'volume',
    where,
    expected: 'slices of one series',
    got: `slices of ${volumes.length}`,
    hint: 'Open them by openVolumes and segment one after another.',
  }))
  return volumes[0]
}
