/** @file Sums of what ran on a backend, by kernel. */
import { must } from '../arguments.ts'
import type { KernelEvent, Listener } from './profile.ts'

/** The calls of one kernel, together. */
export interface ProfileRow {
  name: string
  calls: number
  milliseconds: number
  /** Floating-point operations; a multiply-add counts as two. */
  flops: number
  bytes: number
}

/**
 * Adds up what ran, by kernel.
 * @example
 * ```ts
 * const totals = new Totals()
 * const stop = adzus.backend.profile.listen(totals)
 * await adzus.segment(image)
 * stop()
 * console.table(totals.rows())
 * ```
 */
export class Totals implements Listener {
  readonly #rows = new Map<string, ProfileRow>()
  #waited = false

  readonly onKernel = ({ name, milliseconds, flops, bytes, waited }: KernelEvent): void => {
    let row = this.#rows.get(name)
    if (!row) {
      row = emptyRow(name)
      this.#rows.set(name, row)
    }
    add(row, { calls: 1, milliseconds, flops, bytes })
    this.#waited ||= waited === true
  }

  /** Whether times include the way to the device and back. */
  get waited(): boolean {
    return this.#waited
  }

  /** Rows by falling time. */
  rows(): ProfileRow[] {
    return [...this.#rows.values()].sort((a, b) => b.milliseconds - a.milliseconds)
  }
}

/**
 * Several rows as one.
 * @example
 * const all = joinRows('all', totals.rows())
 */
export function joinRows(name: string, rows: Iterable<ProfileRow>): ProfileRow {
  must('rows', rows instanceof Object && Symbol.iterator in rows, 'a list of rows', rows)
  const joined = emptyRow(name)
  for (const row of rows) add(joined, row)
  return joined
}

function emptyRow(name: string): ProfileRow {
  return { name, calls: 0, milliseconds: 0, flops: 0, bytes: 0 }
}

function add(row: ProfileRow, { calls, milliseconds, flops, bytes }: Omit<ProfileRow, 'name'>): void {
  row.calls += calls
  row.milliseconds += milliseconds
  row.flops += flops
  row.bytes += bytes
}
