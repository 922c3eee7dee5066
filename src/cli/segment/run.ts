/**
 * @file One call's images: while the device works on one (or on a batch), the next is read and decoded, and the results of the one before are encoded and written. Reports come in
 * the order of the inputs.
 */
import { join } from 'node:path'
import { AdzusError } from '../../errors.ts'
import type { Adzus, LazyImage, ManyOptions, Parameters, Segmentation } from '../../index.ts'
import { printable } from '../../messages.ts'
import { refuseInput } from '../files.ts'
import { type Input, shownPath } from '../inputs.ts'
import { refuseForeign } from '../origin.ts'
import { jsonLine } from '../output.ts'
import type { Progress } from '../progress.ts'
import { readPicture } from '../read.ts'
import { version } from '../version.ts'
import { checkLengths, foregroundShare, type InputFile, inputFile, isDone, type RunInfo, resultPaths, writeResults } from './results.ts'

/** What the call asks of the segmentation. */
export type Choices = Omit<ManyOptions, 'onProgress' | 'signal'>

export interface Job {
  inputs: readonly Input[]
  /** The folder of the results. */
  output: string
  switches: Record<string, boolean>
  progress: Progress
  /** Ends the run: the image in hand is finished or dropped whole. */
  signal: AbortSignal
}

/** In place of an image whose results are there. */
class DoneBefore extends AdzusError {}

export class Run {
  readonly #adzus: Adzus
  readonly #choices: Choices
  readonly #job: Job
  /** What the images that are under way were read from. */
  readonly #files = new Map<Input, InputFile>()

  constructor(adzus: Adzus, choices: Choices, job: Job) {
    this.#adzus = adzus
    this.#choices = choices
    this.#job = job
  }

  /** Returns the exit code, or throws the reason of an abort. */
  async all(): Promise<number> {
    const { inputs, progress, signal } = this.#job
    const { backend } = this.#adzus
    const info: RunInfo = {
      version: await version(),
      model: { path: this.#adzus.model, sha256: await this.#adzus.modelHash() },
      backend: backend.kind,
      adapter: backend.description,
    }
    const parameters = this.#adzus.parameters(this.#choices)
    const own = new Set(inputs.map((i) => i.real))
    const results = this.#adzus.segmentAll(
      inputs.map((input) => ({ name: shown(input), read: () => this.#read(input, own, parameters, info) })),
      {
        ...this.#choices,
        signal,
        onProgress: (stage, i) => progress.show(`${i + 1}/${inputs.length} ${shown(inputs[i])}: ${stage}`),
      },
    )
    const failures: string[] = []
    let next = 0
    let start = performance.now()
    for await (const result of results) {
      const input = inputs[next++]
      try {
        if (result.status === 'rejected') throw result.reason
        await this.#write(input, result.value, info, start)
      } catch (error) {
        if (error instanceof DoneBefore) this.#skipped(input)
        else if (error instanceof AdzusError) failures.push(this.#failed(input, error))
        else throw error
      } finally {
        this.#files.delete(input)
      }
      signal.throwIfAborted()
      start = performance.now()
    }
    if (failures.length === 0) return 0
    progress.clear()
    console.error(`${failures.length} of ${inputs.length} images failed:\n${failures.map((f) => `  ${f}`).join('\n')}`)
    return 1
  }

  async #read(input: Input, own: ReadonlySet<string>, parameters: Parameters, info: RunInfo): ReturnType<LazyImage['read']> {
    const { resume = false, overwrite = false } = this.#job.switches
    if (input.fault) throw input.fault
    const contents = await readPicture(input.path, shown(input))
    const file = inputFile(input.path, contents)
    const base = this.#base(input)
    if (resume && (await isDone(base, file, parameters, info)))
      throw new DoneBefore({ what: 'segment', where: shown(input), expected: 'an image without results', got: 'one with them' })
    checkLengths(base)
    const paths = resultPaths(base)
    for (const path of Object.values(paths)) await refuseInput(path, own, '--output')
    await refuseForeign(Object.values(paths), paths.json, overwrite)
    this.#files.set(input, file)
    return contents
  }

  /** @param start when the image before was through: what lies between is what this one took, however much was done beside each other */
  async #write(input: Input, result: Segmentation, info: RunInfo, start: number): Promise<void> {
    const base = this.#base(input)
    const { overwrite } = this.#job.switches
    const write = () => writeResults(base, this.#files.get(input)!, result, info, { overwrite })
    await this.#adzus.backend.profile.stage('write', write, { beside: true })
    const share = foregroundShare(result)
    const { segments, width, height, timings, notes } = result
    const milliseconds = Math.round(performance.now() - start)
    const results = resultPaths(base)
    const counts = { width, height, segments: segments.length, foregroundShare: share }
    this.#report(
      { input: shown(input), status: 'done', results, ...counts, milliseconds, timings, notes },
      `${printable(shown(input))}: ${segments.length} ${segments.length === 1 ? 'segment' : 'segments'}, ${(100 * share).toFixed(1)} % foreground, ${(milliseconds / 1000).toFixed(1)} s → ${printable(results.mask)}`,
    )
    for (const note of notes) console.error(printable(`${shown(input)}: ${note}`))
  }

  #skipped(input: Input): void {
    this.#report(
      { input: shown(input), status: 'skipped', results: resultPaths(this.#base(input)) },
      `${printable(shown(input))}: done before`,
    )
  }

  #failed(input: Input, { message }: AdzusError): string {
    this.#report({ input: shown(input), status: 'failed', error: message })
    return `${printable(shown(input))}: ${message}`
  }

  #base({ name }: Input): string {
    return join(this.#job.output, name)
  }

  #report(line: object, text?: string): void {
    const { progress, switches } = this.#job
    progress.clear()
    if (switches.json) console.log(jsonLine(line))
    else if (text !== undefined) console.log(text)
  }
}

const shown = ({ path }: Input) => shownPath(path)
