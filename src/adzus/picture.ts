/** @file A picture on the host as the pipeline wants it: decoded, and at the network's size. */
import { decodeImage } from '../image/decode.ts'
import { type Pixels, type Raster, toRaster } from '../image/raster.ts'
import { resize } from '../image/resize.ts'

export interface Picture {
  /** As it was decoded. */
  raster: Raster
  /** At the network's size, [height, width, 3] in −1 … 1. */
  values: Float32Array
}

/** @param image a PNG or JPEG file's bytes, or pixels; @param name what errors call it */
export async function preparePicture(
  image: Uint8Array | Pixels,
  [width, height]: readonly [number, number],
  name?: string,
): Promise<Picture> {
  const raster = await (image instanceof Uint8Array ? decodeImage(image, name) : toRaster(image, name))
  const { data } = resize(raster, width, height)
  const values = new Float32Array(data.length)
  for (let i = 0; i < data.length; i++) values[i] = data[i] / 127.5 - 1
  return { raster, values }
}
