/** @file Boxes of the square: 1 where the mask may be, a rectangle. */
import { grabCut } from '../../pixels/grab-cut.ts'
import { boundingBox } from '../../pixels/mask.ts'
import { MAYBE_INSIDE, OUTSIDE } from '../../pixels/trimap.ts'
import type { Candidate } from '../candidates/candidate.ts'
import { filledPart, partsOf } from '../parts.ts'
import type { Scene } from '../scene.ts'
import { PIXELS, SIDE } from '../square.ts'

/** The middle pixel of a box. */
export function middleOf(box: Uint8Array): number {
  const [first, last] = [box.indexOf(1), box.lastIndexOf(1)]
  const middle = (a: number, b: number) => Math.floor((a + b) / 2)
  return middle(Math.floor(first / SIDE), Math.floor(last / SIDE)) * SIDE + middle(first % SIDE, last % SIDE)
}

/** GrabCut from a rectangle (Rother et al. 2004, §4): outside of it is background. */
export function boxCut({ small }: Scene, box: Uint8Array): Candidate[] {
  const mask = grabCut(
    small,
    box.map((own) => (own === 1 ? MAYBE_INSIDE : OUTSIDE)),
  )
  const parts = partsOf(mask, 4)
  const largest = parts.areas.indexOf(Math.max(...parts.areas))
  return largest < 0 ? [] : [{ name: 'box', mask: filledPart(parts, largest) }]
}

/** How much of the box the box around a mask takes, 0 to 1: people draw them tight. */
export function boxShare(mask: Uint8Array, box: Uint8Array): number {
  const area = (data: Uint8Array) => {
    const { width, height } = boundingBox({ width: SIDE, height: SIDE, data })!
    return width * height
  }
  return area(mask) / area(box)
}

export function leavesBox(mask: Uint8Array, box: Uint8Array): boolean {
  for (let i = 0; i < PIXELS; i++) if (mask[i] !== 0 && box[i] === 0) return true
  return false
}
