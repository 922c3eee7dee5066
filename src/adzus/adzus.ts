/**
 * @file The pipeline: picture → latent → attention → aggregated map → proposals → labels → mask.
 *
 * Everything up to the labels stays on the device. Each stage is waited for, so that its time means something and an abort or a failure is noticed between stages. Calls
 * on one instance run one after another, since they share the device's memory.
 */
import { type AppCache, appCache, embeddedModel, totalMemory } from '#platform'
import type { Files } from '../checkpoint/files.ts'
import type { Note } from '../checkpoint/notes.ts'
import { type CheckpointOptions, openCheckpoint } from '../checkpoint/open.ts'
import { check } from '../errors.ts'
import type { Pixels, Raster } from '../image/raster.ts'
import { type BackendKind, openBackend } from '../open-backend.ts'
import { DryBackend, type DryTarget } from '../tensor/dry.ts'
import { halfIsSound } from '../tensor/half-check.ts'
import { type Backend, concat, type Grid, guarded, release, Tensor } from '../tensor/index.ts'
import { WebGpuBackend } from '../tensor/webgpu/backend.ts'
import { type TuneOptions, tune } from '../tensor/webgpu/tuner.ts'
import type { AttentionTap } from '../unet/taps.ts'
import { encodeTiled, tileSide } from '../vae/tiles.ts'
import { aggregate } from './aggregate.ts'
import type { BandedMap } from './banded-map.ts'
import { ChosenMaps, joinTaps, ResolutionMeans, select, WordAttention } from './collect.ts'
import type { Context } from './conditioning.ts'
import { type Estimate, misfit } from './estimate.ts'
import { chooseForeground, maskOf } from './foreground.ts'
import { labelPixels } from './labels.ts'
import { inGroups, type LazyImage, MAX_BATCH, type ManyOptions, settled } from './many.ts'
import { merge } from './merge.ts'
import { Model } from './model.ts'
import { latentAt } from './noising.ts'
import { type Parameters, resolveOptions, type SegmentOptions } from './options.ts'
import { type Picture, preparePicture } from './picture.ts'
import { type Plan, planOf } from './plan.ts'
import { autoMask, prominence } from './prominence.ts'
import { refine } from './refine.ts'
import { consecutive, markForeground, measure, type Segment } from './segments.ts'
import { keepTuning, recallTuning } from './tuning.ts'
import { segmentHeat } from './words.ts'

export interface LoadOptions extends CheckpointOptions {
  /** `auto` (default) takes WebGPU where there is an adapter; an open backend is used as it is and not disposed. */
  backend?: BackendKind | Backend
  /** Keep encoded texts, and which kernels are fastest, between runs (never anything of a picture): on disk, in a page in IndexedDB. Off by default. */
  cache?: boolean
  /**
   * Measure on this adapter which kernels are fastest (WebGPU only; `Adzus.tune`). `auto` (default) does where the answers are kept (`cache`), except on software
   * adapters, which take seconds to compile each candidate.
   */
  tune?: boolean | 'auto'
}

export interface Segmentation {
  /** Size of the input, and of `labels` and `mask`. */
  width: number
  height: number
  /** Row-major, 1 … number of segments; 8 bits where there are fewer than 256. */
  labels: Uint8Array | Uint16Array
  /** 255 in the foreground, else 0. */
  mask: Uint8Array
  segments: Segment[]
  parameters: Parameters
  /** Milliseconds of each stage and of all (`total`); of what a batch does at once, an equal share. */
  timings: Record<string, number>
  /** Highest device memory in use by tensors, weights and the whole batch included, in bytes. */
  peakBytes: number
  /** The picture as it was decoded. */
  image: Raster
}

/** The attention of one head of one layer, or of a layer's head mean. */
export interface AttentionMap {
  layer: string
  head: number
  /** The grid of the queries, and of the keys. */
  grid: Grid
  /** [queries, keys], row-major; every row sums to 1. */
  probabilities: Float32Array
}

/** What an instance was made of. */
interface Origin extends Pick<LoadOptions, 'dtype' | 'onNote'> {
  files: Files
  cache?: AppCache
}

