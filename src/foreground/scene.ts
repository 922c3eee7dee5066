/**
 * @file What is known of a picture before any question is asked: the picture squeezed to a square,
 * its field of view, its colours, and what stands out by the walk along attention.
 */
import type { BandedMap } from '../attention/banded-map.ts'
import { rgbToLab } from '../pixels/lab.ts'
import type { Picture } from '../pixels/picture.ts'
import { squeeze } from '../pixels/shrink.ts'
import type { Grid } from '../tensor/index.ts'
import { prominences } from './chain.ts'
import { type Channel, channelsOf } from './channels.ts'
import { colourGroups } from './clusters.ts'
import { centralityIn } from './field.ts'
import { fieldOfView } from './field-of-view.ts'
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
export interface Scene {
  /** The picture as the square. */
  small: Picture
  /** L*, a*, b* of every pixel. */
  lab: Float32Array
  /** 1 inside the field of view, else 0. */
  field: Uint8Array
  /** Pixels of the field. */
  fieldArea: number
  /** The group of each pixel's colour, of `COLOURS`. */
  colours: Uint8Array
  channels: Channel[]
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
 * @example
 * ```ts
 * const scene = await openScene(map, picture)
 * const { mask, scores } = chooseAuto(scene)
 * scene.walk.dispose()
 * ```
 */
export async function openScene(map: BandedMap, picture: Picture): Promise<Scene> {
  const small = squeeze(picture, SIDE, SIDE)
  const lab = rgbToLab(small.data)
  const field = fieldOfView(small)
  const { grid } = map
  const shares = sharesOfCells(field, grid)
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
    small,
    lab,
    field,
    fieldArea: field.reduce((sum, one) => sum + one, 0),
    colours: colourGroups(lab),
    channels: channelsOf(small, lab, field),
    grid,
    cells,
    centralCells,
    central: spreadCells(centralCells, grid),
    prominences: found.map((values, i) => ({ sigma: SIGMAS[i], cells: values, pixels: spreadCells(values, grid) })),
    walk,
  }
}
