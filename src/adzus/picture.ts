/** @file A picture on the host as the pipeline wants it: decoded, and at the network's size. */
import { blankness } from '../image/blank.ts'
import { decodeImage, pictureErrors } from '../image/decode.ts'
import { type Pixels, type Raster, toRaster } from '../image/raster.ts'
import { resize } from '../image/resize.ts'

export interface Picture {
  /** As it was decoded. */
  raster: Raster
  /** At the network's size, [height, width, 3] in −1 … 1. */
  values: Float32Array
  /** What is to be said of its file. */
  notes: string[]
  /** Why there is nothing to be seen in it. */
  blank?: string
}

/**
 * @param image a PNG or JPEG file's bytes, or pixels
 * @param name what errors call it
 * @throws AdzusError for whatever the picture causes
 */
export function preparePicture(image: Uint8Array | Pixels, [width, height]: readonly [number, number], name = 'image'): Promise<Picture> {
  return pictureErrors(name, async () => {
    const { notes, ...raster } = image instanceof Uint8Array ? await decodeImage(image, name) : { ...toRaster(image, name), notes: [] }
    const { data } = resize(raster, width, height)
    const values = new Float32Array(data.length)
    for (let i = 0; i < data.length; i++) values[i] = data[i] / 127.5 - 1
    return { raster, values, notes, blank: blankness(raster) }
  })
}
