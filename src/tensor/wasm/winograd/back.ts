/** @file From sums at the points to pixels, with the epilogue. */
import { type Body, i32 } from '../../../wasm-assembler/index.ts'
import { epilogueRow } from '../gemm/epilogue.ts'
import { f32Bytes, type Locals, orNull, rowAt, times } from '../vocabulary.ts'
import { BACK, DROPPED, SUMS } from './scratch.ts'
import { outputRows, PANEL_BYTES, SIDE, sixRows, TILE } from './transforms.ts'

/** The result and what is added to it, as `winograd` takes them. */
type Result = Locals<'out' | 'bias' | 'perImage' | 'residual' | 'activation' | 'outWidth' | 'outHeight' | 'filters' | 'tilesX' | 'tilesY'>

/**
 * Transforms the sums of a tile back, and stores the pixels that lie inside the picture. `count`
 * are the filters of the task, `filters` those of the convolution.
 */
export function finishTile(
  f: Body,
  p: Result & Locals<'scratch' | 'zeros' | 'tile0' | 'tile' | 'filter0' | 'count' | 'panels' | 'quads'>,
): void {
  const { count } = p
  // 1. The tile's image and first pixel.
  const index = f.let(i32.add(p.tile0, p.tile))
  const line = f.let(i32.divU(index, p.tilesX))
  const image = f.let(i32.divU(line, p.tilesY))
  const x0 = f.let(times(i32.remU(index, p.tilesX), TILE))
  const y0 = f.let(times(i32.remU(line, p.tilesY), TILE))

  // 2. Aᵀ·m, column by column of the points: [4][6].
  const tileBytes = f.let(times(p.panels, PANEL_BYTES))
  const pointBytes = f.let(i32.mul(times(p.quads, 4), tileBytes))
  const rowBytes = f.let(f32Bytes(count))
  const back = f.let(i32.add(p.scratch, BACK))
  const point = f.let(i32.add(p.scratch, SUMS, i32.mul(p.tile, tileBytes)))
  const column = f.let(back)
  f.for(0, SIDE, 1, () => {
    const place = (y: number) => rowAt(column, SIDE * y, rowBytes)
    const to = { to0: place(0), to1: place(1), to2: place(2), to3: place(3) }
    f.run(outputRows, { ...sixRows((y) => rowAt(point, SIDE * y, pointBytes)), depth: count, ...to })
    f.increase(point, pointBytes)
    f.increase(column, rowBytes)
  })

  // 3. (Aᵀ·m)·A, row by row, into the picture.
  const pixelBytes = f.let(f32Bytes(p.filters))
  const ownFilters = f.let(f32Bytes(p.filter0))
  const dropped = f.let(i32.add(p.scratch, DROPPED))
  f.for(y0, i32.minU(p.outHeight, i32.add(y0, TILE)), 1, (y) => {
    const pixel = f.let(i32.add(i32.mul(i32.add(i32.mul(image, p.outHeight), y), p.outWidth), x0))
    const at = f.let(i32.add(i32.mul(pixel, pixelBytes), ownFilters))
    const place = (x: number) => i32.select(i32.ltU(i32.add(x0, x), p.outWidth), i32.add(p.out, at, times(pixelBytes, x)), dropped)
    const to = { to0: place(0), to1: place(1), to2: place(2), to3: place(3) }
    f.run(outputRows, { ...sixRows((x) => rowAt(back, x, rowBytes)), depth: count, ...to })

    // 4. The epilogue of its pixels inside.
    f.for(x0, i32.minU(p.outWidth, i32.add(x0, TILE)), 1, () => {
      f.run(epilogueRow, {
        c: i32.add(p.out, at),
        columns: count,
        alpha: 1,
        bias: orNull(p.bias, i32.add(p.bias, ownFilters)),
        perImage: orNull(p.perImage, i32.add(p.perImage, i32.mul(image, pixelBytes), ownFilters)),
        residual: orNull(p.residual, i32.add(p.residual, at)),
        activation: p.activation,
        zeros: p.zeros,
      })
      f.increase(at, pixelBytes)
    })
    f.increase(back, times(rowBytes, SIDE))
  })
}