/** The aggregated map and the finest resolution's exist at the same time; beyond this size they would fill most machines. */
const MAX_MAP_BYTES = 4 * 2 ** 30

export class Adzus {
  readonly #model: Model
  readonly #ownsBackend: boolean
  readonly #origin: Origin
  readonly #onNote: Note
  /** Grids whose size has been noted. */
  readonly #noted = new Set<string>()
  #last: Promise<unknown> = Promise.resolve()
  #disposed = false

  private constructor(model: Model, ownsBackend: boolean, origin: Origin) {
    this.#model = model
    this.#ownsBackend = ownsBackend
    this.#origin = origin
    this.#onNote = origin.onNote ?? (() => {})
  }

  /**
   * Loads a model.
   * @param model the path of a folder in diffusers layout or of a single `.safetensors` file of Stable Diffusion 1, 2 or XL, an id of the hub (`owner/name`,
   *   `owner/name@revision`, `owner/name/file.safetensors`), such files in any other form (`memoryFiles`), or nothing for the embedded model
   * @throws AdzusError where there is no such model, a configuration or a tensor is missing or wrong, or with `backend: 'webgpu'` where there is no adapter.
   */
  static async load(model: string | Files = embeddedModel(), { backend = 'auto', ...options }: LoadOptions = {}): Promise<Adzus> {
    const files = await openCheckpoint(model, options)
    const opened = typeof backend === 'string' ? await openBackend(backend) : backend
    try {
      const dtype = await opened.profile.stage('check f16', () => soundType(opened, options))
      const cache = options.cache ? appCache() : undefined
      const { tune: wanted = 'auto' } = options
      const tunable = opened instanceof WebGpuBackend && wanted !== false ? opened : undefined
      if (tunable && cache) await recallTuning(tunable, cache)
      const origin = { dtype, files, cache, onNote: options.onNote }
      await Adzus.#compileAhead(origin, opened)
      const loaded = await Model.load(files, opened, { dtype, cache })
      const adzus = new Adzus(loaded, opened !== backend, origin)
      if (tunable && (wanted === true || (cache && !tunable.traits.software))) await adzus.tune()
      return adzus
    } catch (error) {
      if (opened !== backend) await opened.dispose()
      throw error
    }
  }

  /**
   * What a model needs on a device for a picture with these options, by a dry run: of the weights only the headers are read.
   * @param target the device, or another one with its kind and largest tensor
   * @param batch how many pictures go through the networks at once
   */
  static async estimate(
    model: string | Files,
    target: DryTarget,
    checkpoint: Omit<LoadOptions, 'backend'> = {},
    options: SegmentOptions = {},
    batch = 1,
  ): Promise<Estimate> {
    return (await Adzus.plan(model, target, checkpoint, options, batch)).memory
  }

  /** The same in full: every op with its shapes, and how memory is used. */
  static async plan(
    model: string | Files,
    target: DryTarget,
    checkpoint: Omit<LoadOptions, 'backend'> = {},
    options: SegmentOptions = {},
    batch = 1,
  ): Promise<Plan> {
    const origin = { files: await openCheckpoint(model, checkpoint), dtype: checkpoint.dtype }
    return Adzus.#follow(origin, new DryBackend(target), options, batch)
  }

  get backend(): Backend {
    return this.#model.backend
  }

  /** Path of the model. */
  get model(): string {
    return this.#model.label
  }

