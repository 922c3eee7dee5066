/**
 * @file Panels of maps for their divergences: numbers of a block of cells and their logarithms,
 * which are taken while the panels are packed and exist nowhere else.
 */
import { type Body, f32, f32x4, i32, type Local, v128 } from '../../../wasm-assembler/index.ts'
import { MAX_DEPTH } from '../gemm/gemm.ts'
import { kernel } from '../kernel.ts'
import { functions } from '../math.ts'
import { eachMasked, sumLanes } from '../vectors.ts'
import { f32At, f32Bytes, type Locals, roundUp, rowAt, taskRange, times } from '../vocabulary.ts'

/** Cells of a block: with the logarithms they fill panels of the depth that suits the cache. */
export const MAX_CELLS = MAX_DEPTH / 2
/** Bytes that a panel has for each cell: a number and a logarithm. */
export const CELL_BYTES = 8

/** Fields of the maps. */
export const MAPS = { numbers: 'i32', logs: 'i32', cells: 'i32', blockCells: 'i32', floor: 'f32', scale: 'f32' } as const

/**
 * Packs maps [count, cells] of `numbers`; their logarithms are those at `logs` or, where that is 0,
 * ln(scale · max(number, floor)).
 */
export function packer(f: Body, p: Locals<'numbers' | 'logs' | 'cells'> & Record<'floor' | 'scale', Local<'f32'>>) {
  const [floor, scale] = [f.let(f32x4.splat(p.floor)), f.let(f32x4.splat(p.scale))]
  /** Packs `count` cells of a map from `cell` on; adds Σ number · logarithm to the entropy. */
  return (from: Locals<'map' | 'cell' | 'count'>, to: Locals<'numbers' | 'logs'>, entropy: Local<'v128'>) => {
    const offset = f.let(f32Bytes(i32.add(i32.mul(from.map, p.cells), from.cell)))
    const numbers = f.let(i32.add(p.numbers, offset))
    const logs = f.let(i32.add(p.logs, offset))
    const pack = (logsOf: (values: Local<'v128'>, at: Local<'i32'>) => Local<'v128'>) =>
      eachMasked(f, from.count, (at, inside) => {
        // Cells behind the last count nothing.
        const counting = (values: Local<'v128'>) => (inside ? f.let(v128.and(values, inside)) : values)
        const read = f.let(v128.load(i32.add(numbers, at)))
        const [number, log] = [counting(read), counting(logsOf(read, at))]
        f.do(v128.store(i32.add(to.numbers, at), number), v128.store(i32.add(to.logs, at), log))
        f.set(entropy, f.madd(number, log, entropy))
      })
    f.if(
      p.logs,
      () => pack((_, at) => f.let(v128.load(i32.add(logs, at)))),
      () => pack((values) => f.let(functions.log(f, values, floor, scale))),
    )
  }
}

/**
 * Runs `body` for every block of cells: its first cell, how many it has, how many a panel keeps of
 * them (a multiple of 4), and where the panels of all rows begin.
 */
export function eachBlock(
  f: Body,
  p: Locals<'rows' | 'cells' | 'blockCells' | 'panels'>,
  body: (block: Locals<'cell' | 'count' | 'depth' | 'panels'>) => void,
): void {
  const panels = f.let(p.panels)
  f.for(0, p.cells, p.blockCells, (cell) => {
    const count = f.let(i32.minU(p.blockCells, i32.sub(p.cells, cell)))
    const depth = f.let(roundUp(count, 4))
    body({ cell, count, depth, panels })
    f.increase(panels, times(i32.mul(p.rows, depth), CELL_BYTES))
  })
}

/**
 * Panels [block, row, logarithms and numbers] of maps, and entropies [rows]. Tasks: ranges of rows.
 */
export const packMaps = kernel(
  'packMaps',
  { ...MAPS, rows: 'i32', rowsPerTask: 'i32', panels: 'i32', entropies: 'i32' },
  (f, p, { task }) => {
    const pack = packer(f, p)
    const own = taskRange(f, task, p.rowsPerTask, p.rows)
    f.for(own.first, own.end, 1, (row) => {
      const entropy = f.let(f.splat(0))
      eachBlock(f, p, ({ cell, count, depth, panels }) => {
        const logs = f.let(rowAt(panels, i32.mul(row, depth), CELL_BYTES))
        pack({ map: row, cell, count }, { logs, numbers: f.let(f32At(logs, depth)) }, entropy)
      })
      f.do(f32.store(f32At(p.entropies, row), sumLanes(entropy)))
    })
  },
)
