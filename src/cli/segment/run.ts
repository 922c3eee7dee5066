/**
 * @file One call's images: while the device works on one (or on a batch), the next is read and
 * decoded, and the results of the one before go to the sinks. Reports come in the order of the
 * inputs.
 */
import { AdzusError } from '../../errors.ts'
import type { Adzus, ImageInput, Parameters, Segmentation, TiledParameters } from '../../index.ts'
import { digestOf } from '../../output/encode.ts'
import type { Digest, ImagePlace, RunInfo } from '../../output/output.ts'
import type { Sink } from '../../output/sink.ts'
import type { Claims } from '../fleet/claims.ts'
import type { Journal } from '../fleet/journal.ts'
import { type Input, shownPath } from '../inputs.ts'
import type { Progress } from '../progress.ts'
import { Stopped } from '../signals.ts'
import { version } from '../version.ts'
import { placeOf } from '../volume/place.ts'
import type { Choices } from './choices.ts'
import { readInput } from './pages.ts'
import type { Report } from './report.ts'
import { digestOfFile, isForTiles, segmentFile, type TileChoices } from './tiles.ts'

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
  /**
   * Ends the run: by SIGTERM, which schedulers send, the image in hand is finished and kept, else
   * it is dropped whole.
   */
  signal: AbortSignal
  /** What other tasks have in hand is left to them. */
  claims?: Claims
  /** Told of each image. */
  journal?: Journal
  /** Milliseconds after the start of the process at which the run has to be over. */
  deadline?: number
}

/** An image that is not ours to do: another task has it in hand, or has done it meanwhile. */
class Left extends AdzusError {
  readonly done: boolean

  constructor(input: Input, done: boolean) {
    super({
      what: 'segment',
      where: shown(input),
      expected: 'an image that no other task has',
      got: done ? 'one that is done' : 'one in hand',
    })
    this.done = done
  }
}

export class Run {
  readonly #adzus: Adzus
  readonly #choices: Choices
  readonly #job: Job
  /** What is in the files of images that are under way. */
  readonly #digests = new Map<Input, Digest>()
  /** Images that are segmented by tiles. */
  readonly #tiled = new Set<Input>()
  /** Ends what the device has in hand. */
  readonly #drop = new AbortController()
  /** Milliseconds of the image that took longest. */
  #longest = 0
  /** Where in space images that are under way lie, where that is asked for. */
  readonly #places = new Map<Input, ImagePlace | undefined>()

  constructor(adzus: Adzus, choices: Choices, job: Job) {
    this.#adzus = adzus
    this.#choices = choices
    this.#job = job
  }

