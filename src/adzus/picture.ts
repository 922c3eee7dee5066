/** @file A picture on the host as the pipeline wants it: RGB, and at the network's size. */
import { blankness } from '../image/blank.ts'
import { decodeImage, decodeStored, displayed, pictureErrors } from '../image/decode.ts'
import { type RgbRaster, toRaster } from '../image/raster.ts'
import { resize } from '../image/resize.ts'
import type { Signal } from '../signal.ts'
import { type ImageInput, readImageInput } from './image-input.ts'
import type { Parameters } from './options.ts'

export interface Picture {
  /** Of the picture's own size: what results belong to. */
  raster: RgbRaster
  /** At the network's size, [height, width, 3] in −1 … 1. */
  values: Float32Array
  /** What is to be said of its file. */
  notes: string[]
  /** Why there is nothing to be seen in it. */
  blank?: string
}

/**
 * @param input a picture in any form
 * @param name what errors call it
 * @param signal ends fetching
 * @throws AdzusError for whatever the picture causes; the signal's reason
 */
export async function preparePicture(
  input: ImageInput,
  { size: [width, height], window, channel, orient }: Pick<Parameters, 'size' | 'window' | 'channel' | 'orient'>,
  name = 'image',
  signal?: Signal,
): Promise<Picture> {
  const display = { window, channel: channel ?? undefined, orient }
  const image = await pictureErrors(name, () => readImageInput(input, name, signal)).catch((error) => {
    signal?.throwIfAborted()
    throw error
  })
  return pictureErrors(name, async () => {
    const { notes, ...raster } =
      image instanceof Uint8Array
        ? await decodeImage(image, name, display)
        : 'decode' in image
          ? await decodeStored(image, display, name)
          : displayed({ ...toRaster(image, name), notes: [] }, display, name)
    const { data } = resize(raster, width, height)
    const values = new Float32Array(data.length)
    for (let i = 0; i < data.length; i++) values[i] = data[i] / 127.5 - 1
    return { raster, values, notes, blank: blankness(raster) }
  })
}
