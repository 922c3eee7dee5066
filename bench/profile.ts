/** @file Where time went, by kernel: a backend's profile as a table. */
import type { Backend, ProfileRow } from '../src/tensor/index.ts'
import { digits, table } from './measure.ts'

/** Kernels below this share of the time are one row. */
const SMALL = 0.01

/** Times everything that `work` runs. */
export async function profiled(backend: Backend, work: () => Promise<unknown>): Promise<void> {
  backend.profile.clear()
  backend.profile.enabled = true
  await work()
  backend.profile.enabled = false
}

/** Prints what was profiled; a sentence where the backend could not measure. */
export function profileTable(backend: Backend): void {
  const rows = backend.profile.rows()
  const total = joined('all', rows)
  if (total.milliseconds === 0) {
    console.log(`\nNo times by kernel: ${backend.description} has no timestamp queries.`)
    return
  }
  const large = rows.filter((r) => r.milliseconds >= SMALL * total.milliseconds)
  const small = rows.slice(large.length)
  const shown = [...large, ...(small.length > 0 ? [joined(`${small.length} others`, small)] : []), total]
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

function joined(name: string, rows: readonly ProfileRow[]): ProfileRow {
  const sum = (field: 'calls' | 'milliseconds' | 'flops' | 'bytes') => rows.reduce((n, r) => n + r[field], 0)
  return { name, calls: sum('calls'), milliseconds: sum('milliseconds'), flops: sum('flops'), bytes: sum('bytes') }
}
