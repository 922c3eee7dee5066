/** @file The step before a product that puts its weight into panels, or finds it there. */
import type { Tensor } from '../../tensor.ts'
import { arrangeWeight } from '../gemm/arrange.ts'
import { B_BYTES, TILE_COLUMNS } from '../gemm/micro-kernel.ts'
import { job, type Step } from '../kernel.ts'
import { SCRATCH_BYTES } from '../layout.ts'
import { type LoweringContext, perTask } from './context.ts'

/** The arguments of `gemm` that say where B is. */
interface Place {
  b: number
  inPanels: number
  n: number
  taps: number
  channels: number
}

/**
 * Steps before a job of `gemm` whose B is the rows of a weight: they set `inPanels` of the job's
 * values. None for shapes that do not fit into panels of whole words.
 */
export function arrange(weight: Tensor, product: Place, context: LoweringContext): Step[] {
  const { b, n, taps, channels } = product
  const half = weight.dtype === 'f16'
  const words = (taps * channels) / (half ? 2 : 1)
  // A block of k begins with any channel of f32, but with an even one of f16.
  if (n % TILE_COLUMNS > 0 || (half && channels % 2 > 0) || B_BYTES * words > SCRATCH_BYTES) return []
  const use = context.weight(weight)
  if (!use) return []
  const panels = n / TILE_COLUMNS
  const panelsPerTask = perTask(panels, 2 * B_BYTES * words, context)
  return [
    () => {
      const found = use({ rows: n, words })
      product.inPanels = Number(found !== 'rows')
      return found === 'arrange'
        ? job(arrangeWeight, { weight: b, panels, words, panelsPerTask }, Math.ceil(panels / panelsPerTask))
        : undefined
    },
  ]
}
