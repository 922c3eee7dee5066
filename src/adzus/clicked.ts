/** @file The mask of clicks and of a box, for a picture that the networks have seen. */
import { clickMask } from '../foreground/clicks/click.ts'
import { prepareGround } from '../foreground/clicks/ground.ts'
import type { Seeds } from '../foreground/clicks/seeds.ts'
import { type Edges, finish } from '../foreground/finish.ts'
import { PIXELS, SIDE } from '../foreground/square.ts'
import type { RgbRaster } from '../image/raster.ts'
import type { Sight } from './answer.ts'
import { type Hints, mustBeInside, type Place, plainHints } from './hints.ts'
import { sceneOf } from './scene-of.ts'

/** 255 inside, else 0. What is known of the picture stays in the sight for the next question. */
export async function clickedMask(sight: Sight, raster: RgbRaster, hints: Hints, edges: Edges): Promise<Uint8Array> {
  mustBeInside(hints, raster)
  const scene = await sceneOf(sight, raster)
  sight.ground ??= prepareGround(scene)
  const square = await clickMask(sight.ground, seedsOf(hints, raster))
  const mask = finish(square, scene.small, raster, edges)
  const { points, background, box } = plainHints(hints)
  const at = ([x, y]: Place) => Math.floor(y) * raster.width + Math.floor(x)
  if (box) {
    const [x0, y0, x1, y1] = box.map(Math.floor)
    for (let i = 0; i < mask.length; i++) {
      const [x, y] = [i % raster.width, Math.floor(i / raster.width)]
      if (x < x0 || x > x1 || y < y0 || y > y1) mask[i] = 0
    }
  }
  // Thin things are lost between the sizes, but not what was clicked.
  for (const place of points) mask[at(place)] = 255
  for (const place of background) mask[at(place)] = 0
  return mask
}

/** Places of the picture as pixels of the square. */
function seedsOf(hints: Hints, { width, height }: RgbRaster): Seeds {
  const { points, background, box } = plainHints(hints)
  const scaled = (v: number, length: number) => Math.min(SIDE - 1, Math.floor(((Math.floor(v) + 0.5) * SIDE) / length))
  const at = ([x, y]: Place) => scaled(y, height) * SIDE + scaled(x, width)
  const positions = { points: points.map(at), background: background.map(at) }
  if (!box) return positions
  const [x0, y0, x1, y1] = [scaled(box[0], width), scaled(box[1], height), scaled(box[2], width), scaled(box[3], height)]
  const inBox = (x: number, y: number) => x >= x0 && x <= x1 && y >= y0 && y <= y1
  return { ...positions, box: Uint8Array.from({ length: PIXELS }, (_, i) => (inBox(i % SIDE, Math.floor(i / SIDE)) ? 1 : 0)) }
}
