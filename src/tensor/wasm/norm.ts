/**
 * @file Group norm and layer norm.
 *
 * Group norm reads its input twice. First sums of x − k and (x − k)² for each channel, k being the
 * channel's first pixel: near enough to the mean that the variance does not drown in it. A few
 * pixels are summed in f32, these sums in f64, and the host joins tasks, channels and groups. Then
 * every value is normalised, and SiLU applied, in one pass.
 */
import { f32, f32x4, f64, i32, v128 } from '../../wasm-assembler/index.ts'
import { kernel } from './kernel.ts'
import { activations } from './math.ts'
import { eachMasked, eachVector, sumLanes } from './vectors.ts'
import { F64, f32At, f32Bytes, rowAt, taskRange, times, V128, zero } from './vocabulary.ts'

/** Pixels summed in f32. */
export const PIECE = 64
/** Channels for which the scratch memory is large enough. */
export const MAX_NORM_CHANNELS = 65536

/** partial[task] = Σ(x − k) [channels], Σ(x − k)² [channels] in f64. Tasks: image, pixels. */
export const groupSums = kernel(
  'groupSums',
  { x: 'i32', partial: 'i32', pixels: 'i32', channels: 'i32', pixelsPerTask: 'i32', tasksPerImage: 'i32' },
  (f, p, { task, scratch }) => {
    // 1. The task's pixels; its sums; and those of a piece in f32, with room for a whole last
    // vector.
    const row = f.let(f32Bytes(p.channels))
    const image = f.let(rowAt(p.x, i32.mul(i32.divU(task, p.tasksPerImage), p.pixels), row))
    const own = taskRange(f, i32.remU(task, p.tasksPerImage), p.pixelsPerTask, p.pixels)
    const from = f.let(rowAt(image, own.first, row))
    const sums = f.let(rowAt(p.partial, i32.mul(task, p.channels), 2 * F64))
    const squares = f.let(rowAt(sums, p.channels, F64))
    const pieceSums = f.let(scratch)
    const pieceSquares = f.let(i32.add(scratch, row, V128))
    zero(f, sums, times(p.channels, 2 * F64))

    /** Adds so many pixels to the piece, all at once for each vector of channels. */
    const add = (count: number) => {
      eachVector(f, p.channels, (at, store) => {
        const k = f.let(v128.load(i32.add(image, at)))
        const sum = f.let(v128.load(i32.add(pieceSums, at)))
        const square = f.let(v128.load(i32.add(pieceSquares, at)))
        const place = f.let(i32.add(from, at))
        for (let i = 0; i < count; i++) {
          const d = f.let(f32x4.sub(v128.load(place), k))
          f.set(sum, f32x4.add(sum, d))
          f.set(square, f.madd(d, d, square))
          f.increase(place, row)
        }
        store(i32.add(pieceSums, at), sum)
        store(i32.add(pieceSquares, at), square)
      })
      f.increase(from, times(row, count))
    }

    f.for(own.first, own.end, PIECE, (first) => {
      // 2. Sum a piece in f32, four pixels at a time.
      zero(f, pieceSums, i32.add(row, row, 2 * V128))
      const count = f.let(i32.minU(i32.sub(own.end, first), PIECE))
      f.for(0, i32.shrU(count, 2), 1, () => add(4))
      f.for(0, i32.and(count, 3), 1, () => add(1))

      // 3. Add it to the sums in f64.
      f.for(0, p.channels, 1, (channel) => {
        for (const [total, piece] of [
          [sums, pieceSums],
          [squares, pieceSquares],
        ]) {
          const to = f.let(rowAt(total, channel, F64))
          f.do(f64.store(to, f64.add(f64.load(to), f64.promoteF32(f32.load(f32At(piece, channel))))))
        }
      })
    })
  },
)

/**
 * out = (x − mean)·scale + shift, then SiLU if asked; the three are [channels] each, one after
 * another for each image. Tasks: image, pixels.
 */
export const normalise = kernel(
  'normalise',
  {
    x: 'i32',
    out: 'i32',
    factors: 'i32',
    pixels: 'i32',
    channels: 'i32',
    pixelsPerTask: 'i32',
    tasksPerImage: 'i32',
    silu: 'i32',
  },
  (f, p, { task }) => {
    const row = f.let(f32Bytes(p.channels))
    const image = f.let(i32.divU(task, p.tasksPerImage))
    const { first, end } = taskRange(f, i32.remU(task, p.tasksPerImage), p.pixelsPerTask, p.pixels)
    const mean = f.let(rowAt(p.factors, i32.mul(image, row), 3))
    const scale = f.let(i32.add(mean, row))
    const shift = f.let(i32.add(scale, row))
    const start = f.let(i32.mul(i32.add(i32.mul(image, p.pixels), first), row))
    const from = f.let(i32.add(p.x, start))
    const to = f.let(i32.add(p.out, start))
    const pass = (silu: boolean) =>
      f.for(first, end, 1, () => {
        eachVector(f, p.channels, (at, store) => {
          const centred = f32x4.sub(v128.load(i32.add(from, at)), v128.load(i32.add(mean, at)))
          const value = f.let(f.madd(centred, v128.load(i32.add(scale, at)), v128.load(i32.add(shift, at))))
          store(i32.add(to, at), silu ? activations.silu(f, value) : value)
        })
        f.increase(from, row)
        f.increase(to, row)
      })
    f.if(
      p.silu,
      () => pass(true),
      () => pass(false),
    )
  },
)

/** out = (x − mean) / √(variance + eps) · gamma + beta, row by row. Tasks: rows. */
export const layerNorm = kernel(
  'layerNorm',
  { x: 'i32', gamma: 'i32', beta: 'i32', out: 'i32', rows: 'i32', length: 'i32', rowsPerTask: 'i32', eps: 'f32' },
  (f, p, { task }) => {
    const stride = f.let(f32Bytes(p.length))
    const { first, end } = taskRange(f, task, p.rowsPerTask, p.rows)
    const from = f.let(rowAt(p.x, first, stride))
    const to = f.let(rowAt(p.out, first, stride))
    const sum = f.local('v128')
    const mean = f.local('v128')
    const scale = f.local('v128')
    const count = f.let(f32.convertI32U(p.length))
    f.for(first, end, 1, () => {
      // 1. The mean.
      f.set(sum, f.splat(0))
      eachMasked(f, p.length, (at, inside) => {
        const value = v128.load(i32.add(from, at))
        f.set(sum, f32x4.add(sum, inside ? v128.and(value, inside) : value))
      })
      f.set(mean, f32x4.splat(f32.div(sumLanes(sum), count)))
      // 2. The variance.
      f.set(sum, f.splat(0))
      eachMasked(f, p.length, (at, inside) => {
        const centred = f32x4.sub(v128.load(i32.add(from, at)), mean)
        const d = f.let(inside ? v128.and(centred, inside) : centred)
        f.set(sum, f.madd(d, d, sum))
      })
      f.set(scale, f32x4.splat(f32.div(1, f32.sqrt(f32.add(f32.div(sumLanes(sum), count), p.eps)))))
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
