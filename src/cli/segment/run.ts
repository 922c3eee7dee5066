/**
 * @file One call's images: while the device works on one (or on a batch), the next is read and
 * decoded, and the results of the one before go to the sinks. Reports come in the order of the
 * inputs.
 */
import { AdzusError } from '../../errors.ts'
import type { Adzus, ManyOptions, Parameters, Segmentation, TiledParameters } from '../../index.ts'
import { digestOf } from '../../output/encode.ts'
import type { Digest } from '../../output/output.ts'
import type { Sink } from '../../output/sink.ts'
import { type Input, shownPath } from '../inputs.ts'
import type { Progress } from '../progress.ts'
import { readPicture } from '../read.ts'
import { version } from '../version.ts'
import type { Report } from './report.ts'
import { digestOfFile, isForTiles, segmentFile, type TileChoices } from './tiles.ts'

/** What the call asks of the segmentation. */
export type Choices = Omit<ManyOptions, 'onProgress' | 'signal'>

export interface Job {
  inputs: readonly Input[]
  /** What is chosen about tiles, where all images go that way; else each as its file is. */
  tiles?: TileChoices
  /** Where the results go. */
  sinks: readonly Sink[]
  /** Leave out images whose results all sinks have. */
  resume: boolean
  report: Report
  progress: Progress
  /** Ends the run: the image in hand is finished or dropped whole. */
  signal: AbortSignal
}

export class Run {
  readonly #adzus: Adzus
  readonly #choices: Choices
  readonly #job: Job
  /** What is in the files of images that are under way. */
  readonly #digests = new Map<Input, Digest>()
  /** Images that are segmented by tiles. */
  readonly #tiled = new Set<Input>()

  constructor(adzus: Adzus, choices: Choices, job: Job) {
    this.#adzus = adzus
    this.#choices = choices
    this.#job = job
  }

  /** Returns the exit code, or throws the reason of an abort. */
  async all(): Promise<number> {
    const { inputs, sinks, report, progress, signal } = this.#job
    const { model, backend } = this.#adzus
    const info = {
      version: await version(),
      model: { path: model, sha256: await this.#adzus.modelHash() },
      backend: backend.kind,
      adapter: backend.description,
    }
    for (const sink of sinks) await sink.begin(info)
    for (const input of inputs) if (!input.fault && (this.#job.tiles || (await isForTiles(input.path)))) this.#tiled.add(input)
    const done = await this.#doneBefore()
    const pending = [...inputs.entries()].filter(([, input]) => !done.has(input) && !this.#tiled.has(input))
    const results = this.#adzus.segmentAll(
      pending.map(([, input]) => ({ name: shown(input), read: () => this.#read(input) })),
      {
        ...this.#choices,
        signal,
        onProgress: (stage, i) => {
          const [place, input] = pending[i]
          progress.show(`${place + 1}/${inputs.length} ${shown(input)}: ${stage}`)
        },
      },
    )
    try {
      for (const [place, input] of inputs.entries()) {
        if (done.has(input)) report.skipped(input, this.#files(input))
        else if (this.#tiled.has(input)) await this.#byTiles(input, place)
        else await this.#keep(input, (await results.next()).value!)
        signal.throwIfAborted()
      }
    } finally {
      // The device comes to rest, whatever has ended this.
      await results.return(undefined)
    }
    for (const sink of sinks) await sink.end()
    return report.end(inputs.length)
  }

  /** The inputs whose results are there already. */
  async #doneBefore(): Promise<Set<Input>> {
    const { inputs, sinks, resume, progress, signal } = this.#job
    const done = new Set<Input>()
    if (!resume) return done
    const { batch: _, ...options } = this.#choices
    const whole = this.#adzus.parameters(options)
    const tiled = this.#tiled.size === 0 ? whole : await this.#adzus.tileParameters({ ...options, ...this.#job.tiles })
    for (const [i, input] of inputs.entries()) {
      signal.throwIfAborted()
      progress.show(`${i + 1}/${inputs.length} ${shown(input)}: looking for results`)
      if (input.fault || !(await this.#isDone(input, this.#tiled.has(input) ? tiled : whole))) continue
      done.add(input)
      for (const sink of sinks) await sink.skip?.(input)
    }
    return done
  }

  async #isDone(input: Input, parameters: Parameters | TiledParameters): Promise<boolean> {
    let digest: Promise<Digest> | undefined
    const digestOnce = () => {
      digest ??= this.#tiled.has(input) ? digestOfFile(input.path) : readPicture(input.path, shown(input)).then(digestOf)
      return digest
    }
    for (const sink of this.#job.sinks) if (!(await sink.has?.(input, parameters, digestOnce))) return false
    return true
  }

  async #read(input: Input): Promise<Uint8Array> {
    if (input.fault) throw input.fault
    const contents = await readPicture(input.path, shown(input))
    for (const sink of this.#job.sinks) await sink.admit?.(input)
    this.#digests.set(input, await digestOf(contents))
    return contents
  }

  async #keep(input: Input, outcome: PromiseSettledResult<Segmentation>): Promise<void> {
    const { report } = this.#job
    try {
      if (outcome.status === 'rejected') throw outcome.reason
      const saving = await this.#adzus.backend.profile.stage('write', () => this.#save(input, outcome.value), { beside: true })
      report.done(input, outcome.value, this.#files(input), saving)
    } catch (error) {
      if (!(error instanceof AdzusError)) throw error
      report.failed(input, error)
    } finally {
      this.#digests.delete(input)
    }
  }

  async #byTiles(input: Input, place: number): Promise<void> {
    const { inputs, sinks, tiles, report, progress, signal } = this.#job
    const { batch: _, ...options } = this.#choices
    const name = shown(input)
    const onProgress = (stage: string) => progress.show(`${place + 1}/${inputs.length} ${name}: ${stage}`)
    try {
      for (const sink of sinks) await sink.admit?.(input)
      const { result, digest } = await segmentFile(this.#adzus, input.path, { ...options, ...tiles, name, signal, onProgress })
      const write = () => this.#toAll(async (sink) => sink.tiles?.(input, digest, result) ?? {})
      const saving = await this.#adzus.backend.profile.stage('write', write, { beside: true })
      report.doneByTiles(input, result, this.#files(input), saving)
    } catch (error) {
      if (!(error instanceof AdzusError)) throw error
      report.failed(input, error)
    }
  }

  async #save(input: Input, result: Segmentation): Promise<Record<string, number>> {
    return this.#toAll((sink) => sink.image(input, this.#digests.get(input)!, result))
  }

  /** Returns what took how many milliseconds, in all sinks. */
  async #toAll(write: (sink: Sink) => Promise<Record<string, number>>): Promise<Record<string, number>> {
    const saving: Record<string, number> = {}
    for (const sink of this.#job.sinks) {
      const stages = await write(sink)
      for (const [stage, ms] of Object.entries(stages)) saving[stage] = (saving[stage] ?? 0) + ms
    }
    return saving
  }

  #files(input: Input): Record<string, string> {
    return Object.assign({}, ...this.#job.sinks.map((sink) => sink.files(input)))
  }
}

const shown = ({ path }: Input) => shownPath(path)