  /** Returns the exit code, or throws the reason of an abort. */
  async all(): Promise<number> {
    const { inputs, sinks, report, progress, signal } = this.#job
    const info = await runInfo(this.#adzus)
    for (const sink of sinks) await sink.begin(info)
    for (const input of inputs) if (await this.#isForTiles(input)) this.#tiled.add(input)
    const done = await this.#doneBefore()
    const pending = [...inputs.entries()].filter(([, input]) => !done.has(input) && !this.#tiled.has(input))
    const drop = () => (signal.reason instanceof Stopped && signal.reason.by === 'SIGTERM' ? undefined : this.#drop.abort(signal.reason))
    signal.throwIfAborted()
    signal.addEventListener('abort', drop)
    const results = this.#adzus.segmentAll(
      pending.map(([, input]) => ({ name: shown(input), read: () => this.#read(input) })),
      {
        ...this.#choices,
        signal: this.#drop.signal,
        onProgress: (stage, i) => {
          const [place, input] = pending[i]
          progress.show(`${place + 1}/${inputs.length} ${shown(input)}: ${stage}`)
        },
      },
    )
    try {
      for (const [i, input] of inputs.entries()) {
        if (done.has(input)) report.skipped(input, this.#files(input))
        else if (this.#isLate()) return report.late(inputs.length - i)
        else if (this.#tiled.has(input)) await this.#byTiles(input, i)
        else await this.#keep(input, (await results.next()).value!)
        signal.throwIfAborted()
      }
    } finally {
      signal.removeEventListener('abort', drop)
      // The device comes to rest, whatever has ended this; what it has begun is not waited for.
      this.#drop.abort()
      await results.return(undefined)
    }
    for (const sink of sinks) await sink.end()
    return report.end(inputs.length)
  }

  /** A page that was chosen is segmented whole. */
  async #isForTiles({ path, page, fault }: Input): Promise<boolean> {
    return !fault && page === undefined && (this.#job.tiles !== undefined || (await isForTiles(path)))
  }

  /** Whether one more image might take longer than there is time. */
  #isLate(): boolean {
    const { deadline } = this.#job
    return deadline !== undefined && performance.now() + this.#longest > deadline
  }

  /** The inputs whose results are there already. */
  async #doneBefore(): Promise<Set<Input>> {
    const { inputs, sinks, resume, progress, signal } = this.#job
    const done = new Set<Input>()
    if (!resume) return done
    for (const [i, input] of inputs.entries()) {
      signal.throwIfAborted()
      progress.show(`${i + 1}/${inputs.length} ${shown(input)}: looking for results`)
      if (input.fault || !(await this.#isDone(input))) continue
      done.add(input)
      this.#job.journal?.before()
      for (const sink of sinks) await sink.skip?.(input)
    }
    return done
  }

  async #isDone(input: Input): Promise<boolean> {
    const parameters = await this.#parametersOf(input)
    let digest: Promise<Digest> | undefined
    const digestOnce = () => {
      digest ??= this.#tiled.has(input) ? digestOfFile(input.path) : readInput(input).then(({ contents }) => digestOf(contents))
      return digest
    }
    for (const sink of this.#job.sinks) if (!(await sink.has?.(input, parameters, digestOnce))) return false
    return true
  }

  async #read(input: Input): Promise<ImageInput> {
    if (input.fault) throw input.fault
    await this.#claim(input)
    this.#job.journal?.inHand(input.name)
    const { image, contents } = await readInput(input)
    for (const sink of this.#job.sinks) await sink.admit?.(input)
    this.#digests.set(input, await digestOf(contents))
    if (this.#job.sinks.some(({ needsPlace }) => needsPlace)) this.#places.set(input, await placeOf(contents))
    return image
  }

  /** Leaves an image to another task that has it in hand, or that has done it since we looked. */
  async #claim(input: Input): Promise<void> {
    const { claims, resume } = this.#job
    if (!claims) return
    if (!(await claims.take(input.name))) throw new Left(input, false)
    if (resume && (await this.#isDone(input))) throw new Left(input, true)
  }

  async #keep(input: Input, outcome: PromiseSettledResult<Segmentation>): Promise<void> {
    await this.#settle(input, async () => {
      if (outcome.status === 'rejected') throw outcome.reason
      const saving = await this.#adzus.backend.profile.stage('write', () => this.#save(input, outcome.value), { beside: true })
      return this.#job.report.done(input, outcome.value, this.#files(input), saving)
    })
  }

  /**
   * Ends an image, however it went.
   * @param finish keeps and reports it; returns its milliseconds
   */
  async #settle(input: Input, finish: () => Promise<number>): Promise<void> {
    const { report, journal, claims, sinks } = this.#job
    try {
      const milliseconds = await finish()
      this.#longest = Math.max(this.#longest, milliseconds)
      journal?.done(milliseconds)
    } catch (error) {
      if (!(error instanceof AdzusError)) throw error
      if (error instanceof Left && error.done) {
        for (const sink of sinks) await sink.skip?.(input)
        journal?.before()
        report.skipped(input, this.#files(input))
      } else if (error instanceof Left) {
        journal?.elsewhere()
        report.elsewhere(input)
      } else {
        journal?.failed({ name: input.name, input: shown(input), error: error.message })
        report.failed(input, error)
      }
    } finally {
      this.#digests.delete(input)
      await claims?.release(input.name)
      this.#places.delete(input)
    }
  }

  /** By tiles, while the others wait for the device. */
  async #byTiles(input: Input, place: number): Promise<void> {
    const { inputs, sinks, tiles, report, progress, signal, journal } = this.#job
    const { batch: _, ...options } = this.#choices
    const name = shown(input)
    const onProgress = (stage: string) => progress.show(`${place + 1}/${inputs.length} ${name}: ${stage}`)
    await this.#settle(input, async () => {
      await this.#claim(input)
      journal?.inHand(input.name)
      for (const sink of sinks) await sink.admit?.(input)
      const { result, digest } = await segmentFile(this.#adzus, input.path, { ...options, ...tiles, name, signal, onProgress })
      const write = () => this.#toAll(async (sink) => sink.tiles?.(input, digest, result) ?? {})
      const saving = await this.#adzus.backend.profile.stage('write', write, { beside: true })
      return report.doneByTiles(input, result, this.#files(input), saving)
    })
  }

  async #parametersOf(input: Input): Promise<Parameters | TiledParameters> {
    const { batch: _, ...options } = this.#choices
    return this.#tiled.has(input) ? this.#adzus.tileParameters({ ...options, ...this.#job.tiles }) : this.#adzus.parameters(options)
  }

  async #save(input: Input, result: Segmentation): Promise<Record<string, number>> {
    return this.#toAll((sink) => sink.image(input, this.#digests.get(input)!, result, this.#places.get(input)))
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

const shown = ({ path, page }: Input) => shownPath(path) + (page === undefined ? '' : ` (page ${page})`)

/** What the images of a run have in common. */
export async function runInfo(adzus: Adzus): Promise<RunInfo> {
  const { model, backend } = adzus
  return {
    version: await version(),
    model: { path: model, sha256: await adzus.modelHash() },
    backend: backend.kind,
    adapter: backend.description,
  }
}