  /**
   * The options with the model's defaults filled in.
   * @throws AdzusError for what is out of range or chooses layers, heads or resolutions that this model does not have
   */
  parameters(options: SegmentOptions = {}): Parameters {
    const { defaults, vae, schedule, conditioning } = this.#model
    const known = { ...defaults, emptyPrompt: conditioning.emptyPrompt }
    const binds = ([width, height]: readonly [number, number]) => 4 * width * height * vae.config.channels[0] <= this.backend.maxTensorBytes
    const parameters = resolveOptions(options, known, { cell: vae.factor, steps: schedule.steps, binds })
    this.#baseGrid(parameters)
    select(this.#layers(parameters), 'self', parameters)
    return parameters
  }

  /** SHA-256 over the model's files (hexadecimal). */
  modelHash(): Promise<string> {
    return this.#model.hash()
  }

  /**
   * Segments a picture.
   * @param image a PNG or JPEG file's bytes, or pixels (`{ width, height, data }`: grey, grey + alpha, RGB or RGBA, 8 or 16 bits)
   * @throws AdzusError for pictures that cannot be read or are smaller than 8 pixels or larger than 2^28, and for options out of range
   */
  segment(image: Uint8Array | Pixels, options: SegmentOptions = {}): Promise<Segmentation> {
    return this.#exclusively(() => this.#segment(image, options))
  }

  /**
   * Segments any number of pictures, in order: each gets its result, or the error that is its own (`Promise.allSettled`'s form). While the device works, the next pictures are read
   * and decoded and the caller may do with the last results what it likes; nothing else is kept, so memory does not grow with their number.
   * @throws AdzusError for options out of range; what `images` or `read` throws that is no AdzusError; the reason of an abort
   */
  async *segmentAll(
    images: Iterable<Uint8Array | Pixels | LazyImage> | AsyncIterable<Uint8Array | Pixels | LazyImage>,
    { batch = 1, onProgress, ...options }: ManyOptions = {},
  ): AsyncGenerator<PromiseSettledResult<Segmentation>> {
    check(Number.isInteger(batch) && batch >= 1 && batch <= MAX_BATCH, () => ({
      what: 'options',
      where: 'batch',
      expected: `a whole number from 1 to ${MAX_BATCH}`,
      got: `${batch}`,
    }))
    const parameters = this.#begin(options)
    const clockOf = (index: number) =>
      new Stages(this.backend, { signal: options.signal, onProgress: (stage) => onProgress?.(stage, index) })
    const prepare = async (image: Uint8Array | Pixels | LazyImage, index: number): Promise<Member> => {
      const clock = clockOf(index)
      const [read, name] = 'read' in image ? [image.read, image.name] : [async () => image, undefined]
      const picture = await clock.time('decode', async () => preparePicture(await read(), parameters.size, name))
      return { picture, clock, name: name ?? `picture ${index + 1}` }
    }
    const compute = async (members: readonly Member[], first: number) => {
      const group = (some: readonly Member[], clock: Stages) =>
        this.#exclusively(() => this.backend.profile.stage(nameOf(some), () => this.#group(some, parameters, clock)))
      const [{ clock }] = members
      const all = await settled(group(members, members.length === 1 ? clock : clockOf(first)))
      if (all.status === 'fulfilled') return all.value
      if (members.length === 1) return [all]
      // What failed for all of them may go well for each, where memory was short.
      const results: PromiseSettledResult<Segmentation>[] = []
      for (const member of members) {
        const alone = await settled(group([member], member.clock))
        results.push(...(alone.status === 'fulfilled' ? alone.value : [alone]))
      }
      return results
    }
    yield* inGroups(images, await this.#fitting(batch, options), prepare, compute)
  }

  /** The attention of single layers and heads for a picture (all self-attention layers and heads unless chosen with `layers`, `heads`, `resolutions`), at the first time step. */
  attention(image: Uint8Array | Pixels, options: SegmentOptions = {}): Promise<AttentionMap[]> {
    return this.#exclusively(async () => {
      const parameters = this.parameters(options)
      const { values } = await preparePicture(image, parameters.size, options.name)
      const layers = this.#layers(parameters)
      const tap = new ChosenMaps(this.backend, select(layers, 'self', parameters), parameters.heads)
      const latent = await this.#encode([values], parameters)
      const context = await this.#model.conditioning.context('', parameters.emptyPrompt)
      await this.#pass(latent, parameters.timesteps[0], context, parameters, tap)
      latent.dispose()
      const maps: AttentionMap[] = []
      for (const { layer, head, map } of tap.maps)
        maps.push({ layer: layer.name, head, grid: layer.grid, probabilities: await map.floats() })
      tap.dispose()
      return maps
    })
  }

