/** @file Layer norm: mean and variance row by row. */
import { f32, f32x4, i32, v128 } from '../../wasm-assembler/index.ts'
import { kernel } from './kernel.ts'
import { eachVector, masked, sumLanes, sumRow } from './vectors.ts'
import { f32Bytes, rowAt, taskRange } from './vocabulary.ts'

/** out = (x − mean) / √(variance + eps) · gamma + beta, row by row. Tasks: rows. */
export const layerNorm = kernel(
  'layerNorm',
  { x: 'i32', gamma: 'i32', beta: 'i32', out: 'i32', rows: 'i32', length: 'i32', rowsPerTask: 'i32', eps: 'f32' },
  (f, p, { task }) => {
    const stride = f.let(f32Bytes(p.length))
    const { first, end } = taskRange(f, task, p.rowsPerTask, p.rows)
    const from = f.let(rowAt(p.x, first, stride))
    const to = f.let(rowAt(p.out, first, stride))
    const mean = f.local('v128')
    const scale = f.local('v128')
    const count = f.let(f32.convertI32U(p.length))
    f.for(first, end, 1, () => {
      // 1. The mean.
      const sum = sumRow(f, p.length, (sum, at, offset, inside) =>
        f32x4.add(sum, masked(f, v128.load(i32.add(from, at), offset), inside, 0)),
      )
      f.set(mean, f32x4.splat(f32.div(sumLanes(sum), count)))
      // 2. The variance.
      const squares = sumRow(f, p.length, (squares, at, offset, inside) => {
        const d = f.let(masked(f, f32x4.sub(v128.load(i32.add(from, at), offset), mean), inside, 0))
        return f.madd(d, d, squares)
      })
      f.set(scale, f32x4.splat(f32.div(1, f32.sqrt(f32.add(f32.div(sumLanes(squares), count), p.eps)))))
      // 3. The result.
      eachVector(f, p.length, (at, store) => {
        const d = f32x4.mul(f32x4.sub(v128.load(i32.add(from, at)), mean), scale)
        store(i32.add(to, at), f.madd(d, v128.load(i32.add(p.gamma, at)), v128.load(i32.add(p.beta, at))))
      })
      f.increase(from, stride)
      f.increase(to, stride)
    })
  },
)
