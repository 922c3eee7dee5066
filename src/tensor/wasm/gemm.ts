/**
 * @file The one GEMM core: C[m,n] = Σₖ A(m,k)·B(n,k), for linear layers, products and convolutions.
 *
 * Vocabulary: a *panel* holds 4 rows of A or 8 of B over a range of k, interleaved (4 or 8 values
 * for k, then for k + 1, …); *packing* copies an operand into panels. The *micro-kernel* multiplies
 * two panels into a 4×8 tile of C that stays in 8 registers: of all shapes up to 12 accumulators
 * the fastest in V8 and close to what the core can do. The reason is V8's scheduler, which puts all
 * loads of a loop's body first: 4 + 2 operands and 8 sums fit into 15 registers, larger tiles and
 * unrolled loops spill. That is also why A is packed: with one address for all its rows the loop
 * has few instructions besides.
 *
 * A *task* computes some rows of some columns of C. For each block of k it packs B's columns (once,
 * into the L2 cache); then for each STRIP of rows it packs A, and for each panel of B (in the L1
 * cache meanwhile) runs over the strip's panels of A. The first block of k adds the bias, further
 * ones what is in C; behind the last the strip gets its epilogue.
 *
 * A convolution is the product with A(m, (tap, channel)) = the channel of the pixel that the tap of
 * output pixel m sees: runs of channels, gathered while packing. No patch matrix, unpacked weight
 * or transposed copy larger than a task's block exists.
 */
import { type Body, type Expr, f32, f32x4, i32, type Local, procedure, v128 } from '../../wasm-assembler/index.ts'
import type { Activation } from '../backend.ts'
import { kernel } from './kernel.ts'
import { activations } from './math.ts'
import { copy8, copy8Half, eachVector, interleave4, interleave8, interleave8Half } from './vectors.ts'

/** Rows of A that are packed at once. */
const STRIP = 64
/** Values of k in a block, at most: a panel of B then takes 12 KiB of the L1 cache. */
export const MAX_DEPTH = 384
/**
 * Columns of a task, at most: many, since A is packed anew for each task; their block of B, up to
 * 480 KiB, is to stay in the L2 cache.
 */
export const MAX_COLUMNS = 320

// The scratch memory of a thread.
const PANELS_A = 0
const PANELS_B = PANELS_A + 4 * STRIP * MAX_DEPTH
const EDGE = PANELS_B + 4 * MAX_COLUMNS * MAX_DEPTH
const ZEROS = EDGE + 4 * 4 * 8
const ZEROS_BYTES = 4 * MAX_DEPTH

/** How B is stored: along k in rows (`transposeB`), or in columns; f32 or f16. */
export const LAYOUT = { rows: 0, halfRows: 1, columns: 2, halfColumns: 3 } as const
export const ACTIVATIONS = ['none', 'silu', 'gelu', 'geluTanh', 'quickGelu'] as const satisfies Activation[]

/**
 * c[4×8, rows `stride` bytes apart] = addend + (panel of a)ᵀ · (panel of b), for `count` panels of
 * a that follow one another and the tiles of c below each other. The addend lies like c, but with
 * rows `addendStride` bytes apart: c itself, a row of biases that all rows share (0 bytes apart),
 * or 0 for none.
 */
export const microKernel = procedure(
  'microKernel',
  { a: 'i32', b: 'i32', c: 'i32', stride: 'i32', addend: 'i32', addendStride: 'i32', depth: 'i32', count: 'i32' },
  (f, { a, b, c, stride, addend, addendStride, depth, count }) => {
    const sums = Array.from({ length: 4 }, () => f.locals('v128', 2))
    const rows = [c, ...f.locals('i32', 3)]
    const end = f.local('i32')
    const from = f.local('i32')
    f.while(count, () => {
      for (const [r, row] of rows.entries()) if (r > 0) f.set(row, i32.add(rows[r - 1], stride))
      for (const sum of sums.flat()) f.set(sum, f.splat(0))
      f.set(from, b)
      f.set(end, i32.add(a, i32.shl(depth, 4)))
      f.doWhile(
        () => {
          const left = f.let(v128.load(from))
          const right = f.let(v128.load(from, 16))
          for (const [r, [sumLeft, sumRight]] of sums.entries()) {
            const value = f.let(v128.load32Splat(a, 4 * r))
            f.set(sumLeft, f.madd(value, left, sumLeft))
            f.set(sumRight, f.madd(value, right, sumRight))
          }
          f.increase(a, 16)
          f.increase(from, 32)
        },
        () => i32.ltU(a, end),
      )
      // Added last: sums that begin with a large value would lose digits with each step.
      f.if(addend, () => {
        for (const [left, right] of sums) {
          f.set(left, f32x4.add(left, v128.load(addend)))
          f.set(right, f32x4.add(right, v128.load(addend, 16)))
          f.increase(addend, addendStride)
        }
      })
      for (const [r, [left, right]] of sums.entries()) f.do(v128.store(rows[r], left), v128.store(rows[r], right, 16))
      f.set(c, i32.add(rows[3], stride))
      f.set(count, i32.sub(count, 1))
    })
  },
)

