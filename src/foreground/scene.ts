/**
 * @file A scene: all that is known of a picture before a question is asked, how it looks and what
 * stands out by the walk along attention.
 */
import type { BandedMap } from '../attention/banded-map.ts'
import type { Picture } from '../pixels/picture.ts'
import { squeeze } from '../pixels/shrink.ts'
import type { Grid } from '../tensor/index.ts'
import { type Appearance, appearanceOf } from './appearance.ts'
import { prominences } from './chain.ts'
import { centralityIn } from './field.ts'
import { SIDE, sharesOfCells, spreadCells } from './square.ts'
import { Walk } from './walk.ts'

/** Of the chain: little favours small objects, much large ones; the choice is made later. */
export const SIGMAS = [0.2, 0.5, 1] as const

/** What stands out by one sigma. */
export interface Prominence {
  sigma: number
  /** One a cell, 0 to 1; 0 outside the field. */
  cells: Float32Array
  /** One a pixel of the square. */
  pixels: Float32Array
}

/** Planes have one number a pixel of the square (SIDE × SIDE). */
export interface Scene extends Appearance {
  grid: Grid
  /** 1 for cells of the field, else 0. */
  cells: Float32Array
  /** How central every cell is in the field; 0 outside. */
  centralCells: Float32Array
  central: Float32Array
  /** One for each of `SIGMAS`. */
  prominences: Prominence[]
  /** For further questions; `dispose` it. */
  walk: Walk
}

/**
 * @param map the aggregated attention of all cells to all cells; it is only read
 * @param picture of any size
 * @param appearance of that picture, where it is known already
 * @example
 * ```ts
 * const scene = await openScene(map, picture)
 * const { mask, scores } = chooseAuto(scene)
 * scene.walk.dispose()
 * ```
 */
export async function openScene(
  map: BandedMap,
  picture: Picture,
  appearance: Appearance = appearanceOf(squeeze(picture, SIDE, SIDE)),
): Promise<Scene> {
  const { grid } = map
  const shares = sharesOfCells(appearance.field, grid)
  const some = shares.some((share) => share > 0.5)
  const cells = shares.map((share) => (!some || share > 0.5 ? 1 : 0))
  const walk = await Walk.prepare(map, { inside: cells })
  const found = await prominences(
    walk,
    SIGMAS.map((sigma) => ({ sigma, gamma: 0 })),
  ).catch((error) => {
    walk.dispose()
    throw error
  })
  const centralCells = centralityIn(cells, grid)
  return {
    ...appearance,
    grid,
    cells,
    centralCells,
    central: spreadCells(centralCells, grid),
    prominences: found.map((values, i) => ({ sigma: SIGMAS[i], cells: values, pixels: spreadCells(values, grid) })),
    walk,
  }
}
