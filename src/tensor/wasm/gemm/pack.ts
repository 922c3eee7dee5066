/**
 * @file Packing operands of a product into panels: columns of B, rows of A, and rows that are
 * gathered from the pixels of an image.
 */
import { type Body, type Expr, i32, type Local, procedure } from '../../../wasm-assembler/index.ts'
import { copy8, copy8Half, interleave4, interleave8, interleave8Half, widenPanel } from '../vectors.ts'
import { f32At, f32Bytes, type Locals, rowAt, times } from '../vocabulary.ts'
import { A_BYTES, B_BYTES, TILE_COLUMNS } from './micro-kernel.ts'

/** How B is stored: along k in rows (`transposeB`), or in columns; f32 or f16. */
export const LAYOUT = { rows: 0, halfRows: 1, columns: 2, halfColumns: 3 } as const

/** Whether a layout has f16, and whether it goes along k in rows. */
export const isHalf = (layout: Local<'i32'>) => i32.and(layout, 1)
export const isByRows = (layout: Local<'i32'>) => i32.ltU(layout, LAYOUT.columns)

/** Bytes of so many numbers, f16 where `half` is 1 and f32 where it is 0. */
export const bytesOf = (count: Local<'i32'>, half: Local<'i32'>) => i32.shl(count, i32.sub(2, half))

/**
 * Packs `count` columns of C's B, that is rows of a weight, into panels of 8. Missing ones repeat
 * the last. What is in panels already (`inPanels`) is f16, and is only widened.
 */
export const packB = procedure(
  'packB',
  { b: 'i32', stride: 'i32', layout: 'i32', inPanels: 'i32', count: 'i32', depth: 'i32', to: 'i32' },
  (f, { b, stride, layout, inPanels, count, depth, to }) => {
    const last = f.let(i32.sub(count, 1))
    const half = f.let(isHalf(layout))
    const byRows = f.let(isByRows(layout))
    f.for(0, count, TILE_COLUMNS, (n) => {
      const row = (r: number) => rowAt(b, i32.minU(i32.add(n, r), last), stride)
      f.if(
        inPanels,
        () => f.run(widenPanel, { from: rowAt(b, n, stride), depth, to }),
        () =>
          f.if(
            byRows,
            () => {
              // Eight rows side by side, four at a time.
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
              // Eight neighbours of each row. Behind the last column the copy reads on into what
              // follows; those columns of C are dropped.
              const from = f.let(i32.add(b, bytesOf(n, half)))
              f.if(
                half,
                () => f.run(copy8Half, { from, stride, depth, to }),
                () => f.run(copy8, { from, stride, depth, to }),
              )
            },
          ),
      )
      f.increase(to, times(depth, B_BYTES))
    })
  },
)

/** Four rows of a matrix into a panel at `to`, which moves on. Rows behind the last repeat it. */
export function packRows(f: Body, p: Locals<'a' | 'row' | 'end' | 'channels' | 'channel0' | 'depth' | 'to'>): void {
  const stride = f.let(f32Bytes(p.channels))
  const from = f.let(f32At(p.a, p.channel0))
  const address = (r: number) => rowAt(from, atMostLast(p.row, r, p.end), stride)
  f.run(interleave4, { row0: address(0), row1: address(1), row2: address(2), row3: address(3), depth: p.depth, to: p.to })
  f.increase(p.to, times(p.depth, A_BYTES))
}

/** row + r, at most end − 1. */
function atMostLast(row: Local<'i32'>, r: number, end: Local<'i32'>): Expr<'i32'> {
  if (r === 0) return row
  return i32.select(i32.ltU(i32.add(row, r), end), i32.add(row, r), i32.sub(end, 1))
}

/** The image and the window of a convolution, as `gemm` takes them. */
type Window = Locals<'channels' | 'width' | 'height' | 'kernelWidth' | 'outWidth' | 'pixels' | 'stride' | 'top' | 'left'>

/** The block of k, as taps and channels; where zeros for pixels outside lie. */
type Block = Locals<'tap0' | 'blockTaps' | 'channel0' | 'blockChannels' | 'zeros'>

/** The windows of four output pixels into a panel at `to`, which moves on. */
export function packPatches(f: Body, p: Window & Block & Locals<'a' | 'row' | 'end' | 'to'>): void {
  // 1. Where the window of each row begins: coordinates, and the address that they would have.
  const pixelBytes = f.let(f32Bytes(p.channels))
  const windows = [0, 1, 2, 3].map((r) => {
    const pixel = f.let(atMostLast(p.row, r, p.end))
    const image = f.let(i32.divU(pixel, p.pixels))
    const inImage = f.let(i32.remU(pixel, p.pixels))
    const y = f.let(i32.sub(i32.mul(i32.divU(inImage, p.outWidth), p.stride), p.top))
    const x = f.let(i32.sub(i32.mul(i32.remU(inImage, p.outWidth), p.stride), p.left))
    const line = i32.add(i32.mul(image, p.height), y)
    return { y, x, address: f.let(rowAt(p.a, i32.add(i32.mul(line, p.width), x), pixelBytes)) }
  })

  // 2. Tap by tap the channels of the four pixels, or zeros for those outside the image.
  const ky = f.let(i32.divU(p.tap0, p.kernelWidth))
  const kx = f.let(i32.remU(p.tap0, p.kernelWidth))
  f.for(0, p.blockTaps, 1, () => {
    const distance = f.let(f32At(i32.mul(i32.add(i32.mul(ky, p.width), kx), pixelBytes), p.channel0))
    const [row0, row1, row2, row3] = windows.map(({ y, x, address }) => {
      // Unsigned, so that coordinates below 0 are too large as well.
      const inside = i32.and(i32.ltU(i32.add(y, ky), p.height), i32.ltU(i32.add(x, kx), p.width))
      return i32.select(inside, i32.add(address, distance), p.zeros)
    })
    f.run(interleave4, { row0, row1, row2, row3, depth: p.blockChannels, to: p.to })
    f.increase(p.to, times(p.blockChannels, A_BYTES))
    f.increase(kx, 1)
    f.if(i32.eq(kx, p.kernelWidth), () => {
      f.set(kx, 0)
      f.increase(ky, 1)
    })
  })
}
