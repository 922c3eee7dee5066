/** @file From a volume's result to the bytes of its files. */
import { digestOf } from '../encode.ts'
import type { FinishedVolume, VolumeOutput, VolumeRecordOutput } from './output.ts'
import { type VolumeRecord, volumeRecord } from './record.ts'

/** What is to be saved of a volume. */
export interface EncodedVolume {
  /** By the files' names, in the order in which they are to be written: the record comes last. */
  files: Map<string, Uint8Array>
  record: VolumeRecord
  /** Milliseconds that encoding took. */
  milliseconds: number
}

/**
 * Makes the files of one volume.
 * @throws AdzusError for outputs that its source has no place for, as `dicom-seg` of other formats
 * @example
 * const { files } = await encodeVolume(finished, volumeOutputsOf(chooseOutputs(['nifti', 'json'])))
 */
export async function encodeVolume(
  volume: FinishedVolume,
  outputs: readonly (VolumeOutput | VolumeRecordOutput)[],
): Promise<EncodedVolume> {
  const start = performance.now()
  const made = []
  // One after another: each may be as large as the volume.
  for (const output of outputs)
    if (output.per === 'volume') {
      const bytes = await output.encode(volume)
      made.push({ output: output.name, name: volume.name + output.suffix, bytes, digest: await digestOf(bytes) })
    }
  const milliseconds = performance.now() - start
  const record = volumeRecord(volume, {
    files: Object.fromEntries(made.map(({ output, name }) => [output, name])),
    resultFiles: Object.fromEntries(made.map(({ output, digest }) => [output, digest])),
    encode: milliseconds,
  })
  const files = new Map(made.map(({ name, bytes }) => [name, bytes]))
  for (const output of outputs) if (output.per === 'record') files.set(volume.name + output.suffix, output.encode(record))
  return { files, record, milliseconds }
}
