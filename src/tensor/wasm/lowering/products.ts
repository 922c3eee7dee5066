/** @file Jobs of matrix products: linear layers, batches of products, GEGLU. */
import type { OpTable } from '../../backend.ts'
import { geglu } from '../elementwise.ts'
import { ACTIVATIONS } from '../gemm/epilogue.ts'
import { FEW_ROWS, FEW_ROWS_COLUMNS, fewRows } from '../gemm/few-rows.ts'
import { gemm } from '../gemm/gemm.ts'
import { LAYOUT } from '../gemm/pack.ts'
import { job, type Step } from '../kernel.ts'
import { type Lowering, type LoweringContext, perTask } from './context.ts'
import { cutProduct } from './cut.ts'
import { arrange } from './weight.ts'

const NO_WINDOW = { width: 0, height: 0, kernelWidth: 1, outWidth: 0, stride: 1, top: 0, left: 0 }

/** The shortest rows whose sums are worth adding up lane by lane. */
const FEW_ROWS_DEPTH = 64

/** A job of the GEMM. */
export const matmul: Lowering<'matmul'> = (args, context) => {
  const { a, b, out, bias, residual, ...rest } = args
  const addresses = { a: context.address(a), c: context.address(out), residual: context.address(residual) }
  return multiply({ ...rest, ...addresses, b, bias }, context)
}

/** A product whose a, c and residual are addresses. */
function multiply(
  args: Omit<OpTable['matmul'], 'a' | 'out' | 'residual'> & { a: number; c: number; residual: number },
  context: LoweringContext,
): Step[] {
  const { a, b, c, bias, residual, batch, m, n, k, transposeB, sharedB, alpha } = args
  const activation = ACTIVATIONS.indexOf(args.activation)
  if (m <= FEW_ROWS && batch === 1 && transposeB && b.dtype === 'f32' && k >= FEW_ROWS_DEPTH) {
    const columnsPerTask = Math.min(FEW_ROWS_COLUMNS, perTask(n, 4 * k, context))
    const values = { a, b: context.address(b), c, bias: context.address(bias), residual, m, n, k, columnsPerTask, alpha, activation }
    return [job(fewRows, values, Math.ceil(n / columnsPerTask))]
  }
  const half = b.dtype === 'f16'
  const size = half ? 2 : 4
  const blocks = cutProduct({ batch, m, n, taps: 1, channels: k }, context.threads)
  const values = {
    a,
    b: context.address(b),
    c,
    bias: context.address(bias),
    perImage: 0,
    residual,
    m,
    n,
    batchA: 4 * m * k,
    batchB: sharedB ? 0 : size * n * k,
    strideB: size * (transposeB ? k : n),
    layout: transposeB ? (half ? LAYOUT.halfRows : LAYOUT.rows) : half ? LAYOUT.halfColumns : LAYOUT.columns,
    inPanels: 0,
    taps: 1,
    channels: k,
    ...blocks,
    ...NO_WINDOW,
    pixels: 1,
    alpha,
    activation,
  }
  const product = job(gemm, values, batch * blocks.rowTasks * blocks.columnTasks)
  return transposeB && sharedB ? [...arrange(b, values, context), product] : [product]
}

/**
 * Rows of a GEGLU whose values and gates are computed before they meet: as many as a task of the
 * product has, and few enough to stay in the cache.
 */
const GATED_ROWS = 512

/** Some rows at a time: the product into temporary memory, then the gates. */
export const linearGeglu: Lowering<'linearGeglu'> = ({ x, weight, bias, out }, context) => {
  const [rows, k] = x.shape
  const n = weight.shape[0]
  const channels = n / 2
  const wide = context.temporary(4 * Math.min(rows, GATED_ROWS) * n)
  const steps: Step[] = []
  for (let first = 0; first < rows; first += GATED_ROWS) {
    const m = Math.min(GATED_ROWS, rows - first)
    const addresses = { a: context.address(x) + 4 * first * k, b: weight, c: wide, bias, residual: 0 }
    const shape = { batch: 1, m, n, k, transposeB: true, sharedB: true, alpha: 1, activation: 'none' } as const
    const rowsPerTask = perTask(m, 4 * n, context)
    const values = { x: wide, out: context.address(out) + 4 * first * channels, rows: m, channels, rowsPerTask }
    steps.push(...multiply({ ...addresses, ...shape }, context), job(geglu, values, Math.ceil(m / rowsPerTask)))
  }
  return steps
}
