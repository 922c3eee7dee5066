/**
 * @file The one GEMM core: C[m,n] = Σₖ A(m,k)·B(n,k), for linear layers, products and convolutions.
 *
 * A *panel* holds 4 rows of A or 8 of B over a range of k, interleaved (4 or 8 values for k, then
 * for k + 1, …); *packing* copies an operand into panels (`pack.ts`), which the micro-kernel
 * multiplies into tiles of 4×8 (`micro-kernel.ts`).
 *
 *              ┌─ columns of the task ─┐
 *       k ──▶  │ panels of B (L2)      │  packed once for each block of k
 *     ┌──────┐ ┌───┬───┬───┬───┬───┬───┐
 *     │ A of │ │4×8│   │   │   │   │   │
 *     │ the  │ ├───┼───┼───┼───┼───┼───┤  a strip of C: 64 rows, down each panel of B (L1)
 *     │ strip│ │   │   │   │   │   │   │
 *     └──────┘ └───┴───┴───┴───┴───┴───┘
 *
 * A *task* computes some rows of some columns of C. For each block of k it packs B's columns; then
 * for each strip of rows it packs A, and for each panel of B runs over the strip's panels of A. The
 * first block of k adds the bias, further ones what is in C; behind the last the strip gets its
 * epilogue.
 *
 * A convolution is the product with A(m, (tap, channel)) = the channel of the pixel that the tap of
 * output pixel m sees: runs of channels, gathered while packing. No patch matrix, unpacked weight
 * or transposed copy larger than a task's block exists.
 */
import { f32, i32 } from '../../../wasm-assembler/index.ts'
import { kernel } from '../kernel.ts'
import { f32At, f32Bytes, type I32, orNull, rowAt, taskRange, times, zero } from '../vocabulary.ts'
import { epilogueRow } from './epilogue.ts'
import { A_BYTES, B_BYTES, TILE_COLUMNS, TILE_ROWS } from './micro-kernel.ts'
import { bytesOf, isByRows, isHalf, packB, packPatches, packRows } from './pack.ts'
import { multiplyStrip } from './strip.ts'

/** Rows of A that are packed at once. */
const STRIP = 64
/** Values of k in a block, at most: a panel of B then takes 12 KiB of the L1 cache. */
export const MAX_DEPTH = 384
/**
 * Columns of a task, at most: many, since A is packed anew for each task. A strip of A goes through
 * their block of B once, so that it may lie in the L3 cache in part.
 */
export const MAX_COLUMNS = 640

// The scratch memory of a thread.
const PANELS_A = 0
const PANELS_B = PANELS_A + (STRIP / TILE_ROWS) * A_BYTES * MAX_DEPTH
const EDGE = PANELS_B + (MAX_COLUMNS / TILE_COLUMNS) * B_BYTES * MAX_DEPTH
const ZEROS = EDGE + TILE_ROWS * B_BYTES
const ZEROS_BYTES = 4 * MAX_DEPTH

/** A number of row 0 of a panel lies 8 times as far behind the first as in a row. */
const PANEL_SHIFT = Math.log2(TILE_COLUMNS)