  /**
   * Measures which kernels are fastest on this adapter for pictures with these options, and uses them from then on (WebGPU only). With `cache` the answers are
   * kept between runs. A kernel whose result differs from the default one's by more than 1e-4 of its largest value is never used.
   * @param options.budget milliseconds after which no further kernel is measured (default: 30,000)
   */
  tune({ budget, onAnswer, ...options }: SegmentOptions & TuneOptions = {}): Promise<void> {
    return this.#exclusively(async () => {
      const { backend } = this
      if (!(backend instanceof WebGpuBackend)) return
      const ask = async () => {
        const dry = new DryBackend(backend)
        await Adzus.#follow(this.#origin, dry, options)
        return dry.questions.values()
      }
      const { profile } = backend
      await profile.stage('tune', () => profile.unmeasured(() => tune(backend, ask, { budget, onAnswer })))
      // What was measured with is of no use to pictures.
      backend.trim()
      if (this.#origin.cache) await keepTuning(backend, this.#origin.cache)
    })
  }

  /** Frees weights and device. Calls in progress end first; later calls fail. */
  async dispose(): Promise<void> {
    if (this.#disposed) return
    this.#disposed = true
    await this.#last.catch(() => {})
    this.#model.dispose()
    if (this.#ownsBackend) await this.backend.dispose()
    else this.backend.trim()
  }

  /** Follows a picture of the model's own size, so that its kernels compile while the weights are on their way. */
  static async #compileAhead(origin: Origin, backend: Backend): Promise<void> {
    if (!backend.prepare) return
    const dry = new DryBackend(backend)
    dry.onKernel = backend.prepare
    // What is wrong with a model is said when it is loaded.
    await backend.profile.stage('compile ahead', () => Adzus.#follow(origin, dry, {}).catch(() => {}))
  }

  /** What would happen to a batch of pictures with these options. */
  static async #follow(origin: Origin, dry: DryBackend, options: SegmentOptions, batch = 1): Promise<Plan> {
    const model = await Model.load(origin.files, dry, { dtype: origin.dtype })
    return new Adzus(model, false, { ...origin, onNote: undefined }).#plan(dry, options, batch)
  }

  async #plan(dry: DryBackend, options: SegmentOptions, batch: number): Promise<Plan> {
    const parameters = this.parameters(options)
    const [width, height] = parameters.size
    const before = { weights: dry.memory.live, ...dry.allocated }
    const stage: RunStage = (name, work) => {
      dry.stage = name
      return work()
    }
    const blank = new Float32Array(3 * width * height)
    const { foreground, thresholds, anchors } = parameters
    const { maps, words } = await this.#look(Array(batch).fill(blank), parameters, stage)
    for (const [i, own] of maps.entries()) {
      const map = await stage('aggregate', async () => joined(own, this.#baseGrid(parameters)))
      const proposals = await stage('merge', () => merge(map, { thresholds: thresholds.slice(0, 1), anchors }))
      await stage('labels', () => labelPixels(proposals, map.grid, { width, height }))
      if (foreground === 'auto') await stage('foreground', () => prominence(map))
      release(proposals)
      disposeMaps([map, ...(words?.[i] ?? [])])
    }
    return planOf(dry, { model: this.model, size: parameters.size }, before)
  }

  async #segment(image: Uint8Array | Pixels, options: SegmentOptions): Promise<Segmentation> {
    const parameters = this.#begin(options)
    const clock = new Stages(this.backend, options)
    const picture = await clock.run('decode', () => preparePicture(image, parameters.size, options.name))
    const [result] = await this.#group([{ picture, clock }], parameters, clock)
    if (result.status === 'rejected') throw result.reason
    return result.value
  }

  /** What is checked and said before any picture is looked at. */
  #begin(options: SegmentOptions): Parameters {
    const parameters = this.parameters(options)
    this.#noteMemory(this.#baseGrid(parameters))
    return parameters
  }

  /**
   * Segments pictures together: through the networks as one batch, then one by one. What is wrong with one of them is its own result.
   * @param together times what is done at once
   */
  async #group(
    members: readonly Omit<Member, 'name'>[],
    parameters: Parameters,
    together: Stages,
  ): Promise<PromiseSettledResult<Segmentation>[]> {
    const { backend } = this
    backend.resetPeak()
    const pictures = members.map(({ picture }) => picture.values)
    const { maps, words, context } = await this.#look(pictures, parameters, (stage, work) => together.run(stage, work))
    const results: PromiseSettledResult<Segmentation>[] = []
    for (const [i, { picture, clock }] of members.entries()) {
      if (clock !== together) clock.addShare(together, members.length)
      const own = { picture, maps: maps[i], words: words?.[i], context }
      results.push(await settled(guarded(backend, () => this.#finish(own, parameters, clock))))
      disposeMaps(words?.[i])
    }
    return results
  }

  /** From the attention of one picture to its segments. The maps are disposed, those of the words are not. */
  async #finish({ picture, maps, words, context }: Seen, parameters: Parameters, clock: Stages): Promise<Segmentation> {
    const { foreground } = parameters
    const { raster } = picture
    const { width, height } = raster
    const map = await clock.run('aggregate', async () => joined(maps, this.#baseGrid(parameters)))
    const proposals = await clock.run('merge', () => this.#proposals(map, parameters))
    const { labels, proposals: winners } = await clock.run('labels', async () =>
      consecutive(await labelPixels(proposals, map.grid, { width, height })),
    )
    proposals.dispose()
    const { segments, mask } = await clock.run('foreground', async () => {
      const measured = measure(labels, winners.length, raster)
      const heat = words && (await segmentHeat(words, context.words, { labels, width, height, count: winners.length }))
      const seen = { labels, width, height, segments: measured, heat }
      const found = foreground === 'auto' ? await autoMask(map, seen) : maskOf(labels, chooseForeground(foreground, seen))
      markForeground(measured, labels, found)
      return { segments: measured, mask: found }
    })
    map.dispose()
    const { peak } = this.backend.memory
    return { width, height, labels, mask, segments, parameters, timings: clock.timings(), peakBytes: peak, image: raster }
  }

  /** From pictures (each [height, width, 3]) to the attention of each resolution, and to the words if there are any, for each picture; the caller disposes them. */
  async #look(
    pictures: readonly Float32Array[],
    parameters: Parameters,
    run: RunStage,
  ): Promise<{ maps: BandedMap[][]; words?: BandedMap[][]; context: Context }> {
    const { foreground, emptyPrompt } = parameters
    const text = typeof foreground === 'object' && 'text' in foreground ? foreground.text : ''
    // First, since the context stays: with it in place, every image of a size finds the same memory.
    const context = await run('text', () => this.#model.conditioning.context(text, emptyPrompt))
    const latent = await run('vae', () => this.#encode(pictures, parameters))
    const seen = await run('unet', () => this.#attend(latent, context, parameters, text !== ''))
    latent.dispose()
    return { ...seen, context }
  }

  /** The pictures' latents [N, h, w, channels]: the mean, scaled. */
  async #encode(pictures: readonly Float32Array[], parameters: Parameters): Promise<Tensor> {
    const { vae } = this.#model
    const mean = parameters.tileVae ? await this.#encodeTiles(pictures, parameters) : this.#encodeWhole(pictures, parameters)
    const latent = vae.scale(mean)
    mean.dispose()
    return latent
  }

  #encodeWhole(pictures: readonly Float32Array[], { size: [width, height] }: Parameters): Tensor {
    const { backend } = this
    const batch = Tensor.empty(backend, [pictures.length, height, width, 3], 'f32', 'image')
    for (const [i, { buffer, byteOffset, byteLength }] of pictures.entries())
      backend.write(batch.storage, i * byteLength, new Uint8Array(buffer, byteOffset, byteLength))
    const { mean, logvar } = this.#model.vae.encode(batch)
    release(batch, logvar)
    return mean
  }

  /** One picture after another, since the device does not even bind one. */
  async #encodeTiles(pictures: readonly Float32Array[], { size: [width, height] }: Parameters): Promise<Tensor> {
    const { vae } = this.#model
    let all: Tensor | undefined
    for (const values of pictures) {
      const image = Tensor.from(this.backend, values, [1, height, width, 3], 'image')
      const mean = await encodeTiled(vae, image, tileSide(vae, this.backend.maxTensorBytes))
      const next = all ? concat(all, mean, 0) : mean
      release(image, ...(all ? [all, mean] : []))
      all = next
    }
    return all!
  }

  /** Runs the UNet at every time step; the mean self-attention of each resolution for each picture, and that of the words if they are wanted. */
  async #attend(
    latent: Tensor,
    context: Context,
    parameters: Parameters,
    wantsWords: boolean,
  ): Promise<{ maps: BandedMap[][]; words?: BandedMap[][] }> {
    const layers = this.#layers(parameters)
    const passes = parameters.timesteps.length
    const means = new ResolutionMeans(this.backend, layers, parameters, passes)
    const words = wantsWords ? new WordAttention(this.backend, layers, passes) : undefined
    const tap = words ? joinTaps(means, words) : means
    for (const timestep of parameters.timesteps) await this.#pass(latent, timestep, context, parameters, tap)
    const images = [...Array(latent.shape[0]).keys()]
    return { maps: images.map((i) => means.results(i)), words: words && images.map((i) => words.results(i)) }
  }

  async #pass(latent: Tensor, timestep: number, context: Context, parameters: Parameters, tap: AttentionTap): Promise<void> {
    const { unet, schedule, conditioning } = this.#model
    const added = conditioning.added(context, parameters.size, latent.shape[0])
    const predict = async (state: Tensor, t: number) => {
      const output = unet.forward(state, t, context.tensor, { added })
      await this.backend.flush()
      return output
    }
    const state = await latentAt(latent, timestep, parameters, { schedule, predict })
    unet.attend(state, timestep, context.tensor, tap, added)
    state.dispose()
    await this.backend.flush()
  }

  /** The largest batch up to `wanted` that the device has room for, 1 at least. */
  async #fitting(wanted: number, options: SegmentOptions): Promise<number> {
    const { backend } = this
    const memory = backend.usesMainMemory ? totalMemory() : undefined
    let [fits, fails] = [1, wanted + 1]
    let reason = ''
    for (let batch = wanted; fits + 1 < fails; batch = Math.floor((fits + fails) / 2)) {
      const plan = await Adzus.#follow(this.#origin, new DryBackend(backend), options, batch)
      const fault = misfit(plan.memory, backend, memory)
      if (!fault) fits = batch
      else {
        fails = batch
        reason = `${batch} need ${fault.got}, and there are ${fault.expected}`
      }
    }
    if (fits < wanted) this.#onNote(`${fits} of ${wanted} pictures at once: ${reason}`, 'warning')
    return fits
  }

  async #proposals(map: BandedMap, { thresholds, anchors, refine: wanted }: Parameters): Promise<Tensor> {
    const proposals = await merge(map, { thresholds, anchors })
    if (!wanted) return proposals
    const refined = await refine(map, proposals)
    proposals.dispose()
    return refined
  }

  #layers({ size: [width, height] }: Parameters) {
    const { vae, unet } = this.#model
    return unet.layers(height / vae.factor, width / vae.factor)
  }

  /** Where proposals and anchors live: the finest grid that has self-attention, whatever is selected, or a finer one on request. */
  #baseGrid(parameters: Parameters): Grid {
    const { size, grid: wanted } = parameters
    const grids = this.#layers(parameters)
      .filter((l) => l.kind === 'self')
      .map((l) => l.grid)
    const finest = grids.reduce((a, b) => (b.h * b.w > a.h * a.w ? b : a))
    const [least, most] = [Math.max(finest.h, finest.w), Math.max(...size) / this.#model.vae.factor]
    check(wanted === null || (Number.isInteger(wanted) && wanted >= least && wanted <= most), () => ({
      what: 'options',
      where: 'grid',
      expected: `a whole number from ${least}, the finest self-attention, to ${most}, the latent's side`,
      got: `${wanted}`,
    }))
    const scaled = (side: number) => Math.max(1, Math.round((side * (wanted ?? least)) / least))
    const base = { h: scaled(finest.h), w: scaled(finest.w) }
    const bytes = 4 * (base.h * base.w) ** 2
    check(bytes <= MAX_MAP_BYTES, () => ({
      what: 'options',
      where: `size ${size.join(' × ')}`,
      expected: `an aggregated map of at most ${showBytes(MAX_MAP_BYTES)}`,
      got: `${showBytes(bytes)} for ${base.h} × ${base.w} cells`,
      hint: wanted === null ? 'Choose a smaller size.' : 'Choose a coarser grid.',
    }))
    return base
  }

  /** Says beforehand what an aggregated map takes that the device cannot hold in one piece. */
  #noteMemory({ h, w }: Grid): void {
    const [bytes, most] = [4 * (h * w) ** 2, this.backend.maxTensorBytes]
    const key = `${h} × ${w}`
    if (bytes <= most || this.#noted.has(key)) return
    this.#noted.add(key)
    const bands = Math.ceil(h / Math.max(1, Math.floor(most / (4 * w * h * w))))
    this.#onNote(
      `the aggregated map of ${key} cells takes ${showBytes(bytes)}, in ${bands} bands: the device binds at most ${showBytes(most)} at once`,
      'warning',
    )
  }

  async #exclusively<T>(work: () => Promise<T>): Promise<T> {
    check(!this.#disposed, () => ({ what: 'Adzus', expected: 'an instance in use', got: 'one that was disposed' }))
    const run = this.#last.then(() => guarded(this.backend, work))
    this.#last = run.catch(() => {})
    return run
  }
}

