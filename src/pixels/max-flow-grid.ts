/**
 * @file What a minimum cut works on (`max-flow.ts`): the capacities of a grid of pixels, and the
 * memory that one cut after another uses again.
 */

/** Capacities, zero or more. */
export interface GridCapacities {
  width: number
  height: number
  /** Of the edge from the source to a pixel: what it costs to leave the pixel outside. */
  source: Float64Array
  /** Of the edge from a pixel to the sink: what it costs to have the pixel inside. */
  sink: Float64Array
  /**
   * Of the edges between a pixel and its neighbours, both ways alike. Those that lead out of the
   * grid are ignored.
   */
  right: Float32Array
  down: Float32Array
  downRight: Float32Array
  downLeft: Float32Array
}

/** A pixel without a parent in either tree. */
export const NONE = 10
/** What `next` holds for a pixel that is not in the list of active ones. */
export const IDLE = -1

/** The state of a cut, by pixels of the grid in its frame of one pixel. */
export interface Buffers {
  /** Pixels that fit in. */
  size: number
  /** Residual capacities to the eight neighbours of a pixel. */
  capacity: Float64Array
  /** Residual capacity from the source (positive) or to the sink (negative). */
  terminal: Float64Array
  parent: Uint8Array
  inSinkTree: Uint8Array
  /** When a pixel's way to its terminal was last checked, and how long it was. */
  time: Int32Array
  distance: Int32Array
  next: Int32Array
  orphans: Int32Array
}

/** Up to so many pixels, frame included, buffers wait for the next cut: 128 × 128 and less. */
const MOST_KEPT = 130 * 130
let kept: Buffers | undefined

/**
 * Buffers as they are before a cut, for so many pixels or more.
 * @example
 * const { capacity, terminal } = buffersFor((width + 2) * (height + 2))
 */
export function buffersFor(count: number): Buffers {
  const buffers = kept && count <= kept.size ? kept : newBuffers(Math.max(count, MOST_KEPT))
  if (count <= MOST_KEPT) kept = buffers
  buffers.capacity.fill(0, 0, count * 8)
  buffers.terminal.fill(0, 0, count)
  buffers.parent.fill(NONE, 0, count)
  buffers.inSinkTree.fill(0, 0, count)
  buffers.time.fill(0, 0, count)
  buffers.distance.fill(0, 0, count)
  buffers.next.fill(IDLE, 0, count)
  return buffers
}

function newBuffers(size: number): Buffers {
  return {
    size,
    capacity: new Float64Array(size * 8),
    terminal: new Float64Array(size),
    parent: new Uint8Array(size),
    inSinkTree: new Uint8Array(size),
    time: new Int32Array(size),
    distance: new Int32Array(size),
    next: new Int32Array(size),
    orphans: new Int32Array(size),
  }
}

/**
 * Writes a grid's capacities.
 * @param offset from a pixel to its neighbours, by direction
 * @returns the flow straight through each pixel, which is there however the rest is cut
 * @example
 * const flow = fill(grid, buffers, offset)
 */
export function fill(
  { width, height, source, sink, ...links }: GridCapacities,
  { capacity, terminal }: Buffers,
  offset: Int32Array,
): number {
  const { right, down, downRight, downLeft } = links
  let flow = 0
  for (let y = 0, i = 0, p = width + 3; y < height; y++, p += 2)
    for (let x = 0; x < width; x++, i++, p++) {
      const last = x + 1 === width
      const below = y + 1 < height
      if (!last) link(capacity, p, 0, offset[0], right[i])
      if (below) link(capacity, p, 2, offset[2], down[i])
      if (below && !last) link(capacity, p, 4, offset[4], downRight[i])
      if (below && x > 0) link(capacity, p, 6, offset[6], downLeft[i])
      flow += Math.min(source[i], sink[i])
      terminal[p] = source[i] - sink[i]
    }
  return flow
}

/** Both ways between a pixel and its neighbour; the reverse of direction d is d ^ 1. */
function link(capacity: Float64Array, p: number, direction: number, offset: number, weight: number): void {
  if (weight === 0) return
  capacity[p * 8 + direction] = weight
  capacity[(p + offset) * 8 + (direction ^ 1)] = weight
}
