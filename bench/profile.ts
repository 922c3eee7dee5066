/** @file Where time went, by kernel: what a backend tells of its kernels as a table. */
import { type Backend, joinRows, type Totals } from '../src/tensor/index.ts'
import { digits, table } from './measure.ts'

/** Kernels below this share of the time are one row. */
const SMALL = 0.01

/** Times everything that `work` runs, and sums it up in `totals`. */
export async function profiled(backend: Backend, totals: Totals, work: () => Promise<unknown>): Promise<void> {
  const stop = backend.profile.listen(totals)
  try {
    await work()
  } finally {
    stop()
  }
}

/** Prints what was profiled. */
export function profileTable(totals: Totals): void {
  const rows = totals.rows()
  const total = joinRows('all', rows)
  const large = rows.filter((r) => r.milliseconds >= SMALL * total.milliseconds)
  const small = rows.slice(large.length)
  const shown = [...large, ...(small.length > 0 ? [joinRows(`${small.length} others`, small)] : []), total]
  if (totals.waited) console.log('\nTimes include the wait for each kernel, since the adapter has no timestamp queries.')
  table(
    ['kernel', 'calls', 'ms', '% of the time', 'GFLOP/s', 'GB/s'],
    shown.map(({ name, calls, milliseconds: ms, flops, bytes }) => [
      name,
      `${calls}`,
      digits(ms),
      digits((100 * ms) / total.milliseconds),
      digits(flops / ms / 1e6),
      digits(bytes / ms / 1e6),
    ]),
  )
}
