/**
 * @file `Adzus`: a model on a device, and what can be asked of it.
 *
 * The stages of a picture are written once (`stages.ts`). What uses a device runs one after
 * another, loading and disposing included, whichever instance it belongs to: they share its memory.
 */

import { type AppCache, appCache, embeddedModel } from '#platform'
import { checkFinite } from '../attention/finite.ts'
import { bandsNote } from '../attention/grid.ts'
import type { Files } from '../checkpoint/files.ts'
import type { Note } from '../checkpoint/notes.ts'
import { type CheckpointOptions, openCheckpoint } from '../checkpoint/open.ts'
import { check } from '../errors.ts'
import type { Volume } from '../image/volume.ts'
import { type BackendKind, openBackend } from '../open-backend.ts'
import { loadPart } from '../part.ts'
import type { DryTarget } from '../tensor/dry.ts'
import { halfIsSound } from '../tensor/half-check.ts'
import { type Backend, exclusively, type Grid } from '../tensor/index.ts'
import type { TuneOptions } from '../tensor/tuner.ts'
import type { UrlLike } from '../url.ts'
import { networkOf } from './answer.ts'
import {
  checkImage,
  checkImages,
  checkLazyImage,
  checkLoadOptions,
  checkManyOptions,
  checkModel,
  checkSegmentOptions,
  checkTarget,
  checkTiledImage,
  checkTileOptions,
  checkTuneOptions,
} from './check-options.ts'
import { lookInside } from './collect-attention.ts'
import type { Origin } from './dry-run.ts'
import type { Estimate } from './estimate.ts'
import type { ImageInput } from './image-input.ts'
import { inGroups, isLazy, type LazyImage, type ManyOptions, settled } from './many.ts'
import { Model } from './model.ts'
import type { Parameters, SegmentOptions } from './options.ts'
import { preparePicture } from './picture.ts'
import type { Plan } from './plan.ts'
import { type Member, segmentGroup } from './segment-group.ts'
import type { Segmentation } from './segmentation.ts'
import { Stages } from './stages.ts'
import type { TileOptions } from './tiles/options.ts'
import type { TiledInput } from './tiles/slide.ts'
import type { TiledParameters, TiledSegmentation } from './tiles/tiled.ts'
import type { View } from './view.ts'
import type { VolumeOptions, VolumeParameters } from './volume/options.ts'
import type { VolumeSegmentation } from './volume/volume-result.ts'

/** How a model is loaded, and on what. */
export interface LoadOptions extends CheckpointOptions {
  /**
   * `auto` (default) takes WebGPU where there is a graphics card, else the CPU; an open backend is
   * used as it is and not disposed.
   */
  backend?: BackendKind | Backend
  /**
   * Keep encoded texts, and which kernels are fastest, between runs (never anything of a picture):
   * on disk, in a page in IndexedDB. Off by default.
   */
  cache?: boolean
  /**
   * Measure on this adapter which kernels are fastest (WebGPU only; `Adzus.tune`). `auto` (default)
   * does where the answers are kept (`cache`), except on software adapters, which take seconds to
   * compile each candidate.
   */
  tune?: boolean | 'auto'
  /**
   * How pictures will be segmented: for that kernels are compiled ahead and measured while loading
   * (default: at the model's own size, one at a time).
   */
  expect?: Expected
}

/** Options of the pictures to come. */
export type Expected = Omit<ManyOptions, 'onProgress' | 'signal'>

/** The attention of one head of one layer, or of a layer's head mean. */
export interface AttentionMap {
  layer: string
  head: number
  /** The grid of the queries, and of the keys. */
  grid: Grid
  /** [queries, keys], row-major; every row sums to 1. */
  probabilities: Float32Array
}

/** What an instance was made of, and whom it tells. */
interface Loaded extends Origin {
  cache?: AppCache
  onNote?: Note
  /**
   * Whether every kernel for the expected pictures that has to be chosen among several was chosen
   * before.
   */
  chosen: boolean
}

/** A picture under way. */
interface Named extends Member {
  /** For traces. */
  name: string
}

const volumes = () => loadPart('volumes', () => import('./volume/index.ts'))
const ahead = () => loadPart('dry runs', () => import('./ahead.ts'))

