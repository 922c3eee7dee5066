/** @file What stands out in a picture that was looked at. */
import type { Scene } from '../../foreground/scene.ts'
import type { Grid } from '../../tensor/index.ts'

/** What stands out, cell by cell. */
export interface ProminenceMap {
  grid: Grid
  /** One a cell, 0 to 1, row-major. */
  values: Float32Array
}

/** Of a scene's strengths of absorption, the one that favours neither small nor large objects. */
const SIGMA = 0.5

/** The prominence of every cell. */
export function prominenceOf({ grid, prominences }: Scene): ProminenceMap {
  const { cells } = prominences.find(({ sigma }) => sigma === SIGMA)!
  return { grid: { ...grid }, values: cells.slice() }
}
