/** @file Connected parts of masks of the square, with their holes filled. */
import { type Components, components } from '../pixels/components.ts'
import { PIXELS, SIDE } from './square.ts'

/** The parts of a mask (not 0); parts touch along sides. */
export const partsAlongSides = (mask: Uint8Array): Components => components({ width: SIDE, height: SIDE, data: mask }, 4)

/**
 * Parts by their numbers, with all that they enclose: 1 inside, 0 outside. What touches the outside
 * along a side is not enclosed.
 * @param labels one number a pixel of the square
 * @param wanted the numbers of the parts, at least one
 * @example
 * const [largest] = filledParts(partsAlongSides(mask).labels, [1])
 */
export function filledParts(labels: Int32Array, wanted: readonly number[]): Uint8Array[] {
  const boxes = boxesOf(labels)
  return wanted.map((label) => fillPart(labels, label, boxes(label)))
}

interface Box {
  left: number
  right: number
  top: number
  bottom: number
}

/** The box around each number's pixels. */
function boxesOf(labels: Int32Array): (label: number) => Box {
  let most = 0
  for (let i = 0; i < PIXELS; i++) if (labels[i] > most) most = labels[i]
  const sides = new Int16Array(4 * (most + 1))
  for (let label = 0; label <= most; label++) sides.set([SIDE, -1, SIDE, -1], 4 * label)
  for (let y = 0, i = 0; y < SIDE; y++)
    for (let x = 0; x < SIDE; x++, i++) {
      const at = 4 * labels[i]
      if (at === 0) continue
      if (x < sides[at]) sides[at] = x
      if (x > sides[at + 1]) sides[at + 1] = x
      if (y < sides[at + 2]) sides[at + 2] = y
      sides[at + 3] = y
    }
  return (label) => {
    const [left, right, top, bottom] = sides.subarray(4 * label, 4 * label + 4)
    return { left, right, top, bottom }
  }
}

/** Floods the box from a margin of one pixel around it; what stays dry is inside. */
function fillPart(labels: Int32Array, label: number, { left, right, top, bottom }: Box): Uint8Array {
  const width = right - left + 3
  const height = bottom - top + 3
  const blocked = new Uint8Array(width * height)
  for (let y = top; y <= bottom; y++)
    for (let x = left; x <= right; x++) if (labels[y * SIDE + x] === label) blocked[(y - top + 1) * width + x - left + 1] = 1
  const stack = new Int32Array(width * height)
  let depth = 0
  const visit = (i: number) => {
    if (blocked[i] !== 0) return
    blocked[i] = 2
    stack[depth++] = i
  }
  visit(0)
  while (depth > 0) {
    const i = stack[--depth]
    const x = i % width
    if (x > 0) visit(i - 1)
    if (x + 1 < width) visit(i + 1)
    if (i >= width) visit(i - width)
    if (i + width < blocked.length) visit(i + width)
  }
  const mask = new Uint8Array(PIXELS)
  for (let y = top; y <= bottom; y++)
    for (let x = left; x <= right; x++) if (blocked[(y - top + 1) * width + x - left + 1] !== 2) mask[y * SIDE + x] = 1
  return mask
}
