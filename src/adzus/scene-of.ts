/** @file What is known of a picture in sight before any question, made once, when it is needed. */
import { openScene, type Scene } from '../foreground/scene.ts'
import { SIDE } from '../foreground/square.ts'
import type { RgbRaster } from '../image/raster.ts'
import type { Picture } from '../pixels/picture.ts'
import { squeeze } from '../pixels/shrink.ts'
import type { Sight } from './answer.ts'

/** The picture as the square that masks are found in. */
export function squareOf(sight: Sight, raster: RgbRaster): Picture {
  sight.square ??= squeeze(raster, SIDE, SIDE)
  return sight.square
}

/** What a mask is found by; `forget` the sight. */
export async function sceneOf(sight: Sight, raster: RgbRaster): Promise<Scene> {
  sight.scene ??= await openScene(sight.map, squareOf(sight, raster))
  return sight.scene
}
