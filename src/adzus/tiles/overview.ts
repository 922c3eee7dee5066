/**
 * @file The picture in small, and what stands out in it: the border of the whole picture, which
 * says what background is, is seen here alone.
 */
import { type Chosen, chooseAuto } from '../../foreground/auto.ts'
import { manyObjects } from '../../foreground/objects/detect.ts'
import { settledMask } from '../../foreground/settled.ts'
import { PIXELS, SIDE } from '../../foreground/square.ts'
import { blankness } from '../../image/blank.ts'
import type { RgbRaster } from '../../image/raster.ts'
import { components } from '../../pixels/components.ts'
import type { Box } from '../../pixels/mask.ts'
import { open } from '../../pixels/morphology.ts'
import type { Grid } from '../../tensor/index.ts'
import { forget } from '../answer.ts'
import { presetNamed } from '../presets/index.ts'
import { sceneOf, squareOf } from '../scene-of.ts'
import type { Excerpt } from './excerpt.ts'
import { type Looking, lookAt } from './look-at.ts'

/** Longer side of the picture in small, in pixels. */
const OVERVIEW_SIDE = 1024
/** Parts of fewer pixels of the square are noise. */
const SPECK = 4
/** A channel that differs by no more than this within a tile shows nothing. */
const SAME = 8

/** What is known of the whole picture while tiles are looked at. */
export interface Overview {
  /** The picture in small. */
  image: RgbRaster
  /** What stands out: 1 inside, 0 outside, one a pixel of the square. */
  mask: Uint8Array
  /** How many parts that has. */
  parts: number
  scores?: Chosen['scores']
  /** Whether many small objects are seen already here. */
  many: boolean
  /** Why there is nothing to be seen in it. */
  blank?: string
}

/** Looks at the whole in small. */
export async function lookOver(excerpt: Excerpt, looking: Looking): Promise<Overview> {
  const { parameters, clock, signal } = looking
  const image = await clock.time('decode', () => excerpt.within(OVERVIEW_SIDE).readAll(signal))
  const blank = blankness(image)
  if (blank) return { image, mask: new Uint8Array(PIXELS), parts: 0, many: false, blank }
  const sight = await lookAt(image, looking)
  try {
    return await clock.run('foreground', async () => {
      const many = manyObjects(squareOf(sight, image)) !== undefined
      const scene = await sceneOf(sight, image)
      const settled = parameters.preset === null ? undefined : presetNamed(parameters.preset).settled
      const { mask, scores } = settled
        ? { mask: settledMask(scene, settled) }
        : (chooseAuto(scene) as Partial<Chosen> & { mask: Uint8Array })
      return { image, mask, scores, many, parts: partsOf(mask) }
    })
  } finally {
    forget(sight)
  }
}

/** Parts that are more than noise. */
function partsOf(mask: Uint8Array): number {
  const { areas } = components(open({ width: SIDE, height: SIDE, data: mask }), 8)
  return areas.subarray(1).filter((area) => area > SPECK).length
}

/** Samples a side of a cell, which is smaller than a pixel of the square as a rule. */
const SAMPLES = 4

/**
 * How much of every cell of a tile is outside of what stands out in the whole: [h · w], 0 to 1.
 * @param box the tile, in a picture of the size of `whole`
 */
export function backgroundOf(
  { mask }: Pick<Overview, 'mask'>,
  { h, w }: Grid,
  box: Box,
  whole: { width: number; height: number },
): Float32Array {
  const at = (from: number, length: number, cells: number, size: number) =>
    Int32Array.from({ length: cells * SAMPLES }, (_, i) =>
      Math.min(SIDE - 1, Math.floor(((from + ((i + 0.5) * length) / (cells * SAMPLES)) * SIDE) / size)),
    )
  const columns = at(box.x, box.width, w, whole.width)
  const rows = at(box.y, box.height, h, whole.height)
  const shares = new Float32Array(h * w)
  for (const [j, row] of rows.entries())
    for (const [i, column] of columns.entries())
      if (mask[row * SIDE + column] === 0) shares[Math.floor(j / SAMPLES) * w + Math.floor(i / SAMPLES)] += 1 / SAMPLES ** 2
  return shares
}

/**
 * Whether the picture in small shows nothing in a tile, and nothing of what stands out is there.
 */
export function isBlankIn({ image, mask }: Pick<Overview, 'image' | 'mask'>, box: Box, whole: { width: number; height: number }): boolean {
  const within = (size: number, from: number, length: number, side: number) =>
    [Math.floor((from * side) / size), Math.min(side, Math.ceil(((from + length) * side) / size))] as const
  const [left, right] = within(whole.width, box.x, box.width, SIDE)
  const [top, bottom] = within(whole.height, box.y, box.height, SIDE)
  for (let y = top; y < bottom; y++) if (mask.subarray(y * SIDE + left, y * SIDE + right).includes(1)) return false
  const [x0, x1] = within(whole.width, box.x, box.width, image.width)
  const [y0, y1] = within(whole.height, box.y, box.height, image.height)
  const [least, most] = [
    [255, 255, 255],
    [0, 0, 0],
  ]
  for (let y = y0; y < y1; y++)
    for (let i = 3 * (y * image.width + x0), c = 0; i < 3 * (y * image.width + x1); i++, c = c === 2 ? 0 : c + 1) {
      if (image.data[i] < least[c]) least[c] = image.data[i]
      if (image.data[i] > most[c]) most[c] = image.data[i]
      if (most[c] - least[c] > SAME) return false
    }
  return true
}