/** Copies the part of a tile that lies inside C, with the addend of `microKernel`. */
const storeEdge = procedure(
  'storeEdge',
  { tile: 'i32', c: 'i32', stride: 'i32', addend: 'i32', addendStride: 'i32', rows: 'i32', columns: 'i32' },
  (f, { tile, c, stride, addend, addendStride, rows, columns }) => {
    const r = f.local('i32')
    f.for(r, 0, rows, 1, () => {
      eachVector(f, columns, (at, store) => {
        const value = f.let(v128.load(i32.add(tile, at)))
        f.if(addend, () => f.set(value, f32x4.add(value, v128.load(i32.add(addend, at)))))
        store(f.let(i32.add(c, at)), value)
      })
      f.increase(tile, 32)
      f.increase(c, stride)
      f.increase(addend, addendStride)
    })
  },
)

/**
 * activation(alpha·c + bias + perImage) + residual over one row; pointers that are 0 stand for
 * nothing.
 */
export const epilogueRow = procedure(
  'epilogueRow',
  { c: 'i32', columns: 'i32', alpha: 'f32', bias: 'i32', perImage: 'i32', residual: 'i32', activation: 'i32', zeros: 'i32' },
  (f, { c, columns, alpha, bias, perImage, residual, activation, zeros }) => {
    f.if(i32.or(bias, perImage, f32.ne(alpha, 1)), () => {
      const factor = f.let(f32x4.splat(alpha))
      const first = f.let(i32.select(bias, bias, zeros))
      const second = f.let(i32.select(perImage, perImage, zeros))
      eachVector(f, columns, (at, store) => {
        const to = f.let(i32.add(c, at))
        const shift = f32x4.add(v128.load(i32.add(first, at)), v128.load(i32.add(second, at)))
        store(to, f.madd(v128.load(to), factor, shift))
      })
    })
    for (const [i, name] of ACTIVATIONS.entries()) {
      if (name === 'none') continue
      f.if(i32.eq(activation, i), () =>
        eachVector(f, columns, (at, store) => {
          const to = f.let(i32.add(c, at))
          store(to, activations[name](f, f.let(v128.load(to))))
        }),
      )
    }
    f.if(residual, () =>
      eachVector(f, columns, (at, store) => {
        const to = f.let(i32.add(c, at))
        store(to, f32x4.add(v128.load(to), v128.load(i32.add(residual, at))))
      }),
    )
  },
)

/**
 * Packs `count` columns of C's B, that is rows of a weight, into panels of 8. Missing ones repeat
 * the last.
 */
const packB = procedure(
  'packB',
  { b: 'i32', stride: 'i32', layout: 'i32', count: 'i32', depth: 'i32', to: 'i32' },
  (f, { b, stride, layout, count, depth, to }) => {
    const n = f.local('i32')
    const from = f.local('i32')
    const last = f.let(i32.sub(count, 1))
    const half = f.let(i32.and(layout, 1))
    const row = (r: number) => i32.add(b, i32.mul(i32.select(i32.ltU(i32.add(n, r), last), i32.add(n, r), last), stride))
    f.for(n, 0, count, 8, () => {
      f.if(
        i32.ltU(layout, LAYOUT.columns),
        () => {
          for (const r of [0, 4]) {
            const args = { row0: row(r), row1: row(r + 1), row2: row(r + 2), row3: row(r + 3), depth, to: i32.add(to, 4 * r) }
            f.if(
              half,
              () => f.run(interleave8Half, args),
              () => f.run(interleave8, args),
            )
          }
        },
        () => {
          // Behind the last column the copy reads on into what follows; those columns of C are
          // dropped.
          f.set(from, i32.add(b, i32.shl(n, i32.sub(2, half))))
          f.if(
            half,
            () => f.run(copy8Half, { from, stride, depth, to }),
            () => f.run(copy8, { from, stride, depth, to }),
          )
        },
      )
      f.increase(to, i32.shl(depth, 5))
    })
  },
)

