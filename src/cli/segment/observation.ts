/** @file What `--profile` and `--trace` see of a run, and where they say it. */
import { type Backend, joinRows, Totals } from '../../index.ts'
import { table } from '../format.ts'
import { TraceFile } from './trace-file.ts'

export interface Wishes {
  profile: boolean
  /** Where a trace goes. */
  trace?: string
  /** The profile is also wanted as a line of JSON on standard output. */
  json: boolean
}

export class Observation {
  readonly #backend: Backend
  readonly #wishes: Wishes
  readonly #totals = new Totals()
  #trace: TraceFile | undefined

  constructor(backend: Backend, wishes: Wishes) {
    this.#backend = backend
    this.#wishes = wishes
  }

  /** From now on everything is traced. The trace takes the place of no input and of no result. */
  async begin(inputs: readonly string[], results: readonly string[]): Promise<void> {
    const { trace } = this.#wishes
    if (trace !== undefined) this.#trace = await TraceFile.open(trace, this.#backend, inputs, results)
  }

  /** The model is loaded: from now on kernels count for the profile. */
  imagesBegin(): void {
    if (this.#wishes.profile) this.#backend.profile.listen(this.#totals)
  }

  /** Says what has been seen. */
  end(): void {
    if (this.#wishes.profile) {
      console.error(profileTable(this.#totals))
      if (this.#wishes.json) console.log(JSON.stringify(profileLine(this.#totals)))
    }
    this.#trace?.finish()
    this.#trace = undefined
  }

  /** Drops a trace that has not been completed. */
  abandon(): void {
    this.#trace?.discard()
  }
}

function profileLine(totals: Totals) {
  const kernels = totals.rows().map(({ name, calls, milliseconds, flops, bytes }) => ({
    name,
    calls,
    milliseconds,
    flops: Math.round(flops),
    bytes: Math.round(bytes),
  }))
  return { status: 'profile', waited: totals.waited, kernels }
}

/** Kernels by falling time, and all together. */
function profileTable(totals: Totals): string {
  const rows = totals.rows()
  const all = joinRows('all', rows)
  const share = (part: number, whole: number, digits: number) => (whole === 0 ? '–' : (part / whole).toFixed(digits))
  const lines = [...rows, all].map(({ name, calls, milliseconds: ms, flops, bytes }) => [
    name,
    `${calls}`,
    ms.toFixed(1),
    share(100 * ms, all.milliseconds, 1),
    share(flops / 1e6, ms, 1),
    share(bytes / 1e6, ms, 1),
  ])
  const text = table([['KERNEL', 'CALLS', 'MS', '%', 'GFLOP/S', 'GB/S'], ...lines])
  return totals.waited ? `${text}\nTimes include the wait for each kernel: the adapter has no timestamp queries.` : text
}
