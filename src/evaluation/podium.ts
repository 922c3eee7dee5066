/**
 * @file The worst and the best pictures of each set, with the outlines of truth and result: all
 * that is kept of masks, so that memory does not grow with the number of pictures.
 */
import type { Mask } from '../pixels/mask.ts'
import type { Case } from './case.ts'
import { outline } from './outline.ts'

/** A picture of a report. */
export interface Shown {
  image: string
  method: string
  dice: number
  /** Of the picture, in pixels. */
  width: number
  height: number
  /** Paths of SVG at thumbnail size. */
  truth: string
  result: string
}

export interface Standing {
  worst: Shown[]
  best: Shown[]
}

type Measured = Pick<Case, 'set' | 'image' | 'method'> & { figures: { dice: number } }

interface Masked {
  mask: Mask
}

/** Pictures of each kind. */
const PLACES = 2

export class Podium {
  readonly sets: Map<string, Standing>

  /** @param sets where an earlier run has come to */
  constructor(sets: Record<string, Standing> = {}) {
    this.sets = new Map(Object.entries(sets))
  }

  /** Takes a picture in, if it is among the worst or the best of its set. */
  add({ set, image, method, figures: { dice } }: Measured, { mask: truth }: Masked, { mask: result }: Masked): void {
    const standing = this.sets.get(set) ?? { worst: [], best: [] }
    this.sets.set(set, standing)
    let shown: Shown | undefined
    const make = () => {
      const { width, height } = truth
      shown ??= { image, method, dice, width, height, truth: outline(truth), result: outline(result) }
      return shown
    }
    insert(standing.worst, dice, make, (a, b) => a - b)
    insert(standing.best, dice, make, (a, b) => b - a)
  }
}

/** Of equal ones the first stays. */
function insert(list: Shown[], dice: number, make: () => Shown, order: (a: number, b: number) => number): void {
  const place = list.findIndex((other) => order(dice, other.dice) < 0)
  const at = place < 0 ? list.length : place
  if (at >= PLACES) return
  list.splice(at, 0, make())
  list.length = Math.min(list.length, PLACES)
}