export const gemm = kernel(
  'gemm',
  {
    /** Addresses; 0 where there is none. */
    a: 'i32',
    b: 'i32',
    c: 'i32',
    bias: 'i32',
    perImage: 'i32',
    residual: 'i32',
    /** Rows and columns of one matrix of the batch. */
    m: 'i32',
    n: 'i32',
    /** Bytes from one matrix of the batch to the next. */
    batchA: 'i32',
    batchB: 'i32',
    /** Bytes from one row of B's storage to the next. */
    strideB: 'i32',
    layout: 'i32',
    /** k = taps · channels; a block of k holds several taps, or some channels of one. */
    taps: 'i32',
    channels: 'i32',
    blockTaps: 'i32',
    blockChannels: 'i32',
    /** How the batch's rows and columns are cut into tasks. */
    rowsPerTask: 'i32',
    columnsPerTask: 'i32',
    rowTasks: 'i32',
    columnTasks: 'i32',
    /** The window of a convolution; `taps` is 1 and `outWidth` 0 for a plain product. */
    width: 'i32',
    height: 'i32',
    kernelWidth: 'i32',
    outWidth: 'i32',
    stride: 'i32',
    top: 'i32',
    left: 'i32',
    /** Rows of C that share a row of `perImage`. */
    pixels: 'i32',
    alpha: 'f32',
    activation: 'i32',
  },
  (f, p, { task, scratch }) => {
    const index = f.let(i32.divU(task, i32.mul(p.rowTasks, p.columnTasks)))
    const rest = f.let(i32.remU(task, i32.mul(p.rowTasks, p.columnTasks)))
    const m0 = f.let(i32.mul(i32.divU(rest, p.columnTasks), p.rowsPerTask))
    const m1 = f.let(i32.minU(p.m, i32.add(m0, p.rowsPerTask)))
    const n0 = f.let(i32.mul(i32.remU(rest, p.columnTasks), p.columnsPerTask))
    const columns = f.let(i32.minU(i32.sub(p.n, n0), p.columnsPerTask))
    const strideC = f.let(i32.shl(p.n, 2))
    const offset = f.let(i32.mul(index, p.m, strideC))
    const c = f.let(i32.add(p.c, offset))
    f.if(p.residual, () => f.increase(p.residual, offset))
    const a = f.let(i32.add(p.a, i32.mul(index, p.batchA)))
    const half = f.let(i32.and(p.layout, 1))
    const byRows = f.let(i32.ltU(p.layout, LAYOUT.columns))
    // The task's columns of B.
    const b = f.let(i32.add(p.b, i32.mul(index, p.batchB)))
    f.increase(b, i32.select(byRows, i32.mul(n0, p.strideB), i32.shl(n0, i32.sub(2, half))))
    // The first block's tiles take the bias in, where they need not be multiplied before; the
    // epilogue then has none.
    const first = f.let(i32.select(f32.ne(p.alpha, 1), 0, p.bias))
    f.set(p.bias, i32.select(first, 0, p.bias))
    f.if(first, () => f.increase(first, i32.shl(n0, 2)))
    const zeros = f.let(i32.add(scratch, ZEROS))
    const i = f.local('i32')
    f.for(i, 0, ZEROS_BYTES, 16, () => f.do(v128.store(i32.add(zeros, i), f.splat(0))))

    const tap0 = f.local('i32')
    const channel0 = f.local('i32')
    const blockTaps = f.local('i32')
    const blockChannels = f.local('i32')
    const depth = f.local('i32')
    const addend = f.local('i32')
    const addendStride = f.local('i32')
    const isLast = f.local('i32')
    const k0 = f.local('i32')
    const strip = f.local('i32')
    const stripEnd = f.local('i32')
    const tiles = f.local('i32')
    const row = f.local('i32')
    const to = f.local('i32')
    const panelsB = f.let(i32.add(scratch, PANELS_B))
    f.for(tap0, 0, p.taps, p.blockTaps, () => {
      f.set(blockTaps, i32.minU(p.blockTaps, i32.sub(p.taps, tap0)))
      f.for(channel0, 0, p.channels, p.blockChannels, () => {
        f.set(blockChannels, i32.minU(p.blockChannels, i32.sub(p.channels, channel0)))
        f.set(depth, i32.mul(blockTaps, blockChannels))
        f.set(k0, i32.add(i32.mul(tap0, p.channels), channel0))
        f.set(addendStride, i32.select(k0, strideC, 0))
        f.set(isLast, i32.eq(i32.add(k0, depth), i32.mul(p.taps, p.channels)))
        const fromB = i32.add(b, i32.select(byRows, i32.shl(k0, i32.sub(2, half)), i32.mul(k0, p.strideB)))
        f.run(packB, { b: fromB, stride: p.strideB, layout: p.layout, count: columns, depth, to: panelsB })
        f.for(strip, m0, m1, STRIP, () => {
          f.set(stripEnd, i32.minU(i32.add(strip, STRIP), m1))
          f.set(to, scratch)
          f.for(row, strip, stripEnd, 4, () => {
            f.if(
              p.outWidth,
              () => packPatches(f, { ...p, a, row, m1, tap0, blockTaps, channel0, blockChannels, zeros, to }),
              () => packRows(f, { a, row, m1, channels: p.channels, channel0, depth, to }),
            )
          })
          f.set(tiles, i32.add(c, i32.mul(strip, strideC), i32.shl(n0, 2)))
          f.set(addend, i32.select(k0, tiles, first))
          multiplyStrip(f, { scratch, tiles, strideC, addend, addendStride, rows: i32.sub(stripEnd, strip), columns, depth })
          f.if(isLast, () =>
            f.for(row, strip, stripEnd, 1, () => {
              const at = f.let(i32.add(i32.mul(row, strideC), i32.shl(n0, 2)))
              const shift = (address: Local<'i32'>, distance: Expr<'i32'>) => i32.select(address, i32.add(address, distance), 0)
              f.run(epilogueRow, {
                c: i32.add(c, at),
                columns,
                alpha: p.alpha,
                bias: shift(p.bias, i32.shl(n0, 2)),
                perImage: shift(p.perImage, i32.add(i32.mul(i32.divU(row, p.pixels), strideC), i32.shl(n0, 2))),
                residual: shift(p.residual, at),
                activation: p.activation,
                zeros,
              })
            }),
          )
        })
      })
    })
  },
)

