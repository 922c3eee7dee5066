/**
 * @file What can be chosen about a segmentation, where the defaults come from, and what is allowed.
 *
 * Defaults that belong to a model stand in an optional `adzus.json` beside its `model_index.json`;
 * a checkpoint without one gets DiffSeg's values (time step 300, thresholds 0.9 × 3, 16 anchors a
 * side) at the size that its UNet was made for.
 */

import { isWhole, must } from '../arguments.ts'
import type { Weights } from '../attention/weights.ts'
import { Config } from '../checkpoint/config.ts'
import { exists, type Files } from '../checkpoint/files.ts'
import type { Edges } from '../foreground/finish.ts'
import { OBJECT_DEFAULTS } from '../foreground/objects/options.ts'
import { MAX_ROUNDS } from '../grouping/diffseg/index.ts'
import { groupingOf, type Method, type MethodOptions } from '../grouping/grouping.ts'
import { type Channel, type ChannelChoice, channelList } from '../image/channels.ts'
import { copyWindow, type Window } from '../image/window.ts'
import type { Signal } from '../signal.ts'
import { resolveAggregation } from './aggregation.ts'
import { checkFiles, checkSegmentOptions } from './check-options.ts'
import { EMPTY_PROMPTS, type EmptyPrompt } from './empty-prompt.ts'
import type { Foreground, ForegroundRule } from './foreground.ts'
import type { ObjectRule } from './objects.ts'
import { presetNamed } from './presets/index.ts'

/** Options of DiffSeg that stand for a method of that kind. */
const SHORT_FORM = ['thresholds', 'anchors', 'refine'] as const

/** Pixels of a side for the network. */
const MAX_SIDE = 8192

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
   * `mid_block`.
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

/** What holds for a model where no option says otherwise. */
export interface Defaults extends Pick<Parameters, 'size' | 'timesteps' | 'method'> {
  /** Whether the model's text encoder knows words, so that they can be looked for. */
  words: boolean
}

/**
 * Reads `adzus.json`. `side`: the size that the model was made for, in pixels.
 * @example
 * const { size, method } = await readDefaults(files, 512)
 */
export async function readDefaults(files: Files, side: number): Promise<Defaults> {
  checkFiles(files)
  const config = (await exists(files, 'adzus.json')) ? await Config.read(files, 'adzus.json') : new Config('DiffSeg’s defaults', {})
  const some = <T>(field: string, list: T[], most: number) => {
    if (list.length < 1 || list.length > most) throw config.wrong(field, `1 to ${most} numbers`, `${list.length}`)
    return list
  }
  const [width, height = width] = some('size', config.ints('size', undefined, side, { from: 1, to: MAX_SIDE }), 2)
  return {
    size: [width, height],
    timesteps: some('timesteps', config.ints('timesteps', undefined, 300, { from: 0, to: 9999 }), 1000),
    method: {
      kind: 'diffseg',
      thresholds: some('thresholds', config.numbers('thresholds', [0.9, 0.9, 0.9], { above: 0, to: 1000 }), MAX_ROUNDS),
      anchors: config.int('anchors', 16, { from: 2, to: 1024 }),
      refine: false,
    },
    words: config.bool('words', true),
  }
}

/** What the model and the device say about options. */
export interface Bounds {
  /** Pixels of a latent cell. */
  cell: number
  /** Training steps of the schedule. */
  steps: number
  /** Whether the device binds the VAE's activations for a picture of that size. */
  binds: (size: readonly [width: number, height: number]) => boolean
}

