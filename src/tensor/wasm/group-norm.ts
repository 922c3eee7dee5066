/**
 * @file Group norm, which reads its input twice.
 *
 *     groupSums      Σ(x − k), Σ(x − k)² of each channel, task by task
 *     groupFactors   joins tasks and the channels of a group: mean, scale and shift of each channel
 *     normalise      (x − mean)·scale + shift, and SiLU if asked
 *
 * k is the channel's first pixel: near enough to the mean that the variance does not drown in it. A
 * few pixels are summed in f32, these sums in f64.
 *
 * Pixels are taken one by one or four *together*, which share what is read of their channels:
 * faster within the caches, slower beyond them, from where one row after the other is read ahead.
 */
import { type Body, f32, f32x4, f64, f64x2, i32, type Local, v128 } from '../../wasm-assembler/index.ts'
import { kernel } from './kernel.ts'
import { activations } from './math.ts'
import { eachVector } from './vectors.ts'
import { F64, f32At, f32Bytes, roundUp, rowAt, taskRange, times, V128, zero } from './vocabulary.ts'

/** Pixels summed in f32. */
export const PIECE = 64
/** Channels for which the scratch memory is large enough. */
export const MAX_NORM_CHANNELS = 65536

/**
 * Runs `body` for `count` pixels: for four at once if so many are to be taken `together`, and for
 * the rest one by one.
 */
function eachPixels(f: Body, count: Local<'i32'>, together: Local<'i32'>, body: (pixels: number) => void): void {
  const fours = f.let(i32.select(together, i32.shrU(count, 2), 0))
  f.for(0, fours, 1, () => body(4))
  f.for(times(fours, 4), count, 1, () => body(1))
}

/**
 * partial[task] = Σ(x − k), Σ(x − k)² in f64, each [channels rounded up to whole vectors]. Tasks:
 * image, pixels.
 */
export const groupSums = kernel(
  'groupSums',
  { x: 'i32', partial: 'i32', pixels: 'i32', channels: 'i32', pixelsPerTask: 'i32', tasksPerImage: 'i32', together: 'i32' },
  (f, p, { task, scratch }) => {
    // 1. The task's pixels; its sums; and those of a piece in f32.
    const row = f.let(f32Bytes(p.channels))
    const image = f.let(rowAt(p.x, i32.mul(i32.divU(task, p.tasksPerImage), p.pixels), row))
    const own = taskRange(f, i32.remU(task, p.tasksPerImage), p.pixelsPerTask, p.pixels)
    const from = f.let(rowAt(image, own.first, row))
    const bytes = f.let(f32Bytes(roundUp(p.channels, 4)))
    const sums = f.let(rowAt(p.partial, task, times(bytes, 4)))
    const pieceSums = f.let(scratch)
    const pieceSquares = f.let(i32.add(scratch, bytes))
    zero(f, sums, times(bytes, 4))

    /** Adds so many pixels to the piece, all at once for each vector of channels. */
    const add = (pixels: number) => {
      eachVector(f, p.channels, (at) => {
        const k = f.let(v128.load(i32.add(image, at)))
        const sum = f.let(v128.load(i32.add(pieceSums, at)))
        const square = f.let(v128.load(i32.add(pieceSquares, at)))
        const place = f.let(i32.add(from, at))
        for (let i = 0; i < pixels; i++) {
          const d = f.let(f32x4.sub(v128.load(place), k))
          f.set(sum, f32x4.add(sum, d))
          f.set(square, f.madd(d, d, square))
          f.increase(place, row)
        }
        f.do(v128.store(i32.add(pieceSums, at), sum), v128.store(i32.add(pieceSquares, at), square))
      })
      f.increase(from, times(row, pixels))
    }

    f.for(own.first, own.end, PIECE, (first) => {
      // 2. Sum a piece in f32.
      zero(f, pieceSums, times(bytes, 2))
      const count = f.let(i32.minU(i32.sub(own.end, first), PIECE))
      eachPixels(f, count, p.together, add)

      // 3. Add it to the sums in f64, the two lower lanes of each vector and the two upper ones.
      f.for(0, times(bytes, 2), V128, (at) => {
        const piece = f.let(v128.load(i32.add(pieceSums, at)))
        const to = f.let(rowAt(sums, at, 2))
        for (const [half, pair] of [piece, f32x4.shuffle(piece, piece, [2, 3, 2, 3])].entries())
          f.do(v128.store(to, f64x2.add(v128.load(to, V128 * half), f64x2.promoteLowF32x4(pair)), V128 * half))
      })
    })
  },
)