type Registers<K extends string> = Record<K, Local<'i32'>>

/** Four rows of a matrix into a panel at `to`, which moves on. Rows behind the last repeat it. */
function packRows(f: Body, p: Registers<'a' | 'row' | 'm1' | 'channels' | 'channel0' | 'depth' | 'to'>): void {
  const stride = f.let(i32.shl(p.channels, 2))
  const base = f.let(i32.add(p.a, i32.shl(p.channel0, 2)))
  const address = (r: number) => i32.add(base, i32.mul(clamped(p.row, r, p.m1), stride))
  f.run(interleave4, { row0: address(0), row1: address(1), row2: address(2), row3: address(3), depth: p.depth, to: p.to })
  f.increase(p.to, i32.shl(p.depth, 4))
}

/** row + r, at most end − 1. */
function clamped(row: Local<'i32'>, r: number, end: Local<'i32'>): Expr<'i32'> {
  if (r === 0) return row
  return i32.select(i32.ltU(i32.add(row, r), end), i32.add(row, r), i32.sub(end, 1))
}

/** The windows of four output pixels into a panel at `to`, which moves on. */
function packPatches(
  f: Body,
  p: Registers<
    | 'a'
    | 'row'
    | 'm1'
    | 'tap0'
    | 'blockTaps'
    | 'channel0'
    | 'blockChannels'
    | 'zeros'
    | 'to'
    | 'channels'
    | 'width'
    | 'height'
    | 'kernelWidth'
    | 'outWidth'
    | 'pixels'
    | 'stride'
    | 'top'
    | 'left'
  >,
): void {
  const pixelBytes = f.let(i32.shl(p.channels, 2))
  // Where the window of each row begins: coordinates, and the address that they would have.
  const windows = [0, 1, 2, 3].map((r) => {
    const pixel = f.let(clamped(p.row, r, p.m1))
    const image = f.let(i32.divU(pixel, p.pixels))
    const inside = f.let(i32.remU(pixel, p.pixels))
    const y = f.let(i32.sub(i32.mul(i32.divU(inside, p.outWidth), p.stride), p.top))
    const x = f.let(i32.sub(i32.mul(i32.remU(inside, p.outWidth), p.stride), p.left))
    const line = i32.add(i32.mul(image, p.height), y)
    return { y, x, address: f.let(i32.add(p.a, i32.mul(i32.add(i32.mul(line, p.width), x), pixelBytes))) }
  })
  const ky = f.let(i32.divU(p.tap0, p.kernelWidth))
  const kx = f.let(i32.remU(p.tap0, p.kernelWidth))
  const tap = f.local('i32')
  const shift = f.local('i32')
  f.for(tap, 0, p.blockTaps, 1, () => {
    f.set(shift, i32.add(i32.mul(i32.add(i32.mul(ky, p.width), kx), pixelBytes), i32.shl(p.channel0, 2)))
    const [row0, row1, row2, row3] = windows.map(({ y, x, address }) => {
      // Unsigned, so that coordinates below 0 are too large as well.
      const inside = i32.and(i32.ltU(i32.add(y, ky), p.height), i32.ltU(i32.add(x, kx), p.width))
      return i32.select(inside, i32.add(address, shift), p.zeros)
    })
    f.run(interleave4, { row0, row1, row2, row3, depth: p.blockChannels, to: p.to })
    f.increase(p.to, i32.shl(p.blockChannels, 4))
    f.increase(kx, 1)
    f.if(i32.eq(kx, p.kernelWidth), () => {
      f.set(kx, 0)
      f.increase(ky, 1)
    })
  })
}

