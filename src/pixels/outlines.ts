/**
 * @file The outlines of a label map as polygons along the edges of its pixels.
 *
 * A pixel (x, y) is the square from corner (x, y) to corner (x + 1, y + 1). Its label's parts are
 * connected along sides; each is one polygon with holes. All labels are traced in one pass: every
 * ring has an edge with its inside below it, and is followed from the first such edge that no ring
 * has gone over. The work is proportional to the pixels and to the lengths of the outlines.
 */
import { must } from '../arguments.ts'
import { type LabelMap, mustBeMap } from './label-map.ts'
import { type Runs, runsOf } from './runs.ts'

/**
 * Corners of pixels, x and y in turn, the first once more at the end. No corner comes twice
 * otherwise, and none lies on the straight line between its neighbours: a ring is simple.
 */
export type Ring = Int32Array

/**
 * A part of a label that is connected along sides, as rings: the outer one, then those of its
 * holes. By the shoelace formula, x to the right and y downwards, the outer one's area is positive
 * and those of holes are negative. Rings may touch in single corners and share no edge.
 */
export type Polygon = readonly [outer: Ring, ...holes: Ring[]]

/** Right, down, left, up: each is a turn to the right from the one before. */
const STEP_X = [1, 0, -1, 0]
const STEP_Y = [0, 1, 0, -1]
/** From a corner, the pixel ahead of it to the right and to the left of each direction. */
const RIGHT_X = [0, -1, -1, 0]
const RIGHT_Y = [0, 0, -1, -1]
const LEFT_X = [0, 0, -1, -1]
const LEFT_Y = [-1, 0, 0, -1]

/**
 * The polygons of every label but 0, in the order of their first pixels. Of a mask, whose inside is
 * 255, they are those of label 255.
 * @param map at most 2^28 pixels, sides of at most 2^28
 * @returns for each label that occurs its polygons; their areas (`ringArea` of all rings) add up to
 *   the label's number of pixels
 * @throws AdzusError unless it is a label map
 * @example
 * const polygons = outlines({ width, height, data: labels }).get(3) ?? []
 */
export function outlines(map: LabelMap): Map<number, Polygon[]> {
  mustBeMap('map', map)
  must('map', map.data.length <= 2 ** 28, 'at most 2^28 pixels', map.data.length)
  const { width, height, data } = map
  const runs = runsOf(map)
  const tracer = new Tracer(map)
  const found = new Map<number, Polygon[]>()
  /** Of each part, by the number of its first run, its polygon. */
  const polygons = new Map<number, [Ring, ...Ring[]]>()
  const isInside = (x: number, y: number, label: number) => y >= 0 && data[y * width + x] === label
  for (let y = 0, run = 0; y < height; y++)
    for (; run < runs.rows[y + 1]; run++) {
      const first = runs.starts[run]
      const label = data[y * width + first]
      if (label === 0) continue
      const end = endOf(runs, run, y, width)
      for (let x = first; x < end; x++) {
        if (isInside(x, y - 1, label) || tracer.hasPassed(x, y)) continue
        const rings = tracer.trace(x, y, label)
        const part = runs.root(run)
        const polygon = polygons.get(part)
        if (polygon) polygon.push(...rings)
        else {
          // The first edge of a part is on its outer ring; loops that were cut off are holes.
          const outer = rings.findIndex((ring) => ringArea(ring) > 0)
          const made: [Ring, ...Ring[]] = [rings[outer], ...rings.filter((_, i) => i !== outer)]
          polygons.set(part, made)
          const list = found.get(label)
          if (list) list.push(made)
          else found.set(label, [made])
        }
      }
    }
  return found
}

/**
 * The area within a ring in pixels, by the shoelace formula; of a hole it is negative.
 * @example
 * const polygons = outlines({ width, height, data: mask }).get(255) ?? []
 * const area = polygons.flat().reduce((sum, ring) => sum + ringArea(ring), 0)
 */
export function ringArea(ring: Ring): number {
  let sum = 0
  for (let i = 0; i + 3 < ring.length; i += 2) sum += ring[i] * ring[i + 3] - ring[i + 2] * ring[i + 1]
  return sum / 2
}

function endOf({ starts, rows }: Runs, run: number, y: number, width: number): number {
  return run + 1 < rows[y + 1] ? starts[run + 1] : width
}

/** Follows rings, and knows over which edges it has gone. */
class Tracer {
  readonly #map: LabelMap
  /** A bit for each pixel whose upper edge has been gone over. */
  readonly #passed: Uint8Array

  constructor(map: LabelMap) {
    this.#map = map
    this.#passed = new Uint8Array(Math.ceil(map.data.length / 8))
  }

  hasPassed(x: number, y: number): boolean {
    const i = y * this.#map.width + x
    return (this.#passed[i >> 3] & (1 << (i & 7))) !== 0
  }

  /**
   * Follows the ring that goes along the upper edge of a pixel, to the right, with its label to
   * the right hand. Where diagonal pixels meet in a corner it stays with its pixel; what comes to
   * such a corner twice is cut into two rings there.
   */
  trace(startX: number, startY: number, label: number): Ring[] {
    const { width, height, data } = this.#map
    const isInside = (x: number, y: number) => x >= 0 && y >= 0 && x < width && y < height && data[y * width + x] === label
    const rings: Ring[] = []
    /** Corners so far, x and y in turn; and where in them those are that may come again. */
    const corners: number[] = []
    const meetings = new Map<number, number>()
    const turnAt = (x: number, y: number, isMeeting: boolean) => {
      if (isMeeting) {
        const key = y * (width + 1) + x
        const before = meetings.get(key)
        if (before !== undefined) {
          rings.push(closed(corners.splice(before)))
          meetings.delete(key)
        } else meetings.set(key, corners.length)
      }
      corners.push(x, y)
    }
    let [x, y, direction] = [startX, startY, 0]
    turnAt(x, y, isInside(x - 1, y - 1) && !isInside(x - 1, y))
    for (;;) {
      if (direction === 0) {
        const i = y * width + x
        this.#passed[i >> 3] |= 1 << (i & 7)
      }
      x += STEP_X[direction]
      y += STEP_Y[direction]
      const left = isInside(x + LEFT_X[direction], y + LEFT_Y[direction])
      const right = isInside(x + RIGHT_X[direction], y + RIGHT_Y[direction])
      if (right && !left) continue
      direction = (direction + (right ? 3 : 1)) & 3
      if (x === startX && y === startY && direction === 0) break
      turnAt(x, y, left && !right)
    }
    rings.push(closed(corners))
    return rings
  }
}

function closed(corners: readonly number[]): Ring {
  const ring = new Int32Array(corners.length + 2)
  ring.set(corners)
  ring.set(corners.slice(0, 2), corners.length)
  return ring
}