/** Tasks: matrix of the batch, rows, columns. */
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
    /** 1: B's rows are in panels of 8 (`weight-panels.ts`); a range of k lies as far behind. */
    inPanels: 'i32',
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
    // 1. The task's matrix of the batch, its rows and its columns.
    const index = f.let(i32.divU(task, i32.mul(p.rowTasks, p.columnTasks)))
    const inMatrix = f.let(i32.remU(task, i32.mul(p.rowTasks, p.columnTasks)))
    const rows = taskRange(f, i32.divU(inMatrix, p.columnTasks), p.rowsPerTask, p.m)
    const column0 = f.let(i32.mul(i32.remU(inMatrix, p.columnTasks), p.columnsPerTask))
    const columns = f.let(i32.minU(i32.sub(p.n, column0), p.columnsPerTask))

    // 2. Where they lie.
    const strideC = f.let(f32Bytes(p.n))
    const matrix = f.let(i32.mul(index, p.m, strideC))
    const c = f.let(i32.add(p.c, matrix))
    f.if(p.residual, () => f.increase(p.residual, matrix))
    const a = f.let(rowAt(p.a, index, p.batchA))
    const half = f.let(isHalf(p.layout))
    const byRows = f.let(isByRows(p.layout))
    const b = f.let(rowAt(p.b, index, p.batchB))
    f.increase(b, i32.select(byRows, i32.mul(column0, p.strideB), bytesOf(column0, half)))

    // 3. The first block's tiles take the bias in, where they need not be multiplied before; the
    // epilogue then has none.
    const first = f.let(i32.select(f32.ne(p.alpha, 1), 0, p.bias))
    f.set(p.bias, i32.select(first, 0, p.bias))
    f.if(first, () => f.increase(first, f32Bytes(column0)))
    const zeros = f.let(i32.add(scratch, ZEROS))
    zero(f, zeros, ZEROS_BYTES)

    const panelsA = f.let(i32.add(scratch, PANELS_A))
    const packed = f.let(i32.add(scratch, PANELS_B))
    const edge = f.let(i32.add(scratch, EDGE))
    f.for(0, p.taps, p.blockTaps, (tap0) => {
      const blockTaps = f.let(i32.minU(p.blockTaps, i32.sub(p.taps, tap0)))
      f.for(0, p.channels, p.blockChannels, (channel0) => {
        const blockChannels = f.let(i32.minU(p.blockChannels, i32.sub(p.channels, channel0)))
        const depth = f.let(i32.mul(blockTaps, blockChannels))
        const k0 = f.let(i32.add(i32.mul(tap0, p.channels), channel0))
        const addendStride = f.let(i32.select(k0, strideC, 0))
        const isLast = f.let(i32.eq(i32.add(k0, depth), i32.mul(p.taps, p.channels)))

        // 4. Pack the block of B, or take f32 that are in panels as they are.
        const ofRows = i32.shl(bytesOf(k0, half), i32.mul(p.inPanels, PANEL_SHIFT))
        const block = f.let(i32.add(b, i32.select(byRows, ofRows, i32.mul(k0, p.strideB))))
        const panelsB = f.let(block)
        const panelStride = f.let(times(p.strideB, TILE_COLUMNS))
        f.if(i32.geU(half, p.inPanels), () => {
          f.set(panelsB, packed)
          f.set(panelStride, times(depth, B_BYTES))
          const { strideB: stride, layout, inPanels } = p
          f.run(packB, { b: block, stride, layout, inPanels, count: columns, depth, to: packed })
        })

        f.for(rows.first, rows.end, STRIP, (strip) => {
          // 5. Pack the strip of A.
          const end = f.let(i32.minU(i32.add(strip, STRIP), rows.end))
          const to = f.let(panelsA)
          f.for(strip, end, TILE_ROWS, (row) => {
            f.if(
              p.outWidth,
              () => packPatches(f, { ...p, a, row, end: rows.end, tap0, blockTaps, channel0, blockChannels, zeros, to }),
              () => packRows(f, { a, row, end: rows.end, channels: p.channels, channel0, depth, to }),
            )
          })

          // 6. Multiply.
          const tiles = f.let(f32At(rowAt(c, strip, strideC), column0))
          const addend = f.let(i32.select(k0, tiles, first))
          multiplyStrip(f, {
            panelsA,
            panelsB,
            panelStride,
            edge,
            tiles,
            strideC,
            addend,
            addendStride,
            rows: i32.sub(end, strip),
            columns,
            depth,
          })

          // 7. Behind the last block of k: the epilogue.
          f.if(isLast, () =>
            f.for(strip, end, 1, (row) => {
              const at = f.let(f32At(i32.mul(row, strideC), column0))
              const ofImage = (image: I32) => f32At(i32.mul(image, strideC), column0)
              f.run(epilogueRow, {
                c: i32.add(c, at),
                columns,
                alpha: p.alpha,
                bias: orNull(p.bias, f32At(p.bias, column0)),
                perImage: orNull(p.perImage, i32.add(p.perImage, ofImage(i32.divU(row, p.pixels)))),
                residual: orNull(p.residual, i32.add(p.residual, at)),
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
