/**
 * @file The field of view: what an instrument shows of a picture with a black frame, as fundus,
 * dermoscopy and endoscopy have. The border of the background lies along it.
 */
import { blur } from '../pixels/blur.ts'
import { components } from '../pixels/components.ts'
import { type Mask, maskWhere } from '../pixels/mask.ts'
import { dilate, fillHoles, labelsAtEdge } from '../pixels/morphology.ts'
import { channelOf, type Picture } from '../pixels/picture.ts'
import { SIDE } from './square.ts'

// All chosen on development pictures (docs/masks.md).
/** A pixel is black where no channel is this bright, of 255. */
const BLACK = 30
/** A frame takes at least this share of a picture. */
const LEAST_FRAME = 0.01
/** A field takes at least this share of a picture, and of its own convex hull. */
const LEAST_FIELD = 0.3
const LEAST_CONVEX = 0.95
/** Frames are soft: so many pixels along the frame do not count as field. */
const RIM = 2

/**
 * 1 inside the field of view, 0 in the frame, one a pixel; all 1 where there is no frame.
 * @param small SIDE × SIDE pixels
 */
export function fieldOfView(small: Picture): Uint8Array {
  const whole = new Uint8Array(small.data.length / 3).fill(1)
  const frame = frameOf(small)
  const taken = frame.data.reduce((sum, value) => sum + (value === 0 ? 0 : 1), 0)
  if (taken < LEAST_FRAME * whole.length) return whole
  const { labels, areas, count } = components(not(frame), 4)
  if (count === 0) return whole
  const largest = areas.indexOf(Math.max(...areas.subarray(1)), 1)
  const field = fillHoles(maskWhere({ ...frame, data: labels }, (label) => label === largest))
  const area = field.data.reduce((sum, value) => sum + (value === 0 ? 0 : 1), 0)
  if (area < LEAST_FIELD * whole.length || area < LEAST_CONVEX * hullArea(field)) return whole
  // Eroded where it meets the frame, not along the picture's own edge.
  let outside = not(field)
  for (let i = 0; i < RIM; i++) outside = dilate(outside)
  return outside.data.map((value) => (value === 0 ? 1 : 0))
}

const not = (mask: Mask): Mask => maskWhere(mask, (value) => value === 0)

/** The black pixels that are connected with the picture's edge. */
function frameOf({ width, height, data }: Picture): Mask {
  const channel = (c: number) => blur(channelOf(data, c), width, height, SIDE / 128, 3)
  const [r, g, b] = [channel(0), channel(1), channel(2)]
  const black = maskWhere({ width, height, data: r }, (_, i) => Math.round(Math.max(r[i], g[i], b[i])) < BLACK)
  const { labels } = components(black, 4)
  const atEdge = labelsAtEdge(labels, black)
  return maskWhere({ ...black, data: labels }, (label) => label !== 0 && atEdge.has(label))
}

/** Pixels in the convex hull of a mask's pixels. */
export function hullArea({ width, height, data }: Mask): number {
  const points: [number, number][] = []
  for (let y = 0; y < height; y++) {
    const row = y * width
    let first = 0
    while (first < width && data[row + first] === 0) first++
    if (first === width) continue
    points.push([first, y])
    let last = width - 1
    while (data[row + last] === 0) last--
    if (last > first) points.push([last, y])
  }
  const hull = [...chainOf(points), ...chainOf(points.reverse())]
  if (hull.length === 0) return points.length
  // Pick's theorem: lattice points = area + half of those on the outline + 1.
  let [twice, along] = [0, 0]
  for (const [i, [x, y]] of hull.entries()) {
    const [u, v] = hull[(i + 1) % hull.length]
    twice += x * v - u * y
    along += divisor(Math.abs(u - x), Math.abs(v - y))
  }
  return Math.abs(twice) / 2 + along / 2 + 1
}

/** One side of the hull of points in order (Andrew's monotone chain), without its last point. */
function chainOf(points: readonly [number, number][]): [number, number][] {
  const chain: [number, number][] = []
  for (const [x, y] of points) {
    while (chain.length >= 2) {
      const [[ax, ay], [bx, by]] = [chain[chain.length - 2], chain[chain.length - 1]]
      if ((bx - ax) * (y - ay) - (by - ay) * (x - ax) > 0) break
      chain.pop()
    }
    chain.push([x, y])
  }
  return chain.slice(0, -1)
}

const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b))
