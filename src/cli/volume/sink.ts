/**
 * @file The output folder of volumes: the files of each are written together or not at all, its
 * record last, as those of pictures are (`sinks/folder.ts`).
 */
import { basename, dirname, join, relative } from 'node:path'
import { readRegular } from '#platform'
import type { Volume, VolumeParameters, VolumeSegmentation } from '../../index.ts'
import { digestOf } from '../../output/encode.ts'
import type { RunInfo } from '../../output/output.ts'
import { encodeVolume } from '../../output/volume/encode.ts'
import type { InputFiles, VolumeOutput, VolumeRecordOutput } from '../../output/volume/output.ts'
import { VOLUME_FORMAT, type VolumeRecord } from '../../output/volume/record.ts'
import { volumeRecordOutput } from '../../output/volume/registry.ts'
import { refuseInput, remove, writeTogether } from '../files.ts'
import { shownPath } from '../inputs.ts'
import { checkLengths } from '../sinks/folder.ts'
import { isResult, MAX_RECORD, refuseForeign, type Target } from '../sinks/origin.ts'
import type { VolumeInput } from './find.ts'

/** Bytes of the largest result that is looked at again. */
const MAX_RESULT = 2 ** 32

export interface VolumeSinkOptions {
  outputs: readonly (VolumeOutput | VolumeRecordOutput)[]
  overwrite?: boolean
  /** Real paths of the inputs, none of which is ever written. */
  inputs: ReadonlySet<string>
  run: RunInfo
}

export class VolumeSink {
  readonly #folder: string
  readonly #options: VolumeSinkOptions

  constructor(folder: string, options: VolumeSinkOptions) {
    this.#folder = folder
    this.#options = options
  }

  /** Whether the results of a volume are there as this run would make them. */
  async has(item: VolumeInput, parameters: VolumeParameters, inputFiles: () => Promise<InputFiles>): Promise<boolean> {
    const { outputs, run } = this.#options
    try {
      const record: VolumeRecord = JSON.parse((await readRegular(this.#base(item) + volumeRecordOutput.suffix, MAX_RECORD)).toString())
      const sameCall = record.model.sha256 === run.model.sha256 && JSON.stringify(record.parameters) === JSON.stringify(parameters)
      if (record.kind !== 'volume' || record.format !== VOLUME_FORMAT || !sameCall) return false
      for (const output of outputs) {
        if (output.per !== 'volume') continue
        const noted = record.resultFiles[output.name]
        const found = await digestOf(await readRegular(this.#base(item) + output.suffix, Math.min(noted.bytes, MAX_RESULT)))
        if (noted.bytes !== found.bytes || noted.sha256 !== found.sha256) return false
      }
      return JSON.stringify(record.inputFiles) === JSON.stringify(await inputFiles())
    } catch {
      return false
    }
  }

  /** Called before a volume is computed. @throws AdzusError where its results could not be kept */
  async admit(item: VolumeInput, volume: Volume): Promise<void> {
    const { inputs, outputs, overwrite = false } = this.#options
    const targets = this.#targets(item)
    checkLengths(targets)
    for (const { path } of targets) await refuseInput(path, inputs, '--output')
    await refuseForeign(targets, undefined, overwrite)
    for (const output of outputs) if (output.per === 'volume') await output.admit?.(volume, shownPath(item.path))
  }

  /** Keeps a volume's results. Returns what took how many milliseconds. */
  async save(item: VolumeInput, inputFiles: InputFiles, result: VolumeSegmentation): Promise<Record<string, number>> {
    const start = performance.now()
    const { outputs, overwrite = false, run } = this.#options
    const base = this.#base(item)
    const input = relative(dirname(base), item.path)
    const { files, milliseconds } = await encodeVolume({ name: basename(base), input, inputFiles, result, run }, outputs)
    const record = base + volumeRecordOutput.suffix
    await writeTogether(dirname(base), files, async () => {
      await refuseForeign(this.#targets(item), undefined, overwrite)
      // The record of an earlier run must not vouch for files of this one, should we be stopped.
      if (files.has(basename(record)) || (await isResult(record, volumeRecordOutput.isOurs))) await remove(record)
    })
    return { encode: milliseconds, write: performance.now() - start - milliseconds }
  }

  /** The paths of a volume's results, by output. */
  files(item: VolumeInput): Record<string, string> {
    return Object.fromEntries(this.#options.outputs.map(({ name, suffix }) => [name, this.#base(item) + suffix]))
  }

  #base({ name }: VolumeInput): string {
    return join(this.#folder, name)
  }

  #targets(item: VolumeInput): Target[] {
    return this.#options.outputs.map(({ suffix, isOurs }) => ({ path: this.#base(item) + suffix, isOurs }))
  }
}
