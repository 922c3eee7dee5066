/** @file Lines around cells of a grid, between the centres of those inside and those outside. */
import type { Grid } from '../../engine/calls.ts'

/**
 * Adds lines of one level to a path over the whole canvas, by marching squares: linear between
 * centres of cells, as heat is painted; beyond the outermost centres values go on as they are.
 * @see Lorensen and Cline 1987, of which this is the plane's case
 */
export function traceLevel(context: CanvasRenderingContext2D, values: ArrayLike<number>, { h, w }: Grid, level: number): void {
  const { width, height } = context.canvas
  const [cw, ch] = [width / w, height / h]
  const at = (x: number, y: number) => values[Math.min(h - 1, Math.max(0, y)) * w + Math.min(w - 1, Math.max(0, x))]
  for (let y = -1; y < h; y++)
    for (let x = -1; x < w; x++) {
      const [a, b, c, d] = [at(x, y), at(x + 1, y), at(x + 1, y + 1), at(x, y + 1)]
      const corners = Number(a >= level) | (Number(b >= level) << 1) | (Number(c >= level) << 2) | (Number(d >= level) << 3)
      if (corners === 0 || corners === 15) continue
      const [left, top] = [(x + 0.5) * cw, (y + 0.5) * ch]
      const between = (from: number, to: number) => (level - from) / (to - from)
      /** A point on side 0 (above), 1 (right), 2 (below) or 3 (left). */
      const go = (side: number, start: boolean) => {
        const px = side === 0 ? left + between(a, b) * cw : side === 2 ? left + between(d, c) * cw : left + (side === 1 ? cw : 0)
        const py = side === 1 ? top + between(b, c) * ch : side === 3 ? top + between(a, d) * ch : top + (side === 2 ? ch : 0)
        if (start) context.moveTo(px, py)
        else context.lineTo(px, py)
      }
      const sides = LINES[corners]
      for (let i = 0; i < sides.length; i++) go(sides[i], i % 2 === 0)
    }
}

/**
 * The sides that lines connect in pairs, by which corners are inside: above left 1, above right 2,
 * below right 4, below left 8.
 */
const LINES: readonly (readonly number[])[] = [
  [],
  [3, 0],
  [0, 1],
  [3, 1],
  [1, 2],
  [3, 0, 1, 2],
  [0, 2],
  [3, 2],
  [2, 3],
  [2, 0],
  [0, 1, 2, 3],
  [2, 1],
  [1, 3],
  [1, 0],
  [0, 3],
  [],
]

/** Draws the path twice, dark and bright, so that it is seen on every colour. */
export function strokeTwice(context: CanvasRenderingContext2D, bright: string, thickness: number): void {
  context.strokeStyle = 'rgb(0 0 0 / 0.75)'
  context.lineWidth = 2.2 * thickness
  context.stroke()
  context.strokeStyle = bright
  context.lineWidth = thickness
  context.stroke()
}
