/**
 * @file The mask by tiles, in two rounds. In the first each tile goes through the networks, and
 * says how long walks along its attention last; what absorbs them at its border is what is outside
 * in the picture in small. In the second, what all tiles say together is taken to the pixels.
 */
import { backgroundWeights } from '../../foreground/absorption.ts'
import { chooseAuto } from '../../foreground/auto.ts'
import { borderOf, wholeField } from '../../foreground/field.ts'
import { finish } from '../../foreground/finish.ts'
import { SIDE } from '../../foreground/square.ts'
import { Walk } from '../../foreground/walk.ts'
import { blankness } from '../../image/blank.ts'
import type { RgbRaster } from '../../image/raster.ts'
import { RunPlane } from '../../pixels/run-plane.ts'
import { squeeze } from '../../pixels/shrink.ts'
import { forget } from '../answer.ts'
import type { Exclusively } from '../exclusively.ts'
import { sceneOf } from '../scene-of.ts'
import { Evidence, type TileSays } from './evidence.ts'
import type { Excerpt } from './excerpt.ts'
import type { Tile } from './grid.ts'
import { type Looking, lookAt } from './look-at.ts'
import { backgroundOf, isBlankIn, type Overview } from './overview.ts'

// Chosen on development pictures (docs/slides.md).
/** Of the absorption at a tile's border. */
const SIGMA = 0.5
/** What absorbs everywhere: without it, walks in a tile inside of an object would never end. */
const LEAST_ABSORPTION = 1e-3
/** In a picture in small with so many parts, objects are small beside it. */
const SMALL_PARTS = 6
/** The voices where objects are small, and where they are not. */
const SMALL = { own: 0.3, overview: 0.15 }
const LARGE = { own: 0, overview: 0.5 }

/** What is done tile by tile. */
export interface ByTiles extends Looking {
  excerpt: Excerpt
  overview: Overview
  tiles: readonly Tile[]
  tile: number
  overlap: number
  skipBlank: boolean
  /** Runs what needs the device, when nobody else does. */
  exclusively: Exclusively
  /** Called before each tile of a round. */
  onTile(round: string, tile: Tile): void
}

/** What stands out, as label 1 of every pixel inside; and how many tiles showed nothing. */
export async function maskByTiles(job: ByTiles): Promise<{ plane: RunPlane; blank: number }> {
  const { excerpt, overview, tiles, tile, overlap } = job
  const small = overview.parts >= SMALL_PARTS
  const evidence = new Evidence(excerpt, tile, overlap, small)
  let blank = 0
  for (const one of tiles) {
    job.onTile('look', one)
    const says = await sayingOf(job, one, small)
    if (!says.steps) blank++
    evidence.add(one.box, says)
  }
  evidence.settle(overview.mask, small ? SMALL : LARGE)
  const plane = new RunPlane(excerpt.width, excerpt.height)
  for (const one of tiles) {
    job.onTile('outline', one)
    await putMask(job, one, evidence.inside(one.box), plane)
    sealBehind(plane, one)
  }
  return { plane, blank }
}

/** Rows are whole when the last tile beside them has been written. */
export function sealBehind(plane: RunPlane, { core }: Tile): void {
  if (core.x + core.width === plane.width) plane.seal(core.y, core.y + core.height)
}

/** Nothing of a tile that shows nothing. */
async function sayingOf(job: ByTiles, { box }: Tile, small: boolean): Promise<TileSays> {
  const { excerpt, overview, skipBlank, clock } = job
  if (skipBlank && isBlankIn(overview, box, excerpt)) return {}
  const image = await clock.time('decode', () => excerpt.read(box))
  if (blankness(image)) return {}
  return job.exclusively(async () => {
    const sight = await lookAt(image, job)
    try {
      return await clock.run('foreground', async () => {
        const { grid } = sight.map
        const outside = backgroundOf(overview, grid, box, excerpt)
        const border = borderOf(wholeField(grid), grid).map((edge, cell) => edge * outside[cell])
        const walk = await Walk.prepare(sight.map, { border })
        try {
          const absorption = backgroundWeights(await walk.connectivity(), SIGMA).map((weight) => Math.max(weight, LEAST_ABSORPTION))
          const [steps] = await walk.steps([absorption])
          const own = small ? chooseAuto(await sceneOf(sight, image)).mask : undefined
          return { steps: { values: steps.map(Math.log), size: { width: grid.w, height: grid.h } }, own }
        } finally {
          walk.dispose()
        }
      })
    } finally {
      forget(sight)
    }
  })
}

/** Writes what a tile decides. Pixels are read again only where the tile has an outline. */
async function putMask({ excerpt, parameters, clock }: ByTiles, { box, core }: Tile, mask: Uint8Array, plane: RunPlane): Promise<void> {
  if (!mask.includes(1)) return
  if (!mask.includes(0)) {
    for (let y = core.y; y < core.y + core.height; y++) plane.append(y, core.x, core.x + core.width, 1)
    return
  }
  const image: RgbRaster = await clock.time('decode', () => excerpt.read(box))
  await clock.time('foreground', async () => {
    const full = finish(mask, squeeze(image, SIDE, SIDE), image, parameters.edges)
    plane.put(core.x, core.y, core, full, (core.y - box.y) * box.width + core.x - box.x, box.width)
  })
}
