/**
 * @file What the methods of an evaluation answer for one picture. The network runs once, and every
 * rule, threshold, click and oracle asks the same view; words and the factors that the network sees
 * need a look of their own.
 */
import type { Adzus } from '../adzus/adzus.ts'
import type { SegmentOptions } from '../adzus/options.ts'
import type { Segmentation } from '../adzus/segmentation.ts'
import type { Question } from '../adzus/view/question.ts'
import type { View } from '../adzus/view.ts'
import type { RgbRaster } from '../image/raster.ts'
import type { Mask } from '../pixels/mask.ts'
import type { Variant } from './ablations.ts'
import type { Baseline } from './baselines/baseline.ts'
import type { Block } from './blocks.ts'
import type { Answer } from './case.ts'
import type { RuleMethod } from './methods.ts'
import { ORACLES, type Oracle } from './oracles.ts'
import { simulatedClicks } from './simulated-clicks.ts'

/** What is asked of every picture. */
export interface Plan {
  methods: readonly RuleMethod[]
  /** Simulated clicks, 0 for none. */
  clicks: number
  oracles: boolean
  baselines: readonly Baseline[]
  variants: readonly Variant[]
}

/** Whether anything in a plan needs the network. */
export function needsNetwork({ methods, clicks, oracles, variants }: Plan): boolean {
  return methods.length > 0 || clicks > 0 || oracles || variants.length > 0
}

/** The names of a plan's methods, in the order of their answers, with their blocks. */
export function methodsOf({ methods, clicks, oracles, baselines, variants }: Plan): { name: string; block: Block }[] {
  const named = (block: Block, names: readonly string[]) => names.map((name) => ({ name, block }))
  return [
    ...named(
      'blind',
      methods.map(({ name }) => name),
    ),
    ...named(
      'click',
      Array.from({ length: clicks }, (_, i) => `click${i + 1}`),
    ),
    ...named('oracle', oracles ? ORACLES.map(oracleName) : []),
    ...named(
      'baseline',
      baselines.map(({ name }) => name),
    ),
    ...named(
      'ablation',
      variants.flatMap((variant) => methods.map((method) => variantName(method, variant))),
    ),
  ]
}

/** What a picture is asked with. */
export interface Asked {
  /** The picture's file. */
  contents: Uint8Array
  /** Of the run. */
  options: SegmentOptions
  /** The true mask, for clicks and oracles alone. */
  truth: Mask
  plan: Plan
}

/** The answers that need the network, one after another. */
export async function* networkAnswers(adzus: Adzus, asked: Asked): AsyncGenerator<Answer> {
  const { contents, options, truth, plan } = asked
  const own = plan.methods.filter((method) => ownLook(method) === undefined)
  yield* looking(adzus, contents, options, async function* (view, look) {
    for (const method of own) yield await ruleAnswer(view, look, method)
    if (plan.clicks > 0) yield* simulatedClicks(truth, view, plan.clicks, look)
    if (plan.oracles) {
      const { value, milliseconds } = await timed(() => view.segment({ foreground: 'auto' }))
      for (const oracle of ORACLES) yield await oracleAnswer(oracle, truth, value, look + milliseconds)
    }
    for (const variant of plan.variants.filter(({ network }) => !network))
      for (const method of own) yield await ruleAnswer(view, look, method, variant)
  })
  for (const method of plan.methods) yield* withOwnLook(adzus, asked, method)
  for (const variant of plan.variants.filter(({ network }) => network)) {
    yield* looking(adzus, contents, { ...options, ...variant.options }, async function* (view, look) {
      for (const method of own) yield await ruleAnswer(view, look, method, variant)
    })
    for (const method of plan.methods) yield* withOwnLook(adzus, asked, method, variant)
  }
}

/** Masks of baselines. */
export async function* baselineAnswers(image: RgbRaster, baselines: readonly Baseline[]): AsyncGenerator<Answer> {
  const { width, height } = image
  for (const { name, mask } of baselines) {
    const { value, milliseconds } = await timed(async () => mask(image))
    yield { method: name, block: 'baseline', mask: { width, height, data: value }, milliseconds }
  }
}

/** A method of words looks with them as the prompt, a preset with its settings. */
async function* withOwnLook(
  adzus: Adzus,
  { contents, options, plan }: Asked,
  method: RuleMethod,
  variant?: Variant,
): AsyncGenerator<Answer> {
  const own = ownLook(method)
  if (own === undefined) return
  yield* looking(adzus, contents, { ...options, ...variant?.options, ...own }, async function* (view, look) {
    yield await ruleAnswer(view, look, method, variant)
    if (!variant) for (const other of plan.variants.filter(({ network }) => !network)) yield await ruleAnswer(view, look, method, other)
  })
}

async function* looking(
  adzus: Adzus,
  contents: Uint8Array,
  options: SegmentOptions,
  ask: (view: View, milliseconds: number) => AsyncGenerator<Answer>,
): AsyncGenerator<Answer> {
  const { value: view, milliseconds } = await timed(() => adzus.look(contents, options))
  try {
    yield* ask(view, milliseconds)
  } finally {
    await view.dispose()
  }
}

async function ruleAnswer(view: View, look: number, method: RuleMethod, variant?: Variant): Promise<Answer> {
  const { foreground, threshold } = method
  const question: Question = { foreground }
  if (threshold !== undefined) question.thresholds = [threshold, threshold, threshold]
  if (variant && !variant.network) question.anchors = variant.options.anchors
  const { value, milliseconds } = await timed(() => view.segment(question))
  const { width, height, mask } = value
  const name = variant ? variantName(method, variant) : method.name
  return { method: name, block: variant ? 'ablation' : 'blind', mask: { width, height, data: mask }, milliseconds: look + milliseconds }
}

async function oracleAnswer(oracle: Oracle, truth: Mask, { width, height, mask, labels }: Segmentation, took: number): Promise<Answer> {
  const result = { mask: { width, height, data: mask }, segments: { width, height, data: labels } }
  const { value, milliseconds } = await timed(async () => oracle.mask(truth, result))
  return { method: oracleName(oracle), block: 'oracle', mask: value, milliseconds: took + milliseconds }
}

function oracleName({ name }: Oracle): string {
  return `oracle ${name}`
}

function ownLook({ foreground, preset }: RuleMethod): Pick<SegmentOptions, 'prompt' | 'preset'> | undefined {
  if (preset !== undefined) return { preset }
  return typeof foreground === 'object' && 'text' in foreground ? { prompt: foreground.text } : undefined
}

function variantName({ name }: RuleMethod, variant: Variant): string {
  return `${name} ${variant.name}`
}

async function timed<T>(work: () => Promise<T>): Promise<{ value: T; milliseconds: number }> {
  const start = performance.now()
  const value = await work()
  return { value, milliseconds: performance.now() - start }
}
