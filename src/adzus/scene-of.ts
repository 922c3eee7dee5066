/** @file What is known of a picture in sight before any question, made once, when it is needed. */
import { appearanceOf } from '../foreground/appearance.ts'
import { openScene, type Scene } from '../foreground/scene.ts'
import { SIDE } from '../foreground/square.ts'
import type { RgbRaster } from '../image/raster.ts'
import type { Picture } from '../pixels/picture.ts'
import { squeeze } from '../pixels/shrink.ts'
import type { Sight } from './answer.ts'

/** The picture as the square that masks are found in. */
export function squareOf(sight: Sight, raster: RgbRaster): Picture {
  sight.ofPicture.square ??= squeeze(raster, SIDE, SIDE)
  return sight.ofPicture.square
}

/** What a mask is found by; `forget` the sight. */
export async function sceneOf(sight: Sight, raster: RgbRaster): Promise<Scene> {
  if (!sight.scene) {
    const square = squareOf(sight, raster)
    sight.ofPicture.appearance ??= appearanceOf(square)
    sight.scene = await openScene(sight.map, square, sight.ofPicture.appearance)
  }
  return sight.scene
}
