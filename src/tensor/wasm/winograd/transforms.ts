/** @file The transforms of filters, input and output over rows of numbers, four at a time. */

import { FILTER, INPUT, MIRRORED, OUTPUT } from '../../../toom-cook.ts'
import { type Body, i32, type Local, type LocalsOf, procedure, v128 } from '../../../wasm-assembler/index.ts'
import { f32Bytes, type I32, times, V128 } from '../vocabulary.ts'
import { timesMirroredColumns, timesMirroredRows } from './linear.ts'

/** Pixels of a tile's side. */
export const TILE = OUTPUT.length
/** Points along each axis, which are also the input pixels of a tile's side. */
export const SIDE = INPUT.length
/** Points of a tile. */
export const POINTS = SIDE * SIDE
/** Taps along each axis of a filter. */
export const TAPS = FILTER[0].length
/** Filters of a panel, and the bytes that a panel has for each channel. */
export const PANEL_FILTERS = 8
export const PANEL_BYTES = 4 * PANEL_FILTERS

type Vector = Local<'v128'>

/** Raw filters [9][depth][8] to [36 points, `stride` bytes apart][depth][8]. */
export const filterPoints = procedure(
  'filterPoints',
  { raw: 'i32', depth: 'i32', to: 'i32', stride: 'i32' },
  (f, { raw, depth, to, stride }) => {
    const tapBytes = f.let(times(depth, PANEL_BYTES))
    const end = f.let(i32.add(raw, tapBytes))
    const transform = (x: readonly Vector[]) => timesMirroredRows(f, FILTER, MIRRORED, x)
    f.while(i32.ltU(raw, end), () => {
      // 1. Load the taps of four filters.
      const from = f.let(raw)
      const taps = Array.from({ length: TAPS * TAPS }, () => {
        const tap = f.let(v128.load(from))
        f.increase(from, tapBytes)
        return tap
      })
      // 2. G·g, column by column.
      const columns = [0, 1, 2].map((x) => transform([taps[x], taps[TAPS + x], taps[2 * TAPS + x]]))
      // 3. (G·g)·Gᵀ, row by row, to the points.
      const place = f.let(to)
      for (let y = 0; y < SIDE; y++)
        for (const point of transform(columns.map((column) => column[y]))) {
          f.do(v128.store(place, point))
          f.increase(place, stride)
        }
      f.increase(raw, V128)
      f.increase(to, V128)
    })
  },
)

/** Rows that a transform reads. */
const SIX_ROWS = { from0: 'i32', from1: 'i32', from2: 'i32', from3: 'i32', from4: 'i32', from5: 'i32' } as const

/** `SIX_ROWS` as arguments, by their numbers. */
export function sixRows(row: (i: number) => I32) {
  return { from0: row(0), from1: row(1), from2: row(2), from3: row(3), from4: row(4), from5: row(5) }
}

/** results = transform(rows), for rows of `depth` numbers. */
function transformRows(
  f: Body,
  p: LocalsOf<typeof SIX_ROWS> & { depth: Local<'i32'> },
  results: readonly Local<'i32'>[],
  transform: (rows: readonly Vector[]) => Vector[],
): void {
  const end = f.let(i32.add(p.from0, f32Bytes(p.depth)))
  const others = [p.from1, p.from2, p.from3, p.from4, p.from5]
  // One counter for all: addresses become distances from it.
  for (const address of [...others, ...results]) f.set(address, i32.sub(address, p.from0))
  f.for(p.from0, end, V128, (at) => {
    const rows = [at, ...others.map((address) => i32.add(address, at))].map((address) => f.let(v128.load(address)))
    for (const [i, value] of transform(rows).entries()) f.do(v128.store(i32.add(results[i], at), value))
  })
}

/** Bᵀ times six rows of `depth` numbers; the results lie `stride` bytes apart. */
export const inputRows = procedure('inputRows', { ...SIX_ROWS, depth: 'i32', to: 'i32', stride: 'i32' }, (f, p) => {
  const results = [p.to, ...f.locals('i32', SIDE - 1)]
  for (const [i, result] of results.entries()) if (i > 0) f.set(result, i32.add(results[i - 1], p.stride))
  transformRows(f, p, results, (rows) => timesMirroredRows(f, INPUT, MIRRORED, rows))
})

/** Aᵀ times six rows of `depth` numbers. */
export const outputRows = procedure('outputRows', { ...SIX_ROWS, depth: 'i32', to0: 'i32', to1: 'i32', to2: 'i32', to3: 'i32' }, (f, p) =>
  transformRows(f, p, [p.to0, p.to1, p.to2, p.to3], (rows) => timesMirroredColumns(f, OUTPUT, MIRRORED, rows)),
)
