/**
 * @file The minimum cut between two terminals on a grid of pixels with eight neighbours each, by
 * Boykov & Kolmogorov's augmenting paths (An Experimental Comparison of Min-Cut/Max-Flow Algorithms
 * for Energy Minimization in Vision, PAMI 2004): two search trees, one from each terminal, that are
 * kept and repaired from one path to the next.
 *
 * The grid is implicit: a frame of one pixel that no edge reaches surrounds it, so that neighbours
 * are fixed offsets and need no checks.
 */
import { buffersFor, fill, type GridCapacities, IDLE, NONE } from './max-flow-grid.ts'

export interface Cut {
  /** Weight of the cut, which is the largest flow. */
  flow: number
  /** 1 for pixels on the source's side, else 0. */
  inside: Uint8Array
}

// A parent is one of eight directions, or one of these, or none.
const TERMINAL = 8
const ORPHAN = 9

/** The end of the list of active pixels; no pixel of the grid has number 0. */
const END = 0
const FAR = 2 ** 31 - 1

/**
 * Of equal cuts, that with the fewest pixels inside.
 * @example
 * const { inside } = minCut({ width, height, source, sink, right, down, downRight, downLeft })
 */
export function minCut(grid: GridCapacities): Cut {
  const { width, height } = grid
  const stride = width + 2
  const count = stride * (height + 2)
  // The reverse of direction d is d ^ 1.
  const offset = Int32Array.of(1, -1, stride, -stride, stride + 1, -stride - 1, stride - 1, 1 - stride)
  const buffers = buffersFor(count)
  const { capacity, terminal, parent, inSinkTree, time, distance, next, orphans } = buffers

  let flow = fill(grid, buffers, offset)
  let first = END
  let last = END
  let orphanCount = 0
  let now = 0

  for (let p = stride; p < count - stride; p++) if (terminal[p] !== 0) decide(p)
  // Trees grow from all pixels with a terminal, but those that are decided have no link left to
  // use.
  for (let p = stride; p < count - stride; p++) {
    if (terminal[p] === 0) continue
    inSinkTree[p] = terminal[p] < 0 ? 1 : 0
    parent[p] = TERMINAL
    distance[p] = 1
    activate(p)
  }

  for (let p = takeActive(); p !== END; ) {
    const direction = grow(p)
    now++
    if (direction < 0) {
      p = takeActive()
      continue
    }
    augment(p, direction)
    adopt()
    // The pixel is searched further, unless it lost its tree.
    if (parent[p] === NONE) p = takeActive()
  }

  const inside = new Uint8Array(width * height)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const p = (y + 1) * stride + x + 1
      if (parent[p] !== NONE && inSinkTree[p] === 0) inside[y * width + x] = 1
    }
  return { flow, inside }

  /**
   * A pixel whose terminal outweighs all its links is on that side of every minimum cut: its links
   * are used up at once, and become terminals of its neighbours.
   */
  function decide(p: number): void {
    const amount = Math.abs(terminal[p])
    const sink = terminal[p] < 0
    let sum = 0
    for (let d = 0; d < 8; d++) sum += sink ? capacity[(p + offset[d]) * 8 + (d ^ 1)] : capacity[p * 8 + d]
    if (amount < sum) return
    for (let d = 0; d < 8; d++) {
      const q = p + offset[d]
      const used = sink ? q * 8 + (d ^ 1) : p * 8 + d
      const back = sink ? p * 8 + d : q * 8 + (d ^ 1)
      const most = capacity[used]
      if (most === 0) continue
      capacity[used] = 0
      capacity[back] += most
      const given = sink ? -most : most
      // What meets its opposite at the neighbour has arrived.
      if (terminal[q] * given < 0) flow += Math.min(Math.abs(terminal[q]), most)
      terminal[p] -= given
      terminal[q] += given
    }
  }

  function activate(p: number): void {
    if (next[p] !== IDLE) return
    next[p] = END
    if (last === END) first = p
    else next[last] = p
    last = p
  }

  /** The next active pixel that belongs to a tree, or `END`. */
  function takeActive(): number {
    while (first !== END) {
      const p = first
      first = next[p]
      if (first === END) last = END
      next[p] = IDLE
      if (parent[p] !== NONE) return p
    }
    return END
  }

  /**
   * Takes free neighbours of p into its tree, until a neighbour of the other tree is met.
   * @returns the direction of that neighbour, or −1
   */
  function grow(p: number): number {
    const sink = inSinkTree[p]
    for (let d = 0; d < 8; d++) {
      const q = p + offset[d]
      if ((sink === 0 ? capacity[p * 8 + d] : capacity[q * 8 + (d ^ 1)]) <= 0) continue
      if (parent[q] === NONE) {
        inSinkTree[q] = sink
        parent[q] = d ^ 1
        time[q] = time[p]
        distance[q] = distance[p] + 1
        activate(q)
      } else if (inSinkTree[q] !== sink) return d
      else if (time[q] <= time[p] && distance[q] > distance[p]) {
        // A shorter way to the terminal.
        parent[q] = d ^ 1
        time[q] = time[p]
        distance[q] = distance[p] + 1
      }
    }
    return -1
  }

  /** Sends what fits along the path through p and its neighbour in a direction. */
  function augment(p: number, direction: number): void {
    const q = p + offset[direction]
    const s = inSinkTree[p] === 0 ? p : q
    const t = inSinkTree[p] === 0 ? q : p
    const middle = inSinkTree[p] === 0 ? p * 8 + direction : q * 8 + (direction ^ 1)
    const back = inSinkTree[p] === 0 ? q * 8 + (direction ^ 1) : p * 8 + direction
    let most = capacity[middle]
    let at = s
    for (let d = parent[at]; d !== TERMINAL; d = parent[at]) {
      at += offset[d]
      most = Math.min(most, capacity[at * 8 + (d ^ 1)])
    }
    most = Math.min(most, terminal[at])
    at = t
    for (let d = parent[at]; d !== TERMINAL; d = parent[at]) {
      most = Math.min(most, capacity[at * 8 + d])
      at += offset[d]
    }
    most = Math.min(most, -terminal[at])

    capacity[middle] -= most
    capacity[back] += most
    at = s
    for (let d = parent[at]; d !== TERMINAL; d = parent[at]) {
      const up = at + offset[d]
      capacity[at * 8 + d] += most
      capacity[up * 8 + (d ^ 1)] -= most
      if (capacity[up * 8 + (d ^ 1)] <= 0) orphan(at)
      at = up
    }
    terminal[at] -= most
    if (terminal[at] <= 0) orphan(at)
    at = t
    for (let d = parent[at]; d !== TERMINAL; d = parent[at]) {
      const up = at + offset[d]
      capacity[up * 8 + (d ^ 1)] += most
      capacity[at * 8 + d] -= most
      if (capacity[at * 8 + d] <= 0) orphan(at)
      at = up
    }
    terminal[at] += most
    if (terminal[at] >= 0) orphan(at)
    flow += most
  }

  function orphan(p: number): void {
    parent[p] = ORPHAN
    orphans[orphanCount++] = p
  }

  /** Finds new parents for the orphans in their own tree; those without one become free. */
  function adopt(): void {
    for (let i = 0; i < orphanCount; i++) {
      const p = orphans[i]
      const sink = inSinkTree[p]
      let best = NONE
      let nearest = FAR
      for (let d = 0; d < 8; d++) {
        const q = p + offset[d]
        if (parent[q] === NONE || inSinkTree[q] !== sink) continue
        if ((sink === 0 ? capacity[q * 8 + (d ^ 1)] : capacity[p * 8 + d]) <= 0) continue
        const steps = stepsToTerminal(q)
        if (steps < nearest) {
          nearest = steps
          best = d
        }
      }
      parent[p] = best
      if (best === NONE) abandon(p)
      else {
        time[p] = now
        distance[p] = nearest + 1
      }
    }
    orphanCount = 0
  }

  /** How far q is from its terminal, or `FAR` where its way ends at an orphan. */
  function stepsToTerminal(q: number): number {
    let steps = 0
    let at = q
    for (;;) {
      if (time[at] === now) {
        steps += distance[at]
        break
      }
      const d = parent[at]
      if (d === ORPHAN) return FAR
      steps++
      if (d === TERMINAL) {
        time[at] = now
        distance[at] = 1
        break
      }
      at += offset[d]
    }
    const total = steps
    for (at = q; time[at] !== now; at += offset[parent[at]]) {
      time[at] = now
      distance[at] = steps--
    }
    return total
  }

  /** A pixel without a parent: its children are orphans, and neighbours may take it in later. */
  function abandon(p: number): void {
    const sink = inSinkTree[p]
    for (let d = 0; d < 8; d++) {
      const q = p + offset[d]
      if (parent[q] === NONE || inSinkTree[q] !== sink) continue
      if ((sink === 0 ? capacity[q * 8 + (d ^ 1)] : capacity[p * 8 + d]) > 0) activate(q)
      if (parent[q] < TERMINAL && q + offset[parent[q]] === p) orphan(q)
    }
  }
}
