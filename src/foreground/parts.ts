/**
 * @file Connected parts of masks of the square, by runs: stretches of a row that are inside. There
 * are far fewer of them than pixels, and hundreds of masks are looked at for one picture.
 */
import { PIXELS, SIDE } from './square.ts'

/** The parts of a mask, numbered from 0 in the order of their first pixels. */
export interface Parts {
  /** Pixels of each. */
  areas: number[]
  /** The runs of each part: pixel positions from … to before. */
  runs: { start: number; end: number; part: number }[]
}

/** Where the runs of the mask in hand start and end, and the first run that each belongs to. */
const starts = new Int32Array(PIXELS / 2)
const ends = new Int32Array(PIXELS / 2)
const parents = new Int32Array(PIXELS / 2)

/**
 * @param mask 0 outside, else inside, one a pixel of the square
 * @param connectivity 4: parts touch along sides; 8: at corners as well
 */
export function partsOf(mask: Uint8Array, connectivity: 4 | 8): Parts {
  const count = findRuns(mask, connectivity === 8 ? 1 : 0)
  const numbers = new Int32Array(count)
  const areas: number[] = []
  const runs: Parts['runs'] = []
  for (let run = 0; run < count; run++) {
    // A parent comes before: it has its number already.
    const part = parents[run] === run ? areas.push(0) - 1 : numbers[parents[run]]
    numbers[run] = part
    areas[part] += ends[run] - starts[run]
    runs.push({ start: starts[run], end: ends[run], part })
  }
  return { areas, runs }
}

/**
 * Finds the runs, and joins those of neighbouring rows that touch.
 * @param reach 1 over corners, else 0
 */
function findRuns(mask: Uint8Array, reach: number): number {
  let [count, above, aboveEnd] = [0, 0, 0]
  for (let row = 0; row < PIXELS; row += SIDE) {
    const first = count
    for (let i = row; i < row + SIDE; i++) {
      if (mask[i] === 0) continue
      const start = i
      while (i < row + SIDE && mask[i] !== 0) i++
      starts[count] = start
      ends[count] = i
      parents[count] = count
      // Runs of the row above that end before this one starts touch no later one, either.
      while (above < aboveEnd && ends[above] + SIDE + reach <= start) above++
      for (let other = above; other < aboveEnd && starts[other] + SIDE < i + reach; other++) join(other, count)
      count++
    }
    above = first
    aboveEnd = count
  }
  return count
}

function root(run: number): number {
  while (parents[run] !== run) {
    // Halves the way for those who come after.
    parents[run] = parents[parents[run]]
    run = parents[run]
  }
  return run
}

function join(a: number, b: number): void {
  const first = root(a)
  const second = root(b)
  if (first < second) parents[second] = first
  else parents[first] = second
}

/** What is known of a pixel while a part is filled. */
const [DRY, WALL, WET] = [0, 1, 2]
const state = new Uint8Array((SIDE + 2) * (SIDE + 2))
const stack = new Int32Array((SIDE + 2) * (SIDE + 2))

/**
 * A part with all that it encloses: 1 inside, 0 outside. What touches the outside along a side is
 * not enclosed.
 */
export function filledPart({ runs }: Parts, part: number): Uint8Array {
  const own = runs.filter((run) => run.part === part)
  const top = Math.floor(own[0].start / SIDE)
  const bottom = Math.floor(own[own.length - 1].start / SIDE)
  let [left, right] = [SIDE, 0]
  for (const { start, end } of own) {
    left = Math.min(left, start % SIDE)
    right = Math.max(right, (end - 1) % SIDE)
  }
  // The box around it with a margin of one pixel is flooded from outside; what stays dry is inside.
  const width = right - left + 3
  const length = width * (bottom - top + 3)
  state.fill(DRY, 0, length)
  const inBox = (pixel: number) => (Math.floor(pixel / SIDE) - top + 1) * width + (pixel % SIDE) - left + 1
  for (const { start, end } of own) state.fill(WALL, inBox(start), inBox(start) + end - start)
  flood(width, length)
  const mask = new Uint8Array(PIXELS)
  for (let y = top; y <= bottom; y++)
    for (let x = left, at = (y - top + 1) * width + 1; x <= right; x++, at++) if (state[at] !== WET) mask[y * SIDE + x] = 1
  return mask
}

/** Wets the margin, and what is connected with it along sides. */
function flood(width: number, length: number): void {
  let depth = 0
  const visit = (i: number) => {
    if (state[i] !== DRY) return
    state[i] = WET
    stack[depth++] = i
  }
  // The margin first, so that steps to the left and right need no checks: rows run into each other
  // there.
  for (let i = 0; i < width; i++) {
    visit(i)
    visit(length - 1 - i)
  }
  for (let i = width; i < length; i += width) {
    visit(i)
    visit(i + width - 1)
  }
  while (depth > 0) {
    const i = stack[--depth]
    if (i > 0) visit(i - 1)
    if (i + 1 < length) visit(i + 1)
    if (i >= width) visit(i - width)
    if (i + width < length) visit(i + width)
  }
}
