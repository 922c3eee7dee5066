/**
 * @file `summary.json`: figures by set and method, with intervals; `schema/summary.schema.json`
 * describes it.
 */
import type { Parameters } from '../adzus/options.ts'
import { BLOCKS, type Block } from './blocks.ts'
import type { Case } from './case.ts'
import { numberOfClicks } from './clicks.ts'
import { meanObjectPrecision } from './instance-summary.ts'
import { type BootstrapOptions, bootstrap, bootstrapOfSets, type Interval, type PairedInterval, pairedBootstrap } from './statistics.ts'

/** It counts up with every change that a reader could stumble over. */
export const SUMMARY_SCHEMA = 1

/** A picture, or a method's result for it, that has no figures. */
export interface Failure {
  set: string
  image: string
  /** Nothing where the picture itself fails. */
  method?: string
  error: string
}

/** Figures of one method on some pictures. What is not defined for any picture is not there. */
export interface MethodSummary {
  block: Block
  n: number
  dice?: Interval
  iou?: Interval
  precision?: Interval
  recall?: Interval
  hd95?: Interval
  nsd?: Interval
  volumeDifference?: Interval
  /** Of hd95 and of the tolerance of nsd. */
  unit: 'px' | 'mm' | 'mixed'
  /** Pictures in which one of the masks alone is empty, or both. */
  empty: { truth: number; result: number; both: number }
  /** The same without those; only where there are some. */
  withoutEmpty?: { n: number; dice?: Interval; iou?: Interval; hd95?: Interval; nsd?: Interval }
  /** Dice of each class, and of their mean. */
  classes?: Record<string, Interval>
  meanOfClasses?: Interval
  /** Objects, one by one. */
  instances?: { ap?: Interval; ap50?: Interval; aji?: Interval }
  /** Median milliseconds a picture. */
  milliseconds: number
}

/** One method against another on the same pictures, by Dice. */
export interface Difference extends PairedInterval {
  block: Block
  method: string
  /** What is subtracted. */
  reference: string
}

export interface ClickSummary {
  /** Clicks until the IoU is reached; pictures that do not reach it count with all clicks. */
  noc85: Interval
  noc90: Interval
  /** Clicks at most. */
  most: number
}

export interface SummaryHead {
  /** The version of the program, and the mark of origin. */
  adzus: string
  schema: typeof SUMMARY_SCHEMA
  /** The call. */
  command: string
  model: { path: string; sha256: string } | null
  parameters: EvaluationParameters
  machine: { processor: string; cores: number; system: string; backend: string }
}

export interface EvaluationParameters {
  /** Of the segmentation, with nothing left open; none where no network runs. */
  segmentation: Omit<Parameters, 'foreground' | 'prompt'> | null
  tolerance: number
  seed: number
  resamples: number
  level: number
  group: string | null
  labels: Record<string, string> | null
  instances: boolean
  limit: number | null
}

export interface Summary extends SummaryHead {
  sets: Record<string, Record<string, MethodSummary>>
  /** All pictures of all sets; a large set counts more. */
  overall: Record<string, MethodSummary>
  /** The mean of the sets' mean Dice: every set counts the same. `n` are sets. */
  meanOfSets: Record<string, Interval>
  /** By set; all together under `overall`. */
  differences: { sets: Record<string, Difference[]>; overall: Difference[] }
  clicks: { sets: Record<string, ClickSummary>; overall?: ClickSummary }
  failures: Failure[]
}

/** Sums up cases; the order of sets and methods is theirs. */
export function summarise(head: SummaryHead, cases: readonly Case[], failures: readonly Failure[]): Summary {
  const { seed, resamples, level } = head.parameters
  const options = { seed, resamples, level }
  const bySet = grouped(cases, (c) => c.set)
  const each = <T>(make: (some: readonly Case[]) => T) => Object.fromEntries([...bySet].map(([set, some]) => [set, make(some)]))
  const clicks = Object.entries(each((some) => clicksOf(some, options))).filter(([, found]) => found)
  const overallClicks = clicksOf(cases, options)
  return {
    ...head,
    sets: each((some) => methodsIn(some, options)),
    overall: methodsIn(cases, options),
    meanOfSets: meanOfSets(cases, options),
    differences: { sets: each((some) => differencesIn(some, options)), overall: differencesIn(cases, options) },
    clicks: { sets: Object.fromEntries(clicks) as Record<string, ClickSummary>, ...(overallClicks && { overall: overallClicks }) },
    failures: [...failures],
  }
}

function methodsIn(cases: readonly Case[], options: BootstrapOptions): Record<string, MethodSummary> {
  return Object.fromEntries([...grouped(cases, (c) => c.method)].map(([method, some]) => [method, methodSummary(some, options)]))
}

function meanOfSets(cases: readonly Case[], options: BootstrapOptions): Record<string, Interval> {
  const stratum = (some: readonly Case[]) => ({ values: some.map((c) => c.figures.dice), groups: some.map(groupOf) })
  const mean = (some: readonly Case[]) => bootstrapOfSets([...grouped(some, (c) => c.set).values()].map(stratum), options)
  return Object.fromEntries([...grouped(cases, (c) => c.method)].map(([method, some]) => [method, mean(some)]))
}