/**
 * factors = mean, gamma / √(variance + eps), beta of each channel, [channels] each, from the sums
 * of all tasks; those of the first task become those of all. Tasks: images.
 */
export const groupFactors = kernel(
  'groupFactors',
  {
    x: 'i32',
    partial: 'i32',
    gamma: 'i32',
    beta: 'i32',
    factors: 'i32',
    pixels: 'i32',
    channels: 'i32',
    /** Channels of a group. */
    width: 'i32',
    tasksPerImage: 'i32',
    eps: 'f32',
  },
  (f, p, { task: image }) => {
    // 1. Join the sums of all tasks.
    const row = f.let(f32Bytes(p.channels))
    const half = f.let(times(roundUp(p.channels, 4), F64))
    const bytes = f.let(times(half, 2))
    const sums = f.let(rowAt(p.partial, i32.mul(image, p.tasksPerImage), bytes))
    const from = f.let(sums)
    f.for(1, p.tasksPerImage, 1, () => {
      f.increase(from, bytes)
      f.for(0, bytes, V128, (at) => {
        const to = f.let(i32.add(sums, at))
        f.do(v128.store(to, f64x2.add(v128.load(to), v128.load(i32.add(from, at)))))
      })
    })

    const pixels = f.let(f64.convertI32U(p.pixels))
    const width = f.let(f64.convertI32U(p.width))
    const firstPixel = f.let(rowAt(p.x, i32.mul(image, p.pixels), row))
    const to = f.let(rowAt(p.factors, i32.mul(image, row), 3))
    const mean = f.local('f64')
    const squares = f.local('f64')
    f.for(0, p.channels, p.width, (start) => {
      /** Each channel of the group: its number, Σ(x − k), their mean, and its own mean. */
      const eachChannel = (body: (channel: Local<'i32'>, sum: Local<'f64'>, shift: Local<'f64'>, own: Local<'f64'>) => void) =>
        f.for(start, i32.add(start, p.width), 1, (channel) => {
          const sum = f.let(f64.load(rowAt(sums, channel, F64)))
          const shift = f.let(f64.div(sum, pixels))
          body(channel, sum, shift, f.let(f64.add(f64.promoteF32(f32.load(f32At(firstPixel, channel))), shift)))
        })

      // 2. The group's mean.
      f.set(mean, 0)
      eachChannel((_channel, _sum, _shift, own) => f.set(mean, f64.add(mean, own)))
      f.set(mean, f64.div(mean, width))

      // 3. Squares around it: those around each channel's own mean, and the distance of the two.
      f.set(squares, 0)
      eachChannel((channel, sum, shift, own) => {
        const ofChannel = f64.sub(f64.load(i32.add(half, rowAt(sums, channel, F64))), f64.mul(shift, sum))
        const distance = f.let(f64.sub(own, mean))
        f.set(squares, f64.add(squares, ofChannel, f64.mul(pixels, distance, distance)))
      })

      // 4. The factors.
      const variance = f64.div(f64.max(squares, 0), f64.mul(pixels, width))
      const deviation = f.let(f64.sqrt(f64.add(variance, f64.promoteF32(p.eps))))
      f.for(start, i32.add(start, p.width), 1, (channel) => {
        const place = f.let(f32At(to, channel))
        const scale = f64.div(f64.promoteF32(f32.load(f32At(p.gamma, channel))), deviation)
        f.do(f32.store(place, f32.demoteF64(mean)))
        f.increase(place, row)
        f.do(f32.store(place, f32.demoteF64(scale)))
        f.do(f32.store(i32.add(place, row), f32.load(f32At(p.beta, channel))))
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
    together: 'i32',
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
    const count = f.let(i32.sub(end, first))
    const pass = (silu: boolean) =>
      eachPixels(f, count, p.together, (pixels) => {
        eachVector(f, p.channels, (at, store) => {
          // 1. What all pixels need of the channels.
          const [centre, factor, offset] = [mean, scale, shift].map((of) => f.let(v128.load(i32.add(of, at))))
          // 2. The pixels below each other.
          const place = f.let(i32.add(from, at))
          const result = f.let(i32.add(to, at))
          for (let i = 0; i < pixels; i++) {
            const value = f.let(f.madd(f32x4.sub(v128.load(place), centre), factor, offset))
            store(result, silu ? activations.silu(f, value) : value)
            f.increase(place, row)
            f.increase(result, row)
          }
        })
        f.increase(from, times(row, pixels))
        f.increase(to, times(row, pixels))
      })
    f.if(
      p.silu,
      () => pass(true),
      () => pass(false),
    )
  },
)
