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

/** Two works by turns (A B A B …), so that a machine whose speed drifts favours neither. */
export async function interleave(runs: number, a: () => unknown, b: () => unknown): Promise<{ a: number[]; b: number[]; ratio: Spread }> {
  await a()
  await b()
  const times = { a: [] as number[], b: [] as number[] }
  for (let i = 0; i < runs; i++) {
    times.a.push(await milliseconds(a))
    times.b.push(await milliseconds(b))
  }
  return { ...times, ratio: spread(times.a.map((ms, i) => ms / times.b[i])) }
}

/** `12.3 (11.9 … 14.0)` */
export function showSpread({ median, low, high }: Spread, digits = 1): string {
  return `${median.toFixed(digits)} (${low.toFixed(digits)} … ${high.toFixed(digits)})`
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

export const mebibytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MiB`
