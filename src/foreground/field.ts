/**
 * @file The cells that take part: all of a grid, or those in the field of view, and their border.
 */
import { centrality } from '../pixels/centrality.ts'
import type { Grid } from '../tensor/index.ts'

/** Every cell of a grid: 1s. */
export const wholeField = ({ h, w }: Grid): Float32Array => new Float32Array(h * w).fill(1)

/**
 * The cells inside that have a side in common with one outside or with the grid's edge: 1, others
 * 0.
 * @param inside [h · w]: 1 for cells that take part, else 0
 */
export function borderOf(inside: Float32Array, { h, w }: Grid): Float32Array {
  const at = (x: number, y: number) => (x < 0 || y < 0 || x >= w || y >= h ? 0 : inside[y * w + x])
  return inside.map((own, cell) => {
    const [x, y] = [cell % w, Math.floor(cell / w)]
    const surrounded = at(x - 1, y) && at(x + 1, y) && at(x, y - 1) && at(x, y + 1)
    return own && !surrounded ? 1 : 0
  })
}

/**
 * How central every cell is (`centrality`) in the box around the cells inside; 0 outside.
 * @param inside [h · w]: 1 for cells that take part, else 0
 */
export function centralityIn(inside: Float32Array, { w }: Grid): Float32Array {
  let [left, top, right, bottom] = [Infinity, Infinity, 0, 0]
  inside.forEach((own, cell) => {
    if (!own) return
    const [x, y] = [cell % w, Math.floor(cell / w)]
    left = Math.min(left, x)
    top = Math.min(top, y)
    right = Math.max(right, x + 1)
    bottom = Math.max(bottom, y + 1)
  })
  return inside.map((own, cell) =>
    own ? centrality(((cell % w) + 0.5 - left) / (right - left), (Math.floor(cell / w) + 0.5 - top) / (bottom - top)) : 0,
  )
}
