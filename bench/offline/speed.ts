/** @file Speed of every kernel beside the card's peak rates. */
import { clear, kernelCases } from '../kernel-cases.ts'
import { work } from '../kernels.ts'
import { measureOp } from '../measure.ts'
import { openWithout } from './adapter.ts'
import { cardOf } from './cards.ts'
import type { Context } from './parts.ts'

/** Runs of each kernel; the median counts. */
const RUNS = 5

/** The part `speed`. */
export async function speed({ settings, findings, save }: Context): Promise<void> {
  const backend = await openWithout([])
  const card = cardOf(backend.description)
  findings.facts['adapter'] = backend.description
  findings.facts['peak'] = card ? `${card.name}, ${card.flops / 1e9} GFLOP/s in f32, ${card.bandwidth / 1e9} GB/s` : 'not known'
  findings.facts['runs'] = RUNS
  const headers = ['op', 'shape', 'ms', 'GFLOP/s', 'GB/s', ...(card ? ['% of peak GFLOP/s', '% of peak GB/s'] : [])]
  const table = { title: 'Operations and bytes are the least that an op needs', headers, rows: [] as (string | number)[][] }
  findings.tables.push(table)
  for (const { op, shape, prepare } of kernelCases({ side: settings.side, picture: 8 * settings.side })) {
    try {
      const { flops, bytes } = work(prepare)
      const record = prepare(backend)
      await backend.flush()
      const { median } = await measureOp(RUNS, record, () => backend.flush())
      const [rate, flow] = [flops / median / 1e6, bytes / median / 1e6]
      const shares = card ? [(100 * rate * 1e9) / card.flops, (100 * flow * 1e9) / card.bandwidth] : []
      table.rows.push([op, shape, median, rate, flow, ...shares])
    } catch (error) {
      findings.failed++
      findings.failures.push(`${op}, ${shape}: ${(error as Error).message}`)
    }
    clear(backend)
    save()
  }
  await backend.dispose()
}