/** The aggregated map of one picture; `maps` are disposed. */
function joined(maps: readonly BandedMap[], grid: Grid): BandedMap {
  try {
    return aggregate(maps, grid)
  } finally {
    disposeMaps(maps)
  }
}

function disposeMaps(maps: readonly BandedMap[] = []): void {
  for (const map of maps) map.dispose()
}

/** How weights are stored: as wished, but never as f16 on an adapter that computes wrongly with it. */
async function soundType(backend: Backend, { dtype, onNote }: Pick<LoadOptions, 'dtype' | 'onNote'>): Promise<LoadOptions['dtype']> {
  if (dtype === 'f32' || (await halfIsSound(backend))) return dtype
  onNote?.(`${backend.description} computes wrongly with f16 weights: they are stored as f32`, 'warning')
  return 'f32'
}

function showBytes(bytes: number): string {
  return bytes < 2 ** 30 ? `${(bytes / 2 ** 20).toPrecision(3)} MiB` : `${(bytes / 2 ** 30).toFixed(1)} GiB`
}

/** A picture of a group, with the clock of its own stages. */
interface Member {
  picture: Picture
  clock: Stages
  /** For traces. */
  name: string
}

function nameOf([first, ...others]: readonly Member[]): string {
  return others.length === 0 ? first.name : `${first.name} and ${others.length} more`
}

