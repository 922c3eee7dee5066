/**
 * @file Objects that touch, taken apart where they are narrow: the middle of each is a maximum of
 * the distance to the outside, and the watershed of that distance separates them. Of the maxima
 * those count that stand out (Grimaud, New Measure of Contrast: the Dynamics, 1992; the h-maxima
 * of mathematical morphology): floods from all maxima at once meet at saddles, and where two
 * meet, the lower one stays an object of its own only if the neck between them is narrow.
 */
import { components } from './components.ts'
import { distanceTransform } from './distance-transform.ts'
import { type Mask, maskWhere } from './mask.ts'
import { watershed } from './watershed.ts'

export interface SplitOptions {
  /** The widest neck, as a share of the smaller object's width, at which two objects are parted. */
  neck?: number
  /** By how many pixels, at least, the smaller object's radius exceeds half of the neck's width. */
  depth?: number
  /** Middles are at least so many pixels apart. */
  distance?: number
}

export interface Objects {
  /** One number a pixel: 0 outside, 1 … count in the order of the objects' middles. */
  labels: Int32Array
  count: number
}

/**
 * @throws AdzusError unless it is a mask
 * @example
 * const { labels, count } = splitTouching(nuclei)
 */
export function splitTouching(mask: Mask, options: SplitOptions = {}): Objects {
  const { width, height } = mask
  const outside = maskWhere(mask, (value) => value === 0)
  const radius = distanceTransform(outside)
  if (radius[0] === Number.POSITIVE_INFINITY) return { labels: new Int32Array(radius.length).fill(1), count: 1 }
  const markers = new Int32Array(radius.length)
  const middles = middlesOf(radius, width, height, options)
  for (const [i, at] of middles.entries()) markers[at] = i + 1
  const { labels, several } = undivided(mask, middles)
  const divided = watershed({ width, height, heights: radius.map((r) => -r) }, markers, several)
  takeCorners(divided, { width, height, data: several })
  for (let i = 0; i < labels.length; i++) if (several[i] !== 0) labels[i] = divided[i]
  return { labels, count: middles.length }
}

/**
 * The parts that have one middle get its number; `several` is 255 in the others, which alone need
 * the watershed.
 */
function undivided(mask: Mask, middles: Int32Array): { labels: Int32Array; several: Uint8Array } {
  const { labels: parts, count } = components(mask, 8)
  const numbers = new Int32Array(count + 1)
  for (const [i, at] of middles.entries()) numbers[parts[at]] = numbers[parts[at]] === 0 ? i + 1 : SEVERAL
  const several = new Uint8Array(parts.length)
  for (let i = 0; i < parts.length; i++) {
    const number = numbers[parts[i]]
    if (number === SEVERAL) several[i] = 255
    parts[i] = number === SEVERAL ? 0 : number
  }
  return { labels: parts, several }
}

const SEVERAL = -1

/** The pixels of the maxima that stand out, in reading order. */
function middlesOf(
  radius: Float64Array,
  width: number,
  height: number,
  { neck = 0.85, depth = 1, distance = 3 }: SplitOptions,
): Int32Array {
  const parents = new Int32Array(radius.length).fill(-1)
  const isMiddle = new Uint8Array(radius.length)
  // A root is the highest pixel of its part, since higher pixels come first.
  const root = (i: number): number => {
    while (parents[i] !== i) {
      parents[i] = parents[parents[i]]
      i = parents[i]
    }
    return i
  }
  const meet = (a: number, b: number, saddle: number) => {
    if (a === b) return
    const [higher, lower] = radius[a] > radius[b] || (radius[a] === radius[b] && a < b) ? [a, b] : [b, a]
    const apart = Math.hypot((a % width) - (b % width), Math.floor(a / width) - Math.floor(b / width))
    const parted = saddle <= neck * radius[lower] && radius[lower] - saddle >= depth && apart >= distance
    if (!parted) isMiddle[lower] = 0
    parents[lower] = higher
  }
  for (const i of byFallingRadius(radius)) {
    parents[i] = i
    isMiddle[i] = 1
    const [x, y] = [i % width, Math.floor(i / width)]
    for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++)
      for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) {
        const j = v * width + u
        if (j !== i && parents[j] >= 0) meet(root(i), root(j), radius[i])
      }
  }
  const middles = new Int32Array(isMiddle.length)
  let count = 0
  for (let i = 0; i < isMiddle.length; i++) if (isMiddle[i] === 1) middles[count++] = i
  return middles.subarray(0, count)
}

/** All pixels inside, by counting: squares of distances between pixels are whole numbers. */
function byFallingRadius(radius: Float64Array): Int32Array {
  const squares = Int32Array.from(radius, (r) => Math.round(r * r))
  const most = squares.reduce((a, b) => Math.max(a, b), 0)
  const starts = new Int32Array(most + 2)
  for (const square of squares) starts[most - square + 1]++
  for (let i = 1; i < starts.length; i++) starts[i] += starts[i - 1]
  const order = new Int32Array(squares.length)
  for (let i = 0; i < squares.length; i++) order[starts[most - squares[i]]++] = i
  // Those at distance 0 are outside, and come last.
  let inside = 0
  while (inside < order.length && squares[order[inside]] > 0) inside++
  return order.subarray(0, inside)
}

/** Water flows along sides: pixels that hang on by a corner take the number across it. */
function takeCorners(labels: Int32Array, { width, height, data }: Mask): void {
  for (let found = true; found; ) {
    found = false
    for (let i = 0; i < labels.length; i++) {
      if (data[i] === 0 || labels[i] !== 0) continue
      const [x, y] = [i % width, Math.floor(i / width)]
      for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++)
        for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) if (labels[i] === 0) labels[i] = labels[v * width + u]
      found ||= labels[i] !== 0
    }
  }
}
