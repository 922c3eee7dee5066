/** @file What can be chosen about a segmentation. */
import type { Weights } from '../attention/weights.ts'
import type { Edges } from '../foreground/finish.ts'
import type { Method, MethodOptions } from '../grouping/grouping.ts'
import type { Channel, ChannelChoice } from '../image/channels.ts'
import type { Window } from '../image/window.ts'
import type { Signal } from '../signal.ts'
import type { EmptyPrompt } from './empty-prompt.ts'
import type { Foreground, ForegroundRule } from './foreground.ts'
import type { ObjectRule } from './objects.ts'

/** The largest side of a picture for the network, in pixels. */
export const MAX_SIDE = 8192

/** How a picture is segmented; what is left out is the model’s own. */
export interface SegmentOptions {
  /**
   * Side in pixels of the square that pictures are resized to for the network, or [width, height].
   * Rounded to whole latent cells.
   */
  size?: number | readonly [width: number, height: number]
  /** Time steps whose attention is averaged, each 0 … 999. */
  timesteps?: readonly number[]
  /** How the aggregated map becomes segments: DiffSeg, with its options. */
  method?: MethodOptions
  /**
   * Short for `method: { kind: 'diffseg', thresholds }`: divergence below which maps are merged,
   * one a round.
   */
  thresholds?: readonly number[]
  /** Short for `method: { kind: 'diffseg', anchors }`: anchors a side, 2 to 1024. */
  anchors?: number
  /**
   * Short for `method: { kind: 'diffseg', refine }`: refine the proposals by k-means of all
   * attention maps.
   */
  refine?: boolean
  /**
   * Seed of noise that is added to the latent as the schedule says for each time step; none by
   * default.
   */
  noise?: number | null
  /**
   * Reach each time step from the noisiest one by so many DDIM steps, instead of by adding noise
   * once. Implies noise (seed 0).
   */
  denoise?: number | null
  /** Only self-attention whose grid has one of these longer sides (cells). */
  resolutions?: readonly number[] | null
  /**
   * Only self-attention layers whose path contains one of these texts, for example `up_blocks.3` or
   * `mid_block`; by default the model's own (`adzus.json`), else all. `null` takes all.
   */
  layers?: readonly string[] | null
  /** Only these heads (from 0). */
  heads?: readonly number[] | null
  /**
   * Factors, 0 to 1000000, on what resolutions (named as in `resolutions`), layers (as in `layers`)
   * and heads count in the aggregated map; 1 for what is not named, and 0 leaves it out. Where
   * several parts are in a layer's path, their product.
   */
  weights?: Weights | null
  /**
   * Longer side, in cells, of the grid that all attention is aggregated on: from the finest that
   * has self-attention (the default) to the latent's. SDXL at 1024 pixels has a latent of 128 cells
   * and attention at 64; the map's size grows with the grid's fourth power.
   */
  grid?: number | null
  /**
   * Encode the picture in overlapping tiles, an approximation that needs less memory; by default
   * where the device does not bind the whole.
   */
  tileVae?: boolean
  /**
   * What is looked for, in words: the text that conditions the UNet; by default none. Which
   * segments are foreground is another option.
   */
  prompt?: string
  /** What stands for no text: zeros (SDXL’s own choice) or the encoded empty text (all others’). */
  emptyPrompt?: EmptyPrompt
  /**
   * Which segments are foreground. `{ text: words }` is short for `prompt: words, foreground:
   * 'text'`.
   */
  foreground?: Foreground
  /** Clicks and boxes choose whole segments instead of outlines of their own; default false. */
  wholeSegments?: boolean
  /**
   * Settings for a kind of picture, by name (`presets`); options that are given win over them.
   * Default: none.
   */
  preset?: string | null
  /**
   * Whether the picture is taken to show many objects (nuclei, cells), which become separate
   * instances: `'auto'` (default; where it seems to), `'many'` or `'none'`. With the foreground
   * `auto` only.
   */
  objects?: ObjectRule
  /** Objects of fewer pixels are left out (default: 15). */
  minSize?: number
  /** Fill holes of many objects that are smaller than the objects are (default: true). */
  fillHoles?: boolean
  /** Leave out objects that the picture’s edge cuts (default: false). */
  excludeBorder?: boolean
  /**
   * How the outline of `auto` comes to the picture's own size: `'none'` smooth and as coarse as the
   * 128 × 128 pixels at which it is found, `'guided'` (default) along the picture's edges near it,
   * `'cut'` cut anew by GrabCut at up to 512 pixels.
   */
  edges?: Edges
  /**
   * Which samples become black and white: `'auto'` (default; 8 bits as they are, others by the
   * file's own window, else by the percentiles 0.1 and 99.9), `'full'`, `[black, white]`, or `{
   * percentiles: [low, high] }`.
   */
  window?: Window
  /**
   * Which channels are taken, by name or by number from 1: one as grey, up to three as red, green
   * and blue, each by a window of its own. Default: the colours; of channels that are measurements,
   * and of more than four, the first.
   */
  channel?: ChannelChoice | null
  /**
   * Turn the picture as its EXIF orientation says, and the results with it; by default pixels stay
   * as they are stored.
   */
  orient?: boolean
  /** What the picture is called in errors. */
  name?: string
  /** Checked between stages. */
  signal?: Signal
  onProgress?: (stage: string) => void
}

/** The options that decide the result, with nothing left open: what is written beside a mask. */
export interface Parameters {
  size: [width: number, height: number]
  timesteps: number[]
  method: Method
  noise: number | null
  denoise: number | null
  resolutions: number[] | null
  layers: string[] | null
  heads: number[] | null
  weights: Weights | null
  grid: number | null
  tileVae: boolean
  prompt: string
  emptyPrompt: EmptyPrompt
  preset: string | null
  foreground: ForegroundRule
  wholeSegments: boolean
  objects: ObjectRule
  minSize: number
  fillHoles: boolean
  excludeBorder: boolean
  edges: Edges
  window: Window
  channel: Channel[] | null
  orient: boolean
}
