/**
 * @file What can be chosen about a segmentation, where the defaults come from, and what is allowed.
 *
 * Defaults that belong to a model stand in an optional `adzus.json` beside its `model_index.json`; a checkpoint without one gets DiffSeg's values (time step 300,
 * thresholds 0.9 × 3, 16 anchors a side) at the size that its UNet was made for.
 */
import { Config } from '../checkpoint/config.ts'
import { exists, type Files } from '../checkpoint/files.ts'
import { AdzusError, check } from '../errors.ts'
import { copyWindow, isWindow, type Window } from '../image/window.ts'
import { EMPTY_PROMPTS, type EmptyPrompt } from './empty-prompt.ts'
import { type Foreground, isForeground } from './foreground.ts'

export interface SegmentOptions {
  /** Side in pixels of the square that pictures are resized to for the network, or [width, height]. Rounded to whole latent cells. */
  size?: number | readonly [width: number, height: number]
  /** Time steps whose attention is averaged, each 0 … 999. */
  timesteps?: readonly number[]
  /** Divergence below which maps are merged, one a round. */
  thresholds?: readonly number[]
  /** Anchors a side, 2 to 1024. */
  anchors?: number
  /** Refine the proposals by k-means of all attention maps. */
  refine?: boolean
  /** Seed of noise that is added to the latent as the schedule says for each time step; none by default. */
  noise?: number
  /** Reach each time step from the noisiest one by so many DDIM steps, instead of by adding noise once. Implies noise (seed 0). */
  denoise?: number
  /** Only self-attention whose grid has one of these longer sides (cells). */
  resolutions?: readonly number[]
  /** Only self-attention layers whose path contains one of these texts, for example `up_blocks.3` or `mid_block`. */
  layers?: readonly string[]
  /** Only these heads (from 0). */
  heads?: readonly number[]
  /**
   * Longer side, in cells, of the grid that all attention is aggregated on: from the finest that has self-attention (the default) to the latent's. SDXL at
   * 1024 pixels has a latent of 128 cells and attention at 64; the map's size grows with the grid's fourth power.
   */
  grid?: number
  /** Encode the picture in overlapping tiles, an approximation that needs less memory; by default where the device does not bind the whole. */
  tileVae?: boolean
  /** What stands for no text: zeros (SDXL’s own choice) or the encoded empty text (all others’). */
  emptyPrompt?: EmptyPrompt
  /** Which segments are foreground. */
  foreground?: Foreground
  /**
   * Which samples become black and white: `'auto'` (default; 8 bits as they are, others by the file's own window, else by the percentiles 0.1 and 99.9),
   * `'full'`, `[black, white]`, or `{ percentiles: [low, high] }`.
   */
  window?: Window
  /** Turn the picture as its EXIF orientation says, and the results with it; by default pixels stay as they are stored. */
  orient?: boolean
  /** What the picture is called in errors. */
  name?: string
  /** Checked between stages. */
  signal?: AbortSignal
  onProgress?: (stage: string) => void
}

/** The options that decide the result, with nothing left open: what is written beside a mask. */
export interface Parameters {
  size: [width: number, height: number]
  timesteps: number[]
  thresholds: number[]
  anchors: number
  refine: boolean
  noise: number | null
  denoise: number | null
  resolutions: number[] | null
  layers: string[] | null
  heads: number[] | null
  grid: number | null
  tileVae: boolean
  emptyPrompt: EmptyPrompt
  foreground: Foreground
  window: Window
  orient: boolean
}

export type Defaults = Pick<Parameters, 'size' | 'timesteps' | 'thresholds' | 'anchors'>