/** What the networks have seen in a picture. */
interface Seen {
  picture: Picture
  maps: BandedMap[]
  words?: BandedMap[]
  context: Context
}

/** Runs one stage. */
type RunStage = <T>(stage: string, work: () => Promise<T>) => Promise<T>

/** Times stages, says which one runs, and notices an abort before each. */
class Stages {
  readonly #backend: Backend
  readonly #options: Pick<SegmentOptions, 'signal' | 'onProgress'>
  readonly #timings: Record<string, number> = {}

  constructor(backend: Backend, options: Pick<SegmentOptions, 'signal' | 'onProgress'>) {
    this.#backend = backend
    this.#options = options
  }

  async run<T>(stage: string, work: () => Promise<T>): Promise<T> {
    this.#options.signal?.throwIfAborted()
    this.#options.onProgress?.(stage)
    const flushed = async () => {
      const result = await work()
      await this.#backend.flush()
      return result
    }
    return this.time(stage, flushed, { beside: false })
  }

  /** The clock alone, for what happens beside the device. */
  async time<T>(stage: string, work: () => Promise<T>, { beside } = { beside: true }): Promise<T> {
    const start = performance.now()
    const result = await this.#backend.profile.stage(stage, work, { beside })
    this.#timings[stage] = performance.now() - start
    return result
  }

  /** Takes on an equal share of what was done for `count` pictures together. */
  addShare(together: Stages, count: number): void {
    for (const [stage, milliseconds] of Object.entries(together.#timings)) this.#timings[stage] = milliseconds / count
  }

  timings(): Record<string, number> {
    return { ...this.#timings, total: Object.values(this.#timings).reduce((a, b) => a + b, 0) }
  }
}
