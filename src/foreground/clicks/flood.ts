/**
 * @file Parts around a click: what hangs together with it along sides, and the holes in it.
 *
 * Levels are flooded one after another, from buckets: a list of waiting pixels for each level.
 */
import { filledPart, partsOf } from '../parts.ts'
import { PIXELS, SIDE } from '../square.ts'

/** Pixels of a row with one of frame on either side, so that neighbours need no check. */
const FRAMED = SIDE + 2
const NEIGHBOURS = [1, -1, FRAMED, -FRAMED]
/** Levels are bytes. */
const BUCKETS = 256
const END = -1

// Buffers of the flood in hand.
const ground = new Uint8Array(FRAMED * FRAMED)
const found = new Uint8Array(FRAMED * FRAMED)
/** The pixel on top of each bucket, and the one below each pixel. */
const tops = new Int32Array(BUCKETS)
const below = new Int32Array(FRAMED * FRAMED)

const framed = (i: number) => (Math.floor(i / SIDE) + 1) * FRAMED + (i % SIDE) + 1

/** Puts levels into the frame, which keeps 0. */
function surround(levels: Uint8Array): void {
  for (let y = 0; y < SIDE; y++) ground.set(levels.subarray(y * SIDE, (y + 1) * SIDE), (y + 1) * FRAMED + 1)
}

/** What was found, without the frame. */
function cropped(): Uint8Array {
  const out = new Uint8Array(PIXELS)
  for (let y = 0; y < SIDE; y++) out.set(found.subarray((y + 1) * FRAMED + 1, (y + 2) * FRAMED - 1), y * SIDE)
  return out
}

/** The part of a mask under a click, holes filled: 1 inside. Nothing where the click is outside. */
export function partAt(mask: Uint8Array, click: number): Uint8Array | undefined {
  if (mask[click] === 0) return undefined
  const parts = partsOf(mask, 4)
  const { part } = parts.runs.find(({ start, end }) => start <= click && click < end)!
  return filledPart(parts, part)
}

/**
 * Level sets with their holes filled, all at once: for each pixel the highest level at which it is
 * inside, or does not hang together with the picture's edge outside. It is the least of the highest
 * levels on all ways to the edge.
 */
export function filled(levels: Uint8Array): Uint8Array {
  surround(levels)
  // The frame is reached, as it were, and no pixel inside of it.
  found.fill(0)
  for (let y = 1; y <= SIDE; y++) found.fill(UNREACHED, y * FRAMED + 1, (y + 1) * FRAMED - 1)
  tops.fill(END)
  const last = (FRAMED - 2) * FRAMED
  for (let k = 1; k <= SIDE; k++) {
    reach(FRAMED + k, 0)
    reach(last + k, 0)
    reach(k * FRAMED + 1, 0)
    reach(k * FRAMED + SIDE, 0)
  }
  for (let level = 0; level < UNREACHED; level++)
    for (let p = tops[level]; p !== END; p = tops[level]) {
      tops[level] = below[p]
      for (let k = 0; k < 4; k++) reach(p + NEIGHBOURS[k], level)
    }
  return cropped()
}

/** No level that a pixel may have. */
const UNREACHED = BUCKETS - 1

/** Reaches a pixel, the first time, by a way whose highest level is known. */
function reach(p: number, level: number): void {
  if (found[p] !== UNREACHED) return
  found[p] = Math.max(level, ground[p])
  below[p] = tops[found[p]]
  tops[found[p]] = p
}

/**
 * The level sets of a channel around a click: for each pixel the highest level from which it hangs
 * together with the click through pixels of no lower level; 0 where there is none.
 * @param levels one a pixel, 0 to `most`; the click has `most`
 */
export function joined(levels: Uint8Array, click: number, most: number): Uint8Array {
  surround(levels)
  found.fill(0)
  tops.fill(END)
  const start = framed(click)
  found[start] = most
  below[start] = END
  tops[most] = start
  for (let level = most; level > 0; level--)
    for (let p = tops[level]; p !== END; p = tops[level]) {
      tops[level] = below[p]
      for (let k = 0; k < 4; k++) {
        const q = p + NEIGHBOURS[k]
        if (found[q] !== 0 || ground[q] === 0) continue
        found[q] = Math.min(level, ground[q])
        below[q] = tops[found[q]]
        tops[found[q]] = q
      }
    }
  return cropped()
}