/** Fills in defaults and refuses what cannot be done. */
export function resolveOptions(
  options: SegmentOptions,
  defaults: Omit<Defaults, 'words'> & Pick<Parameters, 'emptyPrompt'>,
  { cell, steps, binds }: Bounds,
): Parameters {
  checkSegmentOptions(options)
  const { size = defaults.size } = options
  const [noise, denoise] = [options.noise ?? null, options.denoise ?? null]
  const [width, height] = typeof size === 'number' ? [size, size] : size
  const whole = (pixels: number) => Math.max(cell, Math.round(pixels / cell) * cell)
  const rounded: [number, number] = [whole(width), whole(height)]
  const preset = options.preset ? presetNamed(options.preset) : undefined
  const seeking = resolveForeground(options)
  const parameters: Parameters = {
    size: rounded,
    timesteps: [...(options.timesteps ?? defaults.timesteps)],
    method: resolveMethod(options, defaults.method),
    noise: noise ?? (denoise === null ? null : 0),
    denoise,
    ...resolveAggregation(options, { resolutions: null, layers: null, heads: null, weights: null }),
    grid: options.grid ?? null,
    tileVae: options.tileVae ?? !binds(rounded),
    emptyPrompt: options.emptyPrompt ?? defaults.emptyPrompt,
    preset: preset?.name ?? null,
    ...seeking,
    ...resolveObjects(options, seeking.foreground, { objects: 'auto', ...OBJECT_DEFAULTS, ...preset?.options }),
    wholeSegments: options.wholeSegments ?? false,
    edges: options.edges ?? preset?.options.edges ?? 'guided',
    window: copyWindow(options.window ?? 'auto'),
    channel: options.channel ? channelList(options.channel) : null,
    orient: options.orient ?? false,
  }
  must(
    'size',
    [width, height].every((n) => Number.isFinite(n) && n >= 2 * cell && n <= MAX_SIDE),
    `pixels from ${2 * cell} to ${MAX_SIDE}`,
    size,
  )
  const { timesteps } = parameters
  const last = steps - 1
  must('timesteps', timesteps.length > 0 && timesteps.every((t) => isWhole(t, 0, last)), `whole numbers from 0 to ${last}`, timesteps)
  must('timesteps', timesteps.length <= steps, `at most ${steps}`, timesteps)
  must('noise', noise === null || isWhole(noise, 0, 2 ** 32 - 1), 'a whole number from 0 to 4294967295', noise)
  must('denoise', denoise === null || isWhole(denoise, 1, last), `a whole number of steps from 1 to ${last}`, denoise)
  must('emptyPrompt', EMPTY_PROMPTS.includes(parameters.emptyPrompt), EMPTY_PROMPTS.join(' or '), options.emptyPrompt)
  return parameters
}

/** How maps are grouped, by `method` or by its short form. */
export function resolveMethod({ method, ...options }: SegmentOptions, defaults: Method): Method {
  const short = SHORT_FORM.filter((name) => options[name] !== undefined)
  must('method', method === undefined || short.length === 0, `method, or ${short.join(' and ')}`, 'both')
  const { thresholds, anchors, refine } = options
  return groupingOf(defaults).resolve(method ?? { kind: 'diffseg', thresholds, anchors, refine }, defaults)
}

/**
 * How many objects are made; `many` of a preset or a look says nothing about other foregrounds
 * than `auto`.
 */
export function resolveObjects(
  options: Pick<SegmentOptions, ObjectChoice>,
  foreground: ForegroundRule,
  defaults: Pick<Parameters, ObjectChoice>,
): Pick<Parameters, ObjectChoice> {
  const { minSize = defaults.minSize, fillHoles = defaults.fillHoles, excludeBorder = defaults.excludeBorder } = options
  const objects = options.objects ?? (foreground === 'auto' ? defaults.objects : 'auto')
  must('objects', objects !== 'many' || foreground === 'auto', 'the foreground auto with many', objects)
  must('minSize', isWhole(minSize, 0, 2 ** 31), 'a whole number of pixels, 0 or more', minSize)
  return { objects, minSize, fillHoles, excludeBorder }
}

/** What is chosen about many objects. */
export type ObjectChoice = 'objects' | 'minSize' | 'fillHoles' | 'excludeBorder'

/** The text that conditions the UNet, and the rule; a rule of words brings its text along. */
function resolveForeground({ prompt, foreground = 'auto' }: SegmentOptions): Pick<Parameters, 'prompt' | 'foreground'> {
  const words = prompt ?? (typeof foreground === 'object' && 'text' in foreground ? foreground.text : '')
  return { prompt: words, foreground: resolveRule(foreground, words) }
}

/** A rule by itself, for networks that were told that prompt. */
export function resolveRule(foreground: Foreground, prompt: string): ForegroundRule {
  const own = typeof foreground === 'object' && 'text' in foreground ? foreground.text : undefined
  const rule = own === undefined ? (foreground as ForegroundRule) : 'text'
  must('foreground', own === undefined || own === prompt, 'the words of the prompt', own, 'Look with them as the prompt.')
  must('prompt', rule !== 'text' || prompt.trim() !== '', 'words, for the foreground that they look at', prompt)
  return rule
}