function methodSummary(cases: readonly Case[], options: BootstrapOptions): MethodSummary {
  const interval = intervalsOf(cases, options)
  const isFull = ({ figures: { empty } }: Case) => !empty.truth && !empty.result
  const full = cases.filter(isFull)
  const units = new Set(cases.map((c) => c.unit))
  const count = (truth: boolean, result: boolean) =>
    cases.filter(({ figures: { empty } }) => empty.truth === truth && empty.result === result).length
  const summary: MethodSummary = {
    block: cases[0].block,
    n: cases.length,
    ...defined({
      dice: interval((c) => c.figures.dice),
      iou: interval((c) => c.figures.iou),
      precision: interval((c) => c.figures.precision),
      recall: interval((c) => c.figures.recall),
      hd95: interval((c) => c.figures.hd95),
      nsd: interval((c) => c.figures.nsd),
      volumeDifference: interval((c) => c.figures.volumeDifference),
    }),
    unit: units.size === 1 ? cases[0].unit : 'mixed',
    empty: { truth: count(true, false), result: count(false, true), both: count(true, true) },
    milliseconds: Math.round(median(cases.map((c) => c.milliseconds))),
  }
  if (full.length < cases.length) {
    const without = intervalsOf(full, options)
    summary.withoutEmpty = {
      n: full.length,
      ...defined({
        dice: without((c) => c.figures.dice),
        iou: without((c) => c.figures.iou),
        hd95: without((c) => c.figures.hd95),
        nsd: without((c) => c.figures.nsd),
      }),
    }
  }
  const names = [...new Set(cases.flatMap((c) => Object.keys(c.classes?.classes ?? {})))]
  if (names.length > 0) {
    summary.classes = defined(Object.fromEntries(names.map((name) => [name, interval((c) => c.classes?.classes[name]?.dice)])))
    Object.assign(summary, defined({ meanOfClasses: interval((c) => c.classes?.mean.dice) }))
  }
  if (cases.some((c) => c.instances))
    summary.instances = defined({
      ap: interval((c) => c.instances && meanObjectPrecision(c.instances)),
      ap50: interval((c) => c.instances?.objectPrecision[0]),
      aji: interval((c) => c.instances?.aji),
    })
  return summary
}

/** A figure's interval over the cases in which it is defined; nothing where it is in none. */
function intervalsOf(cases: readonly Case[], options: BootstrapOptions) {
  return (figure: (c: Case) => number | undefined): Interval | undefined => {
    const known = cases.flatMap((c) => {
      const value = figure(c)
      return value !== undefined && Number.isFinite(value) ? [{ value, group: groupOf(c) }] : []
    })
    if (known.length === 0) return undefined
    return bootstrap(
      known.map(({ value }) => value),
      { ...options, groups: known.map(({ group }) => group) },
    )
  }
}

/**
 * Every method against the first of its block, and against each other where there are but few. An
 * ablation is compared with the method that it varies.
 */
function differencesIn(cases: readonly Case[], options: BootstrapOptions): Difference[] {
  const methods = grouped(cases, (c) => c.method)
  const pairs: [a: string, b: string, block: Block][] = []
  for (const block of BLOCKS) {
    const names = [...methods].filter(([, [first]]) => first.block === block).map(([name]) => name)
    if (block === 'ablation') for (const name of names) pairs.push([name, name.slice(0, name.lastIndexOf(' ')), block])
    else if (block === 'click') for (const [i, name] of names.entries()) if (i > 0) pairs.push([name, names[i - 1], block])
    if (block === 'blind' || block === 'prediction')
      for (const [i, a] of names.entries()) for (const b of names.slice(i + 1)) if (names.length <= 4 || i === 0) pairs.push([a, b, block])
  }
  // A blind method that does not beat a baseline has found nothing.
  const lead = leadOf(cases)
  for (const [name, [first]] of methods)
    if (first.block === 'baseline' && lead !== undefined && lead !== name) pairs.push([lead, name, 'baseline'])
  return pairs.flatMap(([method, reference, block]) => {
    const [a, b] = [methods.get(method), methods.get(reference)]
    if (!a || !b) return []
    const others = new Map(b.map((c) => [`${c.set}/${c.image}`, c.figures.dice]))
    const common = a.filter((c) => others.has(`${c.set}/${c.image}`))
    if (common.length === 0) return []
    const interval = pairedBootstrap(
      common.map((c) => c.figures.dice),
      common.map((c) => others.get(`${c.set}/${c.image}`)!),
      { ...options, groups: common.map(groupOf) },
    )
    return [{ block, method, reference, ...interval }]
  })
}

/** The method that stands for a run: its first blind one, else the first other program. */
export function leadOf(cases: readonly Pick<Case, 'block' | 'method'>[]): string | undefined {
  return (cases.find((c) => c.block === 'blind') ?? cases.find((c) => c.block === 'prediction') ?? cases.at(0))?.method
}

function clicksOf(cases: readonly Case[], options: BootstrapOptions): ClickSummary | undefined {
  const pictures = [
    ...grouped(
      cases.filter((c) => c.block === 'click'),
      (c) => `${c.set}/${c.image}`,
    ).values(),
  ]
  if (pictures.length === 0) return undefined
  const groups = pictures.map(([first]) => groupOf(first))
  const reaching = (quality: number) =>
    bootstrap(
      pictures.map((some) =>
        numberOfClicks(
          some.map((c) => c.figures.iou),
          quality,
        ),
      ),
      { ...options, groups },
    )
  return { noc85: reaching(0.85), noc90: reaching(0.9), most: pictures[0].length }
}

/** Patients of different sets are different ones. */
const groupOf = ({ set, group }: Case) => `${set}/${group}`

function defined<T extends object>(members: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>
  }
}

function grouped<T>(list: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of list) {
    const name = key(item)
    const group = groups.get(name)
    if (group) group.push(item)
    else groups.set(name, [item])
  }
  return groups
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2
}
