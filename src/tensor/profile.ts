/**
 * @file Counts what a backend did: per op the number of calls, multiply-adds, bytes touched and, where it is known, milliseconds.
 * It is off by default, since exact times need a wait (CPU) or timestamp queries (WebGPU) per op.
 */

export interface ProfileRow {
  name: string
  calls: number
  milliseconds: number
  /** Floating-point operations; a multiply-add counts as two. */
  flops: number
  /** Bytes of all operands, each counted once a call. */
  bytes: number
}

export class Profile {
  enabled = false
  readonly #rows = new Map<string, ProfileRow>()

  record(name: string, milliseconds: number, flops: number, bytes: number): void {
    let row = this.#rows.get(name)
    if (!row) {
      row = { name, calls: 0, milliseconds: 0, flops: 0, bytes: 0 }
      this.#rows.set(name, row)
    }
    row.calls++
    row.milliseconds += milliseconds
    row.flops += flops
    row.bytes += bytes
  }

  /** Rows by falling time. */
  rows(): ProfileRow[] {
    return [...this.#rows.values()].sort((a, b) => b.milliseconds - a.milliseconds)
  }

  clear(): void {
    this.#rows.clear()
  }
}
