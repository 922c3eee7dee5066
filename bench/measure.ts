/** @file Measuring and reporting: repeated runs, medians with their spread, Markdown tables, and which machine it was. */
import { cpus } from 'node:os'
import process from 'node:process'

export interface Spread {
  median: number
  low: number
  high: number
}

export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b)
  const median = (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2
  return { median, low: sorted[0], high: sorted.at(-1)! }
}

/** Milliseconds of `work`. */
export async function milliseconds(work: () => unknown): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

/** Milliseconds of each of `runs` runs, after one that does not count. */
export async function repeat(runs: number, work: () => unknown): Promise<number[]> {
  await work()
  const times: number[] = []
  for (let i = 0; i < runs; i++) times.push(await milliseconds(work))
  return times
}

/** Milliseconds that a run should take at least. */
const SHORTEST = 20
const MOST_REPEATS = 100
/** Milliseconds after which no further run of the same op is begun. */
const PATIENCE = 3000

/**
 * Times an op: `record` it, then `flush`. The first time (compilation) does not count; a short op is repeated inside a run, so that the way to the device
 * does not count either. Fewer runs if they take long, but at least one.
 */
export async function measureOp(runs: number, record: () => void, flush: () => Promise<void>): Promise<Spread> {
  const perOp = async (repeats: number) => {
    const ms = await milliseconds(() => {
      for (let i = 0; i < repeats; i++) record()
      return flush()
    })
    return ms / repeats
  }
  await perOp(1)
  const once = await perOp(1)
  const repeats = Math.max(1, Math.min(MOST_REPEATS, Math.ceil(SHORTEST / once)))
  const times = repeats === 1 ? [once] : [await perOp(repeats)]
  const start = performance.now()
  while (times.length < runs && performance.now() - start < PATIENCE) times.push(await perOp(repeats))
  return spread(times)
}

/** Two works by turns (A B A B …), so that a machine whose speed drifts favours neither; the first turn does not count. */
export async function interleave(runs: number, a: () => unknown, b: () => unknown): Promise<Turns> {
  await a()
  await b()
  return byTurns(
    runs,
    () => milliseconds(a),
    () => milliseconds(b),
  )
}

/** What works by turns took; `ratio` is b's time over a's, turn by turn. */
export interface Turns {
  a: Spread
  b: Spread
  ratio: Spread
}

/** The same for works that time themselves. No further turn is begun after `patience` milliseconds. */
export async function byTurns(
  runs: number,
  a: () => Promise<number>,
  b: () => Promise<number>,
  patience = Number.POSITIVE_INFINITY,
): Promise<Turns> {
  const times = { a: [] as number[], b: [] as number[] }
  const start = performance.now()
  for (let i = 0; i < runs && (i === 0 || performance.now() - start < patience); i++) {
    times.a.push(await a())
    times.b.push(await b())
  }
  const ratios = times.b.map((ms, i) => ms / times.a[i])
  return { a: spread(times.a), b: spread(times.b), ratio: spread(ratios) }
}

/** `12.3 (11.9 … 14.0)`; three significant digits unless a number of decimals is given. */
export function showSpread({ median, low, high }: Spread, decimals?: number): string {
  const show = (value: number) => (decimals === undefined ? digits(value) : value.toFixed(decimals))
  return `${show(median)} (${show(low)} … ${show(high)})`
}

/** Three significant digits, never as a power of ten: 0.0123, 4.56, 78.9, 1234. */
export function digits(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return `${value}`
  return value.toFixed(Math.max(0, Math.min(6, 2 - Math.floor(Math.log10(Math.abs(value))))))
}

export function table(headers: readonly string[], rows: readonly (readonly string[])[]): void {
  console.log(`\n| ${headers.join(' | ')} |\n|${headers.map(() => '---').join('|')}|`)
  for (const row of rows) console.log(`| ${row.join(' | ')} |`)
}

/** Which machine: every table says it. */
export function machine(): string {
  const all = cpus()
  return `${all[0]?.model ?? process.arch} × ${all.length}, Node ${process.version}, ${process.platform}`
}