/**
 * All panels of a strip times all panels of the task's columns, into the tiles of C, which begin at
 * this address as the addend does at its own.
 */
function multiplyStrip(
  f: Body,
  p: Registers<'scratch' | 'tiles' | 'strideC' | 'addend' | 'addendStride' | 'columns' | 'depth'> & { rows: Expr<'i32'> },
): void {
  const { strideC: stride, addendStride, depth } = p
  const column = f.local('i32')
  const panelA = f.local('i32')
  const panelB = f.let(i32.add(p.scratch, PANELS_B))
  const edge = f.let(i32.add(p.scratch, EDGE))
  const tile = f.local('i32')
  const addend = f.local('i32')
  const width = f.local('i32')
  const rows = f.local('i32')
  const whole = f.let(i32.shrU(p.rows, 2))
  /** Moves on by so many panels of A. */
  const advance = (panels: Expr<'i32'>) => {
    const below = f.let(i32.shl(panels, 2))
    f.increase(panelA, i32.shl(i32.mul(panels, depth), 4))
    f.increase(tile, i32.mul(below, stride))
    f.increase(addend, i32.mul(below, addendStride))
    f.set(rows, i32.sub(rows, below))
  }
  f.for(column, 0, p.columns, 8, () => {
    f.set(panelA, p.scratch)
    f.set(rows, p.rows)
    f.set(width, i32.minU(i32.sub(p.columns, column), i32.const(8)))
    f.set(tile, i32.add(p.tiles, i32.shl(column, 2)))
    f.set(addend, i32.select(p.addend, i32.add(p.addend, i32.shl(column, 2)), 0))
    f.if(i32.eq(width, 8), () => {
      f.run(microKernel, { a: panelA, b: panelB, c: tile, stride, addend, addendStride, depth, count: whole })
      advance(whole)
    })
    f.while(i32.gtS(rows, 0), () => {
      f.run(microKernel, { a: panelA, b: panelB, c: edge, stride: 32, addend: 0, addendStride: 0, depth, count: 1 })
      f.run(storeEdge, { tile: edge, c: tile, stride, addend, addendStride, rows: i32.minU(rows, i32.const(4)), columns: width })
      advance(i32.const(1))
    })
    f.increase(panelB, i32.shl(depth, 5))
  })
}
