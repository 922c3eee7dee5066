/** @file What stands out in a picture that was looked at. */
import type { RgbRaster } from '../../image/raster.ts'
import type { Grid } from '../../tensor/index.ts'
import type { Sight } from '../answer.ts'
import { sceneOf } from '../scene-of.ts'

/** What stands out, cell by cell. */
export interface ProminenceMap {
  grid: Grid
  /** One a cell, 0 to 1, row-major. */
  values: Float32Array
}

/** Of a scene's strengths of absorption, the one that favours neither small nor large objects. */
const SIGMA = 0.5

/** The prominence of every cell. */
export async function prominenceOf(sight: Sight, raster: RgbRaster): Promise<ProminenceMap> {
  const { grid, prominences } = await sceneOf(sight, raster)
  const { cells } = prominences.find(({ sigma }) => sigma === SIGMA)!
  return { grid: { ...grid }, values: cells.slice() }
}
