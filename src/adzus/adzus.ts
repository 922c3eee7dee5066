/**
 * @file `Adzus`: a model on a device, and what can be asked of it.
 *
 * The stages of a picture are written once (`stages.ts`). What uses a device runs one after
 * another, loading and disposing included, whichever instance it belongs to: they share its memory.
 */
import type { Files } from '../checkpoint/files.ts'
import { openCheckpoint } from '../checkpoint/open.ts'
import type { Volume } from '../image/volume.ts'
import type { DryTarget } from '../tensor/dry.ts'
import type { Backend } from '../tensor/index.ts'
import type { TuneOptions } from '../tensor/tuner.ts'
import type { UrlLike } from '../url.ts'
import type { AttentionMap } from './attention-map.ts'
import { attentionMaps } from './attention-maps.ts'
import {
  checkImage,
  checkImages,
  checkLoadOptions,
  checkManyOptions,
  checkModel,
  checkSegmentOptions,
  checkTarget,
  checkTiledImage,
  checkTileOptions,
} from './check-options.ts'
import type { Estimate } from './estimate.ts'
import type { ImageInput } from './image-input.ts'
import { load } from './load.ts'
import type { Expected, LoadOptions } from './load-options.ts'
import type { LazyImage, ManyOptions } from './many.ts'
import type { OpenModel } from './open-model.ts'
import type { Parameters, SegmentOptions } from './options.ts'
import { ahead, tiles, views, volumes } from './parts.ts'
import { preparePicture } from './picture.ts'
import type { Plan } from './plan.ts'
import { segmentAll } from './segment-all.ts'
import { segmentGroup } from './segment-group.ts'
import type { Segmentation } from './segmentation.ts'
import { Stages } from './stages.ts'
import type { TileOptions } from './tiles/options.ts'
import type { TiledInput } from './tiles/slide.ts'
import type { TiledParameters, TiledSegmentation } from './tiles/tiled.ts'
import { tune } from './tune.ts'
import type { View } from './view.ts'
import type { VolumeOptions, VolumeParameters } from './volume/options.ts'
import type { VolumeSegmentation } from './volume/volume-result.ts'

/** A model on a device: it segments pictures and answers questions about their attention. */
export class Adzus {
  readonly #open: OpenModel

  private constructor(open: OpenModel) {
    this.#open = open
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
    return new Adzus(await load(model, options))
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
    return this.#open.backend
  }

  /** Path of the model. */
  get model(): string {
    return this.#open.model.label
  }

  /**
   * The options with the model's defaults filled in.
   * @throws AdzusError for what is out of range or chooses layers, heads or resolutions that this
   *   model does not have
   * @example
   * adzus.parameters({ denoise: 5 }).noise // 0: noise is implied
   */
  parameters(options: SegmentOptions = {}): Parameters {
    return this.#open.model.parameters(options)
  }

  /** SHA-256 over the model's files (hexadecimal). */
  modelHash(): Promise<string> {
    return this.#open.model.hash()
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
    return this.#open.exclusively(() => segment(this.#open, image, options))
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
    const { segmentTiles } = await tiles()
    return segmentTiles(this.#open, image, options)
  }

  /**
   * The options of a picture by tiles, with all defaults filled in.
   * @throws AdzusError as `parameters` does, and for tiles out of range
   * @example
   * const { tiles } = await adzus.tileParameters({ tile: 1024 }) // { tile: 1024, overlap: 128, … }
   */
  async tileParameters(options: TileOptions = {}): Promise<TiledParameters> {
    checkTileOptions(options)
    const { resolveTiles } = await tiles()
    const chosen = resolveTiles(options)
    return { ...this.parameters(chosen.others), tiles: chosen.tiles }
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
    yield* segmentAll(this.#open, images, settings)
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
    const { model, backend, exclusively } = this.#open
    return exclusively(async () => {
      const parameters = this.#open.begin(options)
      const { run } = new Stages(backend, options)
      const picture = await run('decode', () => preparePicture(image, parameters, options.name, options.signal))
      const { View } = await views()
      return View.open({ model, picture, parameters }, run, exclusively)
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
    return this.#open.exclusively(() => attentionMaps(this.#open.model, image, options))
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
    return tune(this.#open, settings)
  }

  /** Frees weights and device. Calls in progress end first; later calls fail. */
  dispose(): Promise<void> {
    return this.#open.dispose()
  }
}

async function segment(open: OpenModel, image: ImageInput, options: SegmentOptions): Promise<Segmentation> {
  const parameters = open.begin(options)
  const clock = new Stages(open.backend, options)
  const picture = await clock.run('decode', () => preparePicture(image, parameters, options.name, options.signal))
  const [result] = await segmentGroup(open.model, [{ picture, clock }], parameters, clock)
  if (result.status === 'rejected') throw result.reason
  return result.value
}
