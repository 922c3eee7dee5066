/**
 * @file Expected values of a walk: the solution of y = source + survival · (B y), B a balanced map,
 * by iteration. Several systems share each product with the map.
 *
 * With u = c · y the scaling of B = diag(r) · P · diag(c) costs nothing in the loop: u becomes
 * c · source + (c · survival · r) · (P u).
 */
import type { BandedMap } from '../attention/banded-map.ts'
import { add, chain, multiply, release, type Tensor } from '../tensor/index.ts'
import type { Scaling } from './balance.ts'
import { limitOf } from './extrapolate.ts'
import { gather, stack } from './products.ts'

/** Products before the first value that is looked at: what fades quickly has faded then. */
const BEFORE = 2
/** Products from one value that is looked at to the next: rounding weighs little in differences. */
const BETWEEN = 4
/** Products at most. A look at three values, each 2 + 4 + 4, waits for the device. */
const MOST = 320
/** Relative change still to come at which the values are taken: nothing beside a step of 1/256. */
const TOLERANCE = 5e-5

/** One value a cell each, 0 or more. */
export interface System {
  source: Float32Array
  /** The share of a walk that goes on from a cell, 0 to 1. */
  survival: Float32Array
}

/** The solutions of all systems, [n] each; 0 for cells that the scaling leaves out. */
export async function solve(map: BandedMap, { rows, columns }: Scaling, systems: readonly System[]): Promise<Float32Array[]> {
  const n = map.queries
  /** One row a system. */
  const upload = (value: (system: number, cell: number) => number, label: string) => {
    const rows = systems.map((_, k) => Float32Array.from({ length: n }, (__, i) => value(k, i)))
    return stack(map, rows, label)
  }
  const offset = upload((k, i) => columns[i] * systems[k].source[i], 'sources')
  const gain = upload((k, i) => columns[i] * systems[k].survival[i] * rows[i], 'survival')
  /** u after so many products. */
  const walkOn = (u: Tensor, products: number): Tensor =>
    chain(
      u,
      ...Array.from({ length: products }, () => (x: Tensor) => {
        const seen = gather(map, x)
        const kept = multiply(seen, gain)
        const next = add(kept, offset)
        release(seen, kept)
        return next
      }),
    )
  /** y of one system. */
  const unscaled = (u: Float32Array, k: number) =>
    Float64Array.from({ length: n }, (_, i) => (columns[i] === 0 ? 0 : u[k * n + i] / columns[i]))
  let solutions = systems.map(({ source }) => Float64Array.from(source))
  for (let products = 0; products < MOST; products += BEFORE + 2 * BETWEEN) {
    const start = upload((k, i) => columns[i] * solutions[k][i], 'walk')
    const first = walkOn(start, BEFORE)
    const second = walkOn(first, BETWEEN)
    const third = walkOn(second, BETWEEN)
    const last = await Promise.all([first.floats(), second.floats(), third.floats()])
    release(start, first, second, third)
    const limits = systems.map((_, k) => limitOf([unscaled(last[0], k), unscaled(last[1], k), unscaled(last[2], k)]))
    solutions = limits.map(({ values }) => values)
    if (limits.every(({ error }) => error < TOLERANCE)) break
  }
  release(offset, gain)
  return solutions.map((values) => Float32Array.from(values))
}