/** A model on a device: it segments pictures and answers questions about their attention. */
export class Adzus {
  readonly #model: Model
  readonly #ownsBackend: boolean
  readonly #origin: Loaded
  readonly #onNote: Note
  /** What has been noted of sizes. */
  readonly #noted = new Set<string>()
  #disposal: Promise<void> | undefined

  private constructor(model: Model, ownsBackend: boolean, origin: Loaded) {
    this.#model = model
    this.#ownsBackend = ownsBackend
    this.#origin = origin
    this.#onNote = origin.onNote ?? (() => {})
  }

  /**
   * Loads a model.
   * @param model the path of a folder in diffusers layout or of a single `.safetensors` file of
   *   Stable Diffusion 1, 2 or XL, an id of the hub (`owner/name`, `owner/name@revision`,
   *   `owner/name/file.safetensors`), the URL of such a folder or file, such files in any other
   *   form (`memoryFiles`, `fileFiles`), or nothing for the embedded model
   * @throws AdzusError where there is no such model, a configuration or a tensor is missing or
   *   wrong, or with `backend: 'webgpu'` where there is no adapter.
   * @example
   * const adzus = await Adzus.load('path/to/model', { backend: 'cpu' })
   */
  static async load(model?: string | UrlLike | Files, options: LoadOptions = {}): Promise<Adzus> {
    if (model !== undefined) checkModel(model)
    checkLoadOptions(options)
    const { backend = 'auto' } = options
    const files = await openCheckpoint(model ?? embeddedModel(options), options)
    const opened = typeof backend === 'string' ? await openBackend(backend) : backend
    if (opened.note) options.onNote?.(opened.note, 'warning')
    let adzus: Adzus | undefined
    try {
      adzus = await exclusively(opened, () => Adzus.#loadOn(opened, opened !== backend, files, options))
      if (adzus.#wantsTuning(options)) await adzus.tune(options.expect)
      return adzus
    } catch (error) {
      if (adzus) await adzus.dispose()
      else if (opened !== backend) await opened.dispose()
      throw error
    }
  }

  static async #loadOn(backend: Backend, owned: boolean, files: Files, options: LoadOptions): Promise<Adzus> {
    const dtype = await backend.profile.stage('check f16', () => soundType(backend, options))
    const cache = options.cache ? appCache() : undefined
    if (cache && options.tune !== false) await (await ahead()).recallTuning(backend, cache)
    const origin = { dtype, files, cache, onNote: options.onNote }
    const chosen = await precompiled(origin, backend, options.expect)
    return new Adzus(await Model.load(files, backend, { dtype, cache }), owned, { ...origin, chosen })
  }

  /**
   * What a model needs on a device for a picture with these options, by a dry run: of the weights
   * only the headers are read.
   * @param target the device, or another one with its kind and largest tensor
   * @param batch how many pictures go through the networks at once
   * @example
   * const { peak } = await Adzus.estimate('path/to/model', backend, {}, { size: 512 })
   */
  static async estimate(
    model: string | UrlLike | Files,
    target: DryTarget,
    checkpoint: Omit<LoadOptions, 'backend'> = {},
    options: SegmentOptions = {},
    batch = 1,
  ): Promise<Estimate> {
    return (await Adzus.plan(model, target, checkpoint, options, batch)).memory
  }

  /**
   * The same in full: every op with its shapes, and how memory is used.
   * @example
   * const { stages } = await Adzus.plan('path/to/model', { kind: 'cpu', maxTensorBytes: 2 ** 31 })
   */
  static async plan(
    model: string | UrlLike | Files,
    target: DryTarget,
    checkpoint: Omit<LoadOptions, 'backend'> = {},
    options: SegmentOptions = {},
    batch = 1,
  ): Promise<Plan> {
    checkModel(model)
    checkTarget(target, batch)
    checkLoadOptions(checkpoint)
    checkSegmentOptions(options)
    const origin = { files: await openCheckpoint(model, checkpoint), dtype: checkpoint.dtype }
    const { dryRun, openDry } = await ahead()
    return dryRun(origin, await openDry(target), options, batch)
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
   * @throws AdzusError for what is out of range or chooses layers, heads or resolutions that this
   *   model does not have
   * @example
   * adzus.parameters({ denoise: 5 }).noise // 0: noise is implied
   */
  parameters(options: SegmentOptions = {}): Parameters {
    return this.#model.parameters(options)
  }

  /** SHA-256 over the model's files (hexadecimal). */
  modelHash(): Promise<string> {
    return this.#model.hash()
  }

  /**
   * Segments a picture.
   * @param image a PNG or JPEG file's bytes or URL, or pixels (`{ width, height, data }`: grey,
   *   grey + alpha, RGB or RGBA; 8 or 16 bits, signed or not, or floats; a canvas; an
   *   `ImageBitmap`)
   * @throws AdzusError for pictures that cannot be read or are smaller than 8 pixels or larger than
   *   2^28, and for options out of range
   * @example
   * const { labels, mask, segments } = await adzus.segment(await readFile('photo.png'))
   */
  async segment(image: ImageInput, options: SegmentOptions = {}): Promise<Segmentation> {
    checkImage(image)
    checkSegmentOptions(options)
    return this.#exclusively(() => this.#segment(image, options))
  }

  /**
   * Segments a picture tile by tile: slides, and pictures in which what is looked for is too small
   * to be seen in the whole. The whole is looked at in small, so that its border, and not a tile's,
   * says what background is; results come as rows.
   * @param image an image of a file (`openImages`), of which no more is read than tiles need, or
   *   any picture that `segment` takes
   * @throws AdzusError as `segment` does; for regions beyond the picture, sizes of pixels that the
   *   file does not tell, and other foregrounds than `auto`
   * @example
   * const [slide] = await openImages(await readFile('photo.png'))
   * const region = { x: 0, y: 0, width: 256, height: 200 }
   * const result = await adzus.segmentTiles(slide, { tile: 128, region })
   * const { count } = result.objects
   */
  async segmentTiles(image: TiledInput, options: TileOptions = {}): Promise<TiledSegmentation> {
    checkTiledImage(image)
    checkTileOptions(options)
    const { segmentTiles } = await loadPart('tiles', () => import('./tiles/segment-tiles.ts'))
    return segmentTiles({ model: this.#model, exclusively: (work) => this.#exclusively(work) }, image, options)
  }

  /**
   * The options of a picture by tiles, with all defaults filled in.
   * @throws AdzusError as `parameters` does, and for tiles out of range
   * @example
   * const { tiles } = await adzus.tileParameters({ tile: 1024 }) // { tile: 1024, overlap: 128, … }
   */
  async tileParameters(options: TileOptions = {}): Promise<TiledParameters> {
    checkTileOptions(options)
    const { resolveTiles } = await loadPart('tiles', () => import('./tiles/options.ts'))
    const { tiles, others } = resolveTiles(options)
    return { ...this.parameters(others), tiles }
  }

  /**
   * Segments any number of pictures, in order: each gets its result, or the error that is its own
   * (`Promise.allSettled`'s form). While the device works, the next pictures are read and decoded
   * and the caller may do with the last results what it likes; nothing else is kept, so memory does
   * not grow with their number.
   * @throws AdzusError for options out of range; what `images` or `read` throws that is no
   *   AdzusError; the reason of an abort
   * @example
   * for await (const result of adzus.segmentAll(images, { batch: 8 }))
   *   if (result.status === 'fulfilled') save(result.value)
   *   else console.error(result.reason.message)
   */
  async *segmentAll(
    images: Iterable<ImageInput | LazyImage> | AsyncIterable<ImageInput | LazyImage>,
    settings: ManyOptions = {},
  ): AsyncGenerator<PromiseSettledResult<Segmentation>> {
    checkImages(images)
    checkManyOptions(settings)
    const { batch = 1, onProgress, ...options } = settings
    const parameters = this.#begin(options)
    const clockOf = (index: number) =>
      new Stages(this.backend, { signal: options.signal, onProgress: (stage) => onProgress?.(stage, index) })
    const prepare = async (image: ImageInput | LazyImage, index: number): Promise<Named> => {
      const clock = clockOf(index)
      if (isLazy(image)) checkLazyImage(image)
      const [read, called] = isLazy(image) ? [image.read, image.name] : [async () => image, undefined]
      const name = called ?? `picture ${index + 1}`
      const picture = await clock.time('decode', async () => preparePicture(await read(), parameters, name, options.signal))
      return { picture, clock, name }
    }
    const compute = async (members: readonly Named[], first: number) => {
      const group = (some: readonly Named[], clock: Stages) =>
        this.#exclusively(() => this.backend.profile.stage(nameOf(some), () => segmentGroup(this.#model, some, parameters, clock)))
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
    const fits: { batch: number; note?: string } =
      batch === 1 ? { batch } : await (await ahead()).largestBatch(this.#origin, this.backend, options, batch)
    if (fits.note) this.#onNote(fits.note, 'warning')
    yield* inGroups(images, fits.batch, prepare, compute)
  }

  /**
   * Segments a volume, slice by slice. What belongs together in neighbouring slices gets one
   * number, one foreground is chosen for the whole, and slices that were left out (`every`) or
   * failed are interpolated. Every slice is shown by one window, turned as radiologists see it;
   * results are voxel by voxel as the file stores them.
   * @param source a volume (`openVolumes`), a file's bytes, or those of the slices of a series
   * @throws AdzusError for files that are no volume, volumes of which no slice can be segmented,
   *   and options out of range
   * @example
   * const bytes = await readFile('brain.nii.gz')
   * const { labels, segments } = await adzus.segmentVolume(bytes, { slices: 'axial', every: 2 })
   */
  async segmentVolume(source: Volume | Uint8Array | readonly Uint8Array[], options: VolumeOptions = {}): Promise<VolumeSegmentation> {
    const { openOne, segmentVolume } = await volumes()
    return segmentVolume(this, await openOne(source, options.name), options)
  }

  /**
   * The options of a volume with all defaults filled in.
   * @example
   * (await adzus.volumeParameters(volume)).slices // 'k' where the slices lie far apart
   */
  async volumeParameters(volume: Volume, options: VolumeOptions = {}): Promise<VolumeParameters> {
    return (await volumes()).volumeParameters(this, volume, options)
  }

  /**
   * Looks at a picture: the networks run once, and their attention stays on the device for any
   * number of questions (other thresholds, rules, single cells) that need no further pass. Dispose
   * the view.
   * @throws AdzusError as `segment` does
   * @example
   * await using view = await adzus.look(await readFile('photo.png'))
   * const { mask } = await view.segment({ thresholds: [0.4, 0.4, 0.4] })
   * const { values, grid } = await view.attention({ x: 120, y: 80 })
   */
  async look(image: ImageInput, options: SegmentOptions = {}): Promise<View> {
    checkImage(image)
    checkSegmentOptions(options)
    return this.#exclusively(async () => {
      const parameters = this.#begin(options)
      const model = this.#model
      const { run } = new Stages(this.backend, options)
      const picture = await run('decode', () => preparePicture(image, parameters, options.name, options.signal))
      const { View } = await loadPart('views', () => import('./view.ts'))
      return View.open({ model, picture, parameters }, run, (work) => this.#exclusively(work))
    })
  }

  /**
   * The attention of single layers and heads for a picture (all self-attention layers and heads
   * unless chosen with `layers`, `heads`, `resolutions`), at the first time step.
   * @example
   * const [{ grid, probabilities }] = await adzus.attention(bytes, { layers: ['mid_block'] })
   */
  async attention(image: ImageInput, options: SegmentOptions = {}): Promise<AttentionMap[]> {
    checkImage(image)
    checkSegmentOptions(options)
    return this.#exclusively(async () => {
      const parameters = this.parameters(options)
      const { values } = await preparePicture(image, parameters, options.name, options.signal)
      const chosen = await lookInside(this.#model, values, parameters)
      const maps: AttentionMap[] = []
      for (const { layer, head, map } of chosen.maps) {
        const probabilities = await map.floats()
        // A row's first number stands for all of them.
        const first = Float32Array.from({ length: map.queries }, (_, q) => probabilities[q * map.keys])
        checkFinite(first, { ...networkOf(this.#model), what: `the attention of ${layer.name}` })
        maps.push({ layer: layer.name, head, grid: layer.grid, probabilities })
      }
      chosen.dispose()
      return maps
    })
  }

  /**
   * Measures which kernels are fastest on this adapter for pictures with these options, and uses
   * them from then on (WebGPU only). With `cache` the answers are kept between runs. A kernel whose
   * result differs from the default one's by more than 1e-4 of its largest value is never used.
   * @param settings.batch how many pictures go through the networks at once, as with `segmentAll`
   * @param settings.budget milliseconds after which no further kernel is measured (default: 30,000)
   * @example
   * await adzus.tune({ size: 512, onAnswer: ({ key, best }) => console.log(key, best) })
   */
  async tune(settings: Expected & TuneOptions = {}): Promise<void> {
    checkTuneOptions(settings)
    const { budget, onAnswer, batch = 1, ...options } = settings
    return this.#exclusively(async () => {
      const { backend } = this
      const { tuning } = backend
      if (!tuning) return
      const { dryRun, keepTuning, largestBatch, openDry } = await ahead()
      const fits = await largestBatch(this.#origin, backend, options, batch)
      const ask = async () => {
        const dry = await openDry(backend)
        await dryRun(this.#origin, dry, options, fits.batch)
        return dry.questions.values()
      }
      const { profile } = backend
      await profile.stage('tune', () => profile.unmeasured(() => tuning.tune(ask, { budget, onAnswer })))
      // What was measured with is of no use to pictures.
      backend.trim()
      if (this.#origin.cache) await keepTuning(backend, this.#origin.cache)
    })
  }

  /** Frees weights and device. Calls in progress end first; later calls fail. */
  dispose(): Promise<void> {
    this.#disposal ??= this.#dispose()
    return this.#disposal
  }

  async #dispose(): Promise<void> {
    const { backend } = this
    await exclusively(backend, async () => {
      this.#model.dispose()
      if (!this.#ownsBackend) backend.trim()
    })
    if (this.#ownsBackend) await backend.dispose()
  }

  #wantsTuning({ tune: wanted = 'auto', cache }: LoadOptions): boolean {
    const { tuning } = this.backend
    if (!tuning || this.#origin.chosen) return false
    return wanted === true || (wanted === 'auto' && cache === true && tuning.automatic)
  }

  async #segment(image: ImageInput, options: SegmentOptions): Promise<Segmentation> {
    const parameters = this.#begin(options)
    const clock = new Stages(this.backend, options)
    const picture = await clock.run('decode', () => preparePicture(image, parameters, options.name, options.signal))
    const [result] = await segmentGroup(this.#model, [{ picture, clock }], parameters, clock)
    if (result.status === 'rejected') throw result.reason
    return result.value
  }

  /** What is checked and said before any picture is looked at. */
  #begin(options: SegmentOptions): Parameters {
    const parameters = this.parameters(options)
    const note = bandsNote(this.#model.baseGrid(parameters), this.backend.maxTensorBytes)
    if (note && !this.#noted.has(note)) {
      this.#noted.add(note)
      this.#onNote(note, 'warning')
    }
    return parameters
  }

  async #exclusively<T>(work: () => Promise<T>): Promise<T> {
    check(this.#disposal === undefined, () => ({ what: 'Adzus', expected: 'an instance in use', got: 'one that was disposed' }))
    return exclusively(this.backend, work)
  }
}

/**
 * Follows a picture (or a batch) as it is expected, so that its kernels compile while the weights
 * are on their way, where that gains time.
 * @returns whether every kernel that has to be chosen among several was chosen before
 */
async function precompiled(origin: Origin, backend: Backend, { batch, ...options }: Expected = {}): Promise<boolean> {
  const { precompile, tuning } = backend
  if (!precompile || !tuning) return false
  const { dryRun, openDry } = await ahead()
  const dry = await openDry(backend)
  dry.onKernel = precompile
  // What is wrong with a model is said when it is loaded.
  await backend.profile.stage('compile ahead', () => dryRun(origin, dry, options, batch).catch(() => {}))
  return [...dry.questions.keys()].every((key) => tuning.choices.best.has(key))
}

/**
 * How weights are stored: as wished, but never as f16 on an adapter that computes wrongly with it.
 */
async function soundType(backend: Backend, { dtype, onNote }: Pick<LoadOptions, 'dtype' | 'onNote'>): Promise<LoadOptions['dtype']> {
  if (dtype === 'f32' || (await halfIsSound(backend))) return dtype
  onNote?.(`${backend.description} computes wrongly with f16 weights: they are stored as f32`, 'warning')
  return 'f32'
}

function nameOf([first, ...others]: readonly Named[]): string {
  return others.length === 0 ? first.name : `${first.name} and ${others.length} more`
}
