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

/** Pixels summed in f32. */
export const PIECE = 64
/** Channels for which the scratch memory is large enough. */
export const MAX_NORM_CHANNELS = 65536

/** partial[task] = Σ(x − k) [channels], Σ(x − k)² [channels] in f64. Tasks: image, pixels. */
export const groupSums = kernel(
  'groupSums',
  { x: 'i32', partial: 'i32', pixels: 'i32', channels: 'i32', pixelsPerTask: 'i32', tasksPerImage: 'i32' },
  (f, p, { task, scratch }) => {
    const row = f.let(i32.shl(p.channels, 2))
    // k; also the image's first pixel.
    const shift = f.let(i32.add(p.x, i32.mul(i32.divU(task, p.tasksPerImage), p.pixels, row)))
    const pixel = f.let(i32.mul(i32.remU(task, p.tasksPerImage), p.pixelsPerTask))
    const end = f.let(i32.minU(p.pixels, i32.add(pixel, p.pixelsPerTask)))
    const sums = f.let(i32.add(p.partial, i32.shl(i32.mul(task, p.channels), 4)))
    const squares = f.let(i32.add(sums, i32.shl(p.channels, 3)))
    // Sums of the piece, in f32; room for a whole last vector.
    const pieceSums = scratch
    const pieceSquares = f.let(i32.add(scratch, row, 16))
    const at = f.local('i32')
    f.for(at, 0, i32.shl(p.channels, 4), 8, () => f.do(f64.store(i32.add(sums, at), 0)))
    const from = f.let(i32.add(shift, i32.mul(pixel, row)))
    const pieceEnd = f.local('i32')
    const add = (count: number) => {
      eachVector(f, p.channels, (at, store) => {
        const k = f.let(v128.load(i32.add(shift, at)))
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
      f.increase(from, i32.mul(row, count))
      f.increase(pixel, count)
    }
    f.while(i32.ltU(pixel, end), () => {
      f.for(at, 0, i32.add(row, row, 32), 4, () => f.do(f32.store(i32.add(scratch, at), 0)))
      f.set(pieceEnd, i32.minU(end, i32.add(pixel, PIECE)))
      f.while(i32.leU(i32.add(pixel, 4), pieceEnd), () => add(4))
      f.while(i32.ltU(pixel, pieceEnd), () => add(1))
      f.for(at, 0, row, 4, () => {
        for (const [total, piece] of [
          [sums, pieceSums],
          [squares, pieceSquares],
        ]) {
          const to = f.let(i32.add(total, i32.shl(at, 1)))
          f.do(f64.store(to, f64.add(f64.load(to), f64.promoteF32(f32.load(i32.add(piece, at))))))
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
    const row = f.let(i32.shl(p.channels, 2))
    const image = f.let(i32.divU(task, p.tasksPerImage))
    const first = f.let(i32.mul(i32.remU(task, p.tasksPerImage), p.pixelsPerTask))
    const end = f.let(i32.minU(p.pixels, i32.add(first, p.pixelsPerTask)))
    const mean = f.let(i32.add(p.factors, i32.mul(image, row, i32.const(3))))
    const scale = f.let(i32.add(mean, row))
    const shift = f.let(i32.add(scale, row))
    const start = f.let(i32.mul(i32.add(i32.mul(image, p.pixels), first), row))
    const from = f.let(i32.add(p.x, start))
    const to = f.let(i32.add(p.out, start))
    const pixel = f.local('i32')
    const pass = (silu: boolean) =>
      f.for(pixel, first, end, 1, () => {
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

/** Tasks: rows. */
export const layerNorm = kernel(
  'layerNorm',
  { x: 'i32', gamma: 'i32', beta: 'i32', out: 'i32', rows: 'i32', length: 'i32', rowsPerTask: 'i32', eps: 'f32' },
  (f, p, { task }) => {
    const stride = f.let(i32.shl(p.length, 2))
    const row = f.let(i32.mul(task, p.rowsPerTask))
    const end = f.let(i32.minU(p.rows, i32.add(row, p.rowsPerTask)))
    const from = f.let(i32.add(p.x, i32.mul(row, stride)))
    const to = f.let(i32.add(p.out, i32.mul(row, stride)))
    const sum = f.local('v128')
    const mean = f.local('v128')
    const scale = f.local('v128')
    const count = f.let(f32.convertI32U(p.length))
    f.while(i32.ltU(row, end), () => {
      f.set(sum, f.splat(0))
      eachMasked(f, p.length, (at, inside) => {
        const value = v128.load(i32.add(from, at))
        f.set(sum, f32x4.add(sum, inside ? v128.and(value, inside) : value))
      })
      f.set(mean, f32x4.splat(f32.div(sumLanes(sum), count)))
      f.set(sum, f.splat(0))
      eachMasked(f, p.length, (at, inside) => {
        const centred = f32x4.sub(v128.load(i32.add(from, at)), mean)
        const d = f.let(inside ? v128.and(centred, inside) : centred)
        f.set(sum, f.madd(d, d, sum))
      })
      f.set(scale, f32x4.splat(f32.div(1, f32.sqrt(f32.add(f32.div(sumLanes(sum), count), p.eps)))))
      eachVector(f, p.length, (at, store) => {
        const d = f32x4.mul(f32x4.sub(v128.load(i32.add(from, at)), mean), scale)
        store(i32.add(to, at), f.madd(d, v128.load(i32.add(p.gamma, at)), v128.load(i32.add(p.beta, at))))
      })
      f.increase(from, stride)
      f.increase(to, stride)
      f.increase(row, 1)
    })
  },
)