/** Reads `adzus.json`. `side`: the size that the model was made for, in pixels. */
export async function readDefaults(files: Files, side: number): Promise<Defaults> {
  const config = (await exists(files, 'adzus.json')) ? await Config.read(files, 'adzus.json') : new Config('DiffSeg’s defaults', {})
  const [width, height = width] = config.ints('size', undefined, side)
  return {
    size: [width, height],
    timesteps: config.ints('timesteps', undefined, 300),
    thresholds: config.numbers('thresholds', [0.9, 0.9, 0.9]),
    anchors: config.int('anchors', 16),
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
  defaults: Defaults & Pick<Parameters, 'emptyPrompt'>,
  { cell, steps, binds }: Bounds,
): Parameters {
  const must = (option: string, holds: boolean, expected: string, got: unknown) =>
    check(holds, () => ({ what: 'options', where: option, expected, got: shown(got) }))
  for (const list of ['timesteps', 'thresholds', 'resolutions', 'layers', 'heads'] as const)
    must(list, !options[list] || Array.isArray(options[list]), 'a list', options[list])
  const { size = defaults.size, noise, denoise } = options
  const [width, height] = typeof size === 'number' ? [size, size] : size
  const whole = (pixels: number) => Math.max(cell, Math.round(pixels / cell) * cell)
  const rounded: [number, number] = [whole(width), whole(height)]
  const parameters: Parameters = {
    size: rounded,
    timesteps: [...(options.timesteps ?? defaults.timesteps)],
    thresholds: [...(options.thresholds ?? defaults.thresholds)],
    anchors: options.anchors ?? defaults.anchors,
    refine: options.refine ?? false,
    noise: noise ?? (denoise === undefined ? null : 0),
    denoise: denoise ?? null,
    resolutions: options.resolutions ? [...options.resolutions] : null,
    layers: options.layers ? [...options.layers] : null,
    heads: options.heads ? [...options.heads] : null,
    grid: options.grid ?? null,
    tileVae: options.tileVae ?? !binds(rounded),
    emptyPrompt: options.emptyPrompt ?? defaults.emptyPrompt,
    foreground: options.foreground ?? 'auto',
    window: options.window ?? 'auto',
    orient: options.orient ?? false,
  }
  const isInt = (from: number, to: number) => (n: unknown) => Number.isInteger(n) && (n as number) >= from && (n as number) <= to
  must(
    'size',
    [width, height].every((n) => Number.isFinite(n) && n >= 2 * cell && n <= 8192),
    `pixels from ${2 * cell} to 8192`,
    size,
  )
  must(
    'timesteps',
    parameters.timesteps.length > 0 && parameters.timesteps.every(isInt(0, steps - 1)),
    `whole numbers from 0 to ${steps - 1}`,
    parameters.timesteps,
  )
  must(
    'thresholds',
    parameters.thresholds.length > 0 && parameters.thresholds.every((t) => t > 0),
    'one number above 0 a round of merging',
    parameters.thresholds,
  )
  must('anchors', isInt(2, 1024)(parameters.anchors), 'a whole number from 2 to 1024', parameters.anchors)
  must('noise', parameters.noise === null || isInt(0, 2 ** 32 - 1)(parameters.noise), 'a whole number from 0 to 4294967295', noise)
  must(
    'denoise',
    parameters.denoise === null || isInt(1, steps - 1)(parameters.denoise),
    `a whole number of steps from 1 to ${steps - 1}`,
    denoise,
  )
  must('emptyPrompt', EMPTY_PROMPTS.includes(parameters.emptyPrompt), EMPTY_PROMPTS.join(' or '), options.emptyPrompt)
  for (const list of ['resolutions', 'layers', 'heads'] as const)
    must(list, parameters[list] === null || parameters[list].length > 0, 'at least one', [])
  must('layers', !parameters.layers?.includes(''), 'parts of layer names', parameters.layers)
  must(
    'foreground',
    isForeground(parameters.foreground),
    "'auto', 'all', 'center', { point: [x, y] }, { box: [x0, y0, x1, y1] } with x0 ≤ x1 and y0 ≤ y1, or { text: words }",
    parameters.foreground,
  )
  must(
    'window',
    isWindow(parameters.window),
    "'auto', 'full', [black, white] with black < white, or { percentiles: [low, high] } with 0 ≤ low < high ≤ 100",
    parameters.window,
  )
  must('orient', typeof parameters.orient === 'boolean', 'true or false', parameters.orient)
  return { ...parameters, window: copyWindow(parameters.window) }
}

/** A value as it would be written, and numbers that JSON does not know by their names. */
function shown(value: unknown): string {
  return JSON.stringify(value, (_, part) => (typeof part === 'number' && !Number.isFinite(part) ? `${part}` : part))
}

/** An error about a choice that fits nothing. */
export function nothingSelected(option: string, wanted: readonly (string | number)[], available: readonly (string | number)[]): AdzusError {
  return new AdzusError({ what: 'options', where: option, expected: `among ${available.join(', ')}`, got: wanted.join(', ') })
}
