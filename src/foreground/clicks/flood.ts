/** @file Parts around a click: what hangs together with it, along sides. */
import { PIXELS, SIDE } from '../square.ts'

/** The positions of the neighbours of pixel i, along sides. */
function eachNeighbour(i: number, visit: (j: number) => void): void {
  const x = i % SIDE
  if (x > 0) visit(i - 1)
  if (x < SIDE - 1) visit(i + 1)
  if (i >= SIDE) visit(i - SIDE)
  if (i < PIXELS - SIDE) visit(i + SIDE)
}

/** The part of a mask under a click, holes filled: 1 inside. Nothing where the click is outside. */
export function partAt(mask: Uint8Array, click: number): Uint8Array | undefined {
  if (mask[click] === 0) return undefined
  const part = new Uint8Array(PIXELS)
  const open = [click]
  part[click] = 1
  const visit = (j: number) => {
    if (mask[j] === 0 || part[j] !== 0) return
    part[j] = 1
    open.push(j)
  }
  for (let i = open.pop(); i !== undefined; i = open.pop()) eachNeighbour(i, visit)
  return filled(part)
}

/** With what does not hang together with the picture's edge outside of the mask. */
export function filled(mask: Uint8Array): Uint8Array {
  const out = new Uint8Array(PIXELS).fill(1)
  const open: number[] = []
  const visit = (j: number) => {
    if (mask[j] !== 0 || out[j] === 0) return
    out[j] = 0
    open.push(j)
  }
  for (let k = 0; k < SIDE; k++) for (const j of [k, PIXELS - 1 - k, k * SIDE, k * SIDE + SIDE - 1]) visit(j)
  for (let i = open.pop(); i !== undefined; i = open.pop()) eachNeighbour(i, visit)
  return out
}

/**
 * The level sets of a channel around a click: for each pixel the highest level from which it hangs
 * together with the click through pixels of no lower level; 0 where there is none.
 * @param levels one a pixel, 0 to `most`; the click has `most`
 */
export function joined(levels: Uint8Array, click: number, most: number): Uint8Array {
  const out = new Uint8Array(PIXELS)
  const open: number[][] = Array.from({ length: most + 1 }, () => [])
  out[click] = most
  open[most].push(click)
  for (let level = most; level > 0; level--) {
    const visit = (j: number) => {
      if (out[j] !== 0 || levels[j] === 0) return
      out[j] = Math.min(level, levels[j])
      open[out[j]].push(j)
    }
    for (let i = open[level].pop(); i !== undefined; i = open[level].pop()) eachNeighbour(i, visit)
  }
  return out
}
