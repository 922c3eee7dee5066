/** @file Parts around a click: what hangs together with it, along sides. */
import { PIXELS, SIDE } from '../square.ts'

/** Pixels of a row with one of frame on either side, so that neighbours need no check. */
const FRAMED = SIDE + 2
const NEIGHBOURS = [1, -1, FRAMED, -FRAMED]

/** Fills what hangs together with the pixels on the stack: `open` pixels, which are closed. */
function flood(open: Uint8Array, stack: Int32Array, count: number): void {
  while (count > 0) {
    const p = stack[--count]
    for (let k = 0; k < 4; k++) {
      const q = p + NEIGHBOURS[k]
      if (open[q] === 0) continue
      open[q] = 0
      stack[count++] = q
    }
  }
}

const framed = (i: number) => (Math.floor(i / SIDE) + 1) * FRAMED + (i % SIDE) + 1

/** The part of a mask under a click, holes filled: 1 inside. Nothing where the click is outside. */
export function partAt(mask: Uint8Array, click: number): Uint8Array | undefined {
  if (mask[click] === 0) return undefined
  const open = new Uint8Array(FRAMED * FRAMED)
  for (let y = 0; y < SIDE; y++) for (let x = 0; x < SIDE; x++) open[(y + 1) * FRAMED + x + 1] = mask[y * SIDE + x] === 0 ? 0 : 1
  const stack = new Int32Array(PIXELS)
  stack[0] = framed(click)
  open[stack[0]] = 0
  flood(open, stack, 1)
  const part = new Uint8Array(PIXELS)
  for (let y = 0; y < SIDE; y++)
    for (let x = 0; x < SIDE; x++) part[y * SIDE + x] = mask[y * SIDE + x] !== 0 && open[(y + 1) * FRAMED + x + 1] === 0 ? 1 : 0
  return filled(part)
}

/**
 * The pixels of a level or above, and what does not hang together with the picture's edge outside
 * of them: 1, others 0.
 */
export function filled(levels: Uint8Array, level = 1): Uint8Array {
  const open = new Uint8Array(FRAMED * FRAMED)
  const stack = new Int32Array(PIXELS)
  let count = 0
  for (let y = 0; y < SIDE; y++)
    for (let x = 0; x < SIDE; x++) {
      if (levels[y * SIDE + x] >= level) continue
      const p = (y + 1) * FRAMED + x + 1
      if (x > 0 && y > 0 && x < SIDE - 1 && y < SIDE - 1) open[p] = 1
      else stack[count++] = p
    }
  flood(open, stack, count)
  const out = new Uint8Array(PIXELS)
  for (let y = 0; y < SIDE; y++)
    for (let x = 0; x < SIDE; x++) out[y * SIDE + x] = levels[y * SIDE + x] >= level || open[(y + 1) * FRAMED + x + 1] === 1 ? 1 : 0
  return out
}

/**
 * The level sets of a channel around a click: for each pixel the highest level from which it hangs
 * together with the click through pixels of no lower level; 0 where there is none.
 * @param levels one a pixel, 0 to `most`; the click has `most`
 */
export function joined(levels: Uint8Array, click: number, most: number): Uint8Array {
  const rest = new Uint8Array(FRAMED * FRAMED)
  for (let y = 0; y < SIDE; y++) rest.set(levels.subarray(y * SIDE, (y + 1) * SIDE), (y + 1) * FRAMED + 1)
  const found = new Uint8Array(FRAMED * FRAMED)
  const open: number[][] = Array.from({ length: most + 1 }, () => [])
  open[most].push(framed(click))
  found[framed(click)] = most
  for (let level = most; level > 0; level--)
    for (let p = open[level].pop(); p !== undefined; p = open[level].pop())
      for (let k = 0; k < 4; k++) {
        const q = p + NEIGHBOURS[k]
        if (found[q] !== 0 || rest[q] === 0) continue
        found[q] = Math.min(level, rest[q])
        open[found[q]].push(q)
      }
  const out = new Uint8Array(PIXELS)
  for (let y = 0; y < SIDE; y++) out.set(found.subarray((y + 1) * FRAMED + 1, (y + 2) * FRAMED - 1), y * SIDE)
  return out
}
