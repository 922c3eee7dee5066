/**
 * @file A picture that is read in parts: an image of a file with its levels, or pixels in memory.
 * Values become RGB by one window for all parts.
 */
import { check } from '../../errors.ts'
import { displayed, openImages, pictureErrors } from '../../image/decode.ts'
import type { Decoded, StoredImage } from '../../image/format.ts'
import { orientationNote } from '../../image/orientation.ts'
import type { Region } from '../../image/part-of.ts'
import { type RgbRaster, toRaster } from '../../image/raster.ts'
import type { Spacing } from '../../image/spacing.ts'
import { type Window, windowLimits } from '../../image/window.ts'
import { cropPicture } from '../../pixels/picture.ts'
import type { Signal } from '../../signal.ts'
import { type ImageInput, readImageInput } from '../image-input.ts'
import type { Parameters } from '../options.ts'

/** One size of the picture. */
export interface Level {
  width: number
  height: number
  /** Reads a part of it. */
  read(region: Region): Promise<RgbRaster>
}

/** A picture in one or several sizes. */
export interface Slide {
  /** Pixels at full resolution. */
  width: number
  height: number
  /** Size of a pixel at full resolution, where the file tells it. */
  spacing?: Spacing
  /** The finest first. */
  levels: readonly Level[]
  /** What is to be said of the file. */
  notes: string[]
}

/** A picture by parts: an image of a file (`openImages`), or any other form of a picture. */
export type TiledInput = StoredImage | ImageInput

/** Whether something is an image of a file. */
export function isStored(image: unknown): image is StoredImage {
  return typeof image === 'object' && image !== null && 'decode' in image && typeof image.decode === 'function'
}

/** Parts that stand for all, where black and white are percentiles: pixels a side, and how many. */
const SAMPLE_SIDE = 512
const SAMPLES = 4

/** @param name what errors call it */
export async function openSlide(
  input: TiledInput,
  { window, orient }: Pick<Parameters, 'window' | 'orient'>,
  name: string,
  signal?: Signal,
): Promise<Slide> {
  const image = isStored(input) ? input : await pictureErrors(name, () => readImageInput(input, name, signal))
  const stored = image instanceof Uint8Array ? (await openImages(image, name))[0] : isStored(image) ? image : undefined
  if (stored?.decodePart) return inParts(stored, window, orient, name)
  const decoded = stored
    ? await stored.decode()
    : { ...toRaster(image as Exclude<typeof image, StoredImage | Uint8Array>, name), notes: [] }
  const { notes, ...raster } = displayed(decoded, { window, orient }, name)
  const { width, height, spacing } = raster
  return { width, height, spacing, levels: [{ width, height, read: async (region) => cropPicture(raster, region) }], notes }
}

async function inParts(image: StoredImage, window: Window, orient: boolean, name: string): Promise<Slide> {
  const all = [image, ...(image.levels ?? []).filter(({ decodePart }) => decodePart !== undefined)]
  const levels = all.toSorted((a, b) => b.width - a.width)
  const coarsest = levels[levels.length - 1]
  const one = await partsOf(coarsest, 1)
  // Samples of 8 bits are as they are, wherever the others are.
  const first = window === 'auto' && one.data instanceof Uint8Array ? one : await partsOf(coarsest, SAMPLES)
  check(!orient || first.orientation === undefined || first.orientation === 1, () => ({
    what: 'image: orientation',
    where: name,
    expected: 'a picture that is stored upright, where it is read in parts',
    got: `orientation ${first.orientation}`,
    hint: 'Leave out the option to turn it.',
  }))
  const limits = windowLimits(first, window)
  const turned = orientationNote(first.orientation)
  const { width, height } = image
  return {
    width,
    height,
    spacing: image.facts?.spacing ?? first.spacing,
    levels: levels.map((level) => ({
      width: level.width,
      height: level.height,
      read: (region) =>
        pictureErrors(name, async () => {
          const part = await level.decodePart!({ region })
          return displayed({ ...part, notes: [] }, { window: limits }, name)
        }),
    })),
    notes: [...first.notes, ...(turned ? [turned] : [])],
  }
}

/**
 * Parts from all over a level, one below the other, for what has to be known of all its values.
 * @param across how many along each axis, where there is room for them
 */
async function partsOf({ width, height, decodePart }: StoredImage, across: number): Promise<Decoded> {
  const [w, h] = [Math.min(width, SAMPLE_SIDE), Math.min(height, SAMPLE_SIDE)]
  const places = (size: number, side: number) =>
    size <= side ? [0] : Array.from({ length: across }, (_, i) => Math.round(((i + 0.5) * (size - side)) / across))
  const parts: Decoded[] = []
  for (const y of places(height, h))
    for (const x of places(width, w)) parts.push(await decodePart!({ region: { x, y, width: w, height: h } }))
  const [first] = parts
  const data = new (first.data.constructor as new (length: number) => Decoded['data'])(parts.length * first.data.length)
  for (const [i, part] of parts.entries()) data.set(part.data, i * first.data.length)
  return { ...first, height: parts.length * h, data }
}
