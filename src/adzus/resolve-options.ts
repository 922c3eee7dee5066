/** @file Options with nothing left open, and what is allowed. */
import { isWhole, must } from '../arguments.ts'
import { OBJECT_DEFAULTS } from '../foreground/objects/options.ts'
import { groupingOf, type Method } from '../grouping/grouping.ts'
import { channelList } from '../image/channels.ts'
import { copyWindow } from '../image/window.ts'
import { resolveAggregation } from './aggregation.ts'
import { checkSegmentOptions } from './check-options.ts'
import type { Defaults } from './defaults.ts'
import { EMPTY_PROMPTS } from './empty-prompt.ts'
import type { Foreground, ForegroundRule } from './foreground.ts'
import { MAX_SIDE, type Parameters, type SegmentOptions } from './options.ts'
import { presetNamed } from './presets/index.ts'

/** Options of DiffSeg that stand for a method of that kind. */
const SHORT_FORM = ['thresholds', 'anchors', 'refine'] as const

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
    ...resolveAggregation(options, { resolutions: null, layers: defaults.layers, heads: null, weights: null }),
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
