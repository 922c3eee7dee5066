/**
 * @file `growth --sizes 256,512,1024 [--model FOLDER]`: does time grow with the work? One picture at several sizes, by turns; each size's time over the smallest one's, beside the same
 * ratio of operations, which the plan counts. A quotient of 1 is growth in step with the work; above it something costs more the larger it gets (a cache that no longer holds, a
 * tensor in bands), below it something is paid once.
 *
 * By stage as well, and by kernel: there the time of one further run is set against the same kernel's own operations, so that what outgrows its work stands out.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { embeddedModel } from '#platform'
import { Adzus, type Backend, type Plan } from '../src/index.ts'
import { memorySize } from '../src/messages.ts'
import { packageRoot } from '../src/platform/directory.ts'
import { Totals } from '../src/tensor/index.ts'
import { digits, machine, type Spread, showSpread, spread, table } from './measure.ts'
import { profiled } from './profile.ts'

const PICTURE = 'data/bccd/images/BloodImage_00163.jpg'
/** Kernels below this share of the largest picture's time are left out. */
const LEAST_SHARE = 0.01

export interface GrowthOptions {
  model: string | undefined
  /** Sides of the network's picture in pixels, rising. */
  sizes: readonly number[]
  runs: number
}

/** What was seen at one size. */
interface Seen {
  plan: Plan
  /** Milliseconds of each stage, a number a turn. */
  turns: Map<string, number[]>
  totals: Totals
  peakBytes: number
}

export async function benchGrowth(backends: readonly Backend[], { model = embeddedModel(), sizes, runs }: GrowthOptions): Promise<void> {
  const picture = await readFile(join(packageRoot(), PICTURE))
  for (const backend of backends) {
    const adzus = await Adzus.load(model, { backend })
    const seen: Seen[] = []
    for (const size of sizes)
      seen.push({ plan: await Adzus.plan(model, backend, {}, { size }), turns: new Map(), totals: new Totals(), peakBytes: 0 })
    for (let turn = 0; turn <= runs; turn++)
      for (const [i, one] of seen.entries()) {
        const { timings, peakBytes } = await adzus.segment(picture, { size: sizes[i] })
        one.peakBytes = peakBytes
        // In the first turn kernels compile and memory is fetched.
        if (turn > 0) for (const [stage, ms] of Object.entries(timings)) one.turns.set(stage, [...(one.turns.get(stage) ?? []), ms])
      }
    for (const [i, { totals }] of seen.entries()) await profiled(backend, totals, () => adzus.segment(picture, { size: sizes[i] }))
    console.log(`\n### Growth of ${adzus.model} on ${backend.description}\n\n${machine()}; ${PICTURE}, ${runs} turns`)
    tellSizes(seen)
    tellStages(seen)
    tellKernels(seen)
    await adzus.dispose()
  }
}

function tellSizes(seen: readonly Seen[]): void {
  table(
    ['size', 'GFLOP', 'peak memory', 'ms', 'work ×', 'time ×', 'time / work'],
    seen.map((one) => [
      one.plan.size.join(' × '),
      digits(work(one) / 1e9),
      memorySize(one.peakBytes),
      showSpread(spread(one.turns.get('total')!), 0),
      ...growth(work(seen[0]), work(one), ratios(seen[0], one, 'total')),
    ]),
  )
}

/** Of each stage the growth from the smallest size to every other. */
function tellStages([first, ...others]: readonly Seen[]): void {
  if (others.length === 0) return
  console.log('\nBy stage:')
  const stages = [...first.turns.keys()].filter((stage) => stage !== 'total')
  table(
    ['stage', ...[first, ...others].map((o) => `${width(o)}, ms`), ...others.flatMap((o) => heads(o))],
    stages.map((stage) => [
      stage,
      ...[first, ...others].map((o) => digits(spread(o.turns.get(stage)!).median)),
      ...others.flatMap((o) => growth(work(first, stage), work(o, stage), ratios(first, o, stage))),
    ]),
  )
}

/** Of each kernel the same, from one run. */
function tellKernels([first, ...others]: readonly Seen[]): void {
  if (others.length === 0) return
  const rows = others.at(-1)!.totals.rows()
  const all = rows.reduce((sum, r) => sum + r.milliseconds, 0)
  const find = ({ totals }: Seen, name: string) => totals.rows().find((r) => r.name === name)
  console.log('\nBy kernel, one more run:')
  table(
    ['kernel', ...[first, ...others].map((o) => `${width(o)}, ms`), ...others.flatMap((o) => heads(o))],
    rows
      .filter((r) => r.milliseconds >= LEAST_SHARE * all)
      .map(({ name }) => {
        const own = [first, ...others].map((o) => find(o, name))
        return [
          name,
          ...own.map((r) => (r ? digits(r.milliseconds) : '–')),
          ...own.slice(1).flatMap((r) => {
            const ratio = r && own[0] ? r.milliseconds / own[0].milliseconds : Number.NaN
            return growth(own[0]?.flops ?? 0, r?.flops ?? 0, { median: ratio, low: ratio, high: ratio })
          }),
        ]
      }),
  )
}

const width = ({ plan }: Seen) => `${Math.max(...plan.size)}²`
const heads = (one: Seen) => ['work', 'time', 'time / work'].map((what) => `${width(one)}: ${what}${what.includes('/') ? '' : ' ×'}`)

/** Operations of a picture, or of one stage; the texts' encoding is kept from picture to picture. */
function work({ plan }: Seen, stage?: string): number {
  const counted = plan.stages.filter((s) => (stage === undefined ? s.name !== 'text' : s.name === stage && s.name !== 'text'))
  return counted.reduce((sum, s) => sum + s.flops, 0)
}

/** Turn by turn, so that a machine whose speed drifts favours no size. */
function ratios(first: Seen, one: Seen, stage: string): Spread {
  const base = first.turns.get(stage)!
  return spread(one.turns.get(stage)!.map((ms, i) => ms / base[i]))
}

/** Cells: how the work grew, how the time grew, and the quotient; no quotient where nothing is counted. */
function growth(before: number, after: number, time: Spread): string[] {
  const factor = after / before
  if (!Number.isFinite(time.median)) return ['–', '–', '–']
  if (!(factor > 0 && Number.isFinite(factor))) return ['–', digits(time.median), '–']
  return [digits(factor), digits(time.median), digits(time.median / factor)]
}
