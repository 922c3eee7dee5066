/** @file A strip of rows times the columns of a task, tile by tile, with the tiles at C's edges. */
import { type Body, f32x4, i32, procedure, v128 } from '../../../wasm-assembler/index.ts'
import { eachVector } from '../vectors.ts'
import { f32At, type I32, type Locals, orNull, times } from '../vocabulary.ts'
import { A_BYTES, B_BYTES, microKernel, TILE_COLUMNS, TILE_ROWS } from './micro-kernel.ts'

/** Copies the part of a tile that lies inside C, with the addend of `microKernel`. */
const storeEdge = procedure(
  'storeEdge',
  { tile: 'i32', c: 'i32', stride: 'i32', addend: 'i32', addendStride: 'i32', rows: 'i32', columns: 'i32' },
  (f, { tile, c, stride, addend, addendStride, rows, columns }) => {
    f.for(0, rows, 1, () => {
      eachVector(f, columns, (at, store) => {
        const value = f.let(v128.load(i32.add(tile, at)))
        f.if(addend, () => f.set(value, f32x4.add(value, v128.load(i32.add(addend, at)))))
        store(f.let(i32.add(c, at)), value)
      })
      f.increase(tile, B_BYTES)
      f.increase(c, stride)
      f.increase(addend, addendStride)
    })
  },
)

/**
 * All panels of A of a strip times all panels of the task's columns, into the tiles of C, which
 * begin at `tiles` as the addend does at its own address. Panels of B lie `panelStride` bytes
 * apart. `edge` is room for one tile.
 */
export function multiplyStrip(
  f: Body,
  p: Locals<'tiles' | 'strideC' | 'addend' | 'addendStride' | 'columns' | 'depth' | 'panelsA' | 'panelsB' | 'panelStride' | 'edge'> & {
    rows: I32
  },
): void {
  const { strideC: stride, addendStride, depth, edge } = p
  const panelB = f.let(p.panelsB)
  const panelA = f.local('i32')
  const tile = f.local('i32')
  const addend = f.local('i32')
  const rows = f.local('i32')
  /** Moves on by so many panels of A. */
  const advance = (panels: I32) => {
    const below = f.let(times(panels, TILE_ROWS))
    f.increase(panelA, times(i32.mul(panels, depth), A_BYTES))
    f.increase(tile, i32.mul(below, stride))
    f.increase(addend, i32.mul(below, addendStride))
    f.set(rows, i32.sub(rows, below))
  }
  f.for(0, p.columns, TILE_COLUMNS, (column) => {
    const width = f.let(i32.minU(i32.sub(p.columns, column), TILE_COLUMNS))
    f.set(panelA, p.panelsA)
    f.set(tile, f32At(p.tiles, column))
    f.set(addend, orNull(p.addend, f32At(p.addend, column)))
    f.set(rows, p.rows)

    // 1. Whole tiles, from top to bottom.
    f.if(i32.eq(width, TILE_COLUMNS), () => {
      const whole = f.let(i32.shrU(rows, 2))
      f.run(microKernel, { a: panelA, b: panelB, c: tile, stride, addend, addendStride, depth, count: whole })
      advance(whole)
    })

    // 2. The rest, by a detour.
    f.while(i32.gtS(rows, 0), () => {
      f.run(microKernel, { a: panelA, b: panelB, c: edge, stride: B_BYTES, addend: 0, addendStride: 0, depth, count: 1 })
      f.run(storeEdge, { tile: edge, c: tile, stride, addend, addendStride, rows: i32.minU(rows, TILE_ROWS), columns: width })
      advance(i32.const(1))
    })
    f.increase(panelB, p.panelStride)
  })
}
