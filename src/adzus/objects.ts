/** @file Many objects of a picture, as results have them: labels, and what is measured of each. */
import { manyObjects } from '../foreground/objects/detect.ts'
import { partsOf } from '../foreground/objects/mask-parts.ts'
import type { ObjectOptions } from '../foreground/objects/options.ts'
import { MOST_OBJECTS, type TidyObjects } from '../foreground/objects/tidy.ts'
import type { RgbRaster } from '../image/raster.ts'
import { loadPart } from '../part.ts'
import type { Picture as PixelPicture } from '../pixels/picture.ts'
import type { Parameters } from './options.ts'
import type { Picture } from './picture.ts'
import type { Segmentation } from './segmentation.ts'
import { regionProperties, type Segment } from './segments.ts'

export { MOST_OBJECTS }

/** Whether pictures are taken to show many objects: where they seem to, always, or never. */
export const OBJECT_RULES = ['auto', 'many', 'none'] as const
/** One of `OBJECT_RULES`. */
export type ObjectRule = (typeof OBJECT_RULES)[number]

/** One of many objects; measures mean what they mean of a segment. */
export type ObjectRegion = Pick<Segment, 'id' | 'area' | 'bbox' | 'centroid' | 'meanColour' | 'channelMeans' | 'rle'>

/** Separate objects of a picture. */
export interface ObjectSet {
  /** Row-major, of the picture's size: 0 outside, 1 … count. */
  labels: Uint16Array
  count: number
  /** In the order of their numbers. */
  list: ObjectRegion[]
  /** How many more there were than 16 bits can number; they are left out, the smallest first. */
  beyond: number
}

/** What decides whether objects are looked for, and which stay. */
export type ObjectQuestion = Pick<Parameters, 'foreground' | 'objects' | keyof ObjectOptions>

/**
 * The objects of a picture that is taken to show many, else nothing. They are looked for under the
 * foreground `auto` only; every other one asks for something in particular.
 * @param square the picture squeezed to 128 × 128 pixels
 */
export async function findObjects(
  { raster, blank }: Pick<Picture, 'raster' | 'blank'>,
  square: () => PixelPicture,
  { foreground, objects, minSize, fillHoles, excludeBorder }: ObjectQuestion,
): Promise<ObjectSet | undefined> {
  if (foreground !== 'auto' || objects === 'none') return undefined
  if (objects === 'auto' && (blank || !manyObjects(square()))) return undefined
  const { instances } = await loadPart('many objects', () => import('../foreground/objects/instances.ts'))
  return measured(instances(raster, { minSize, fillHoles, excludeBorder }), raster)
}

/** Of each result the objects that were made of its mask. */
const madeOfMasks = new WeakMap<Segmentation, ObjectSet>()

/**
 * The objects of a result: those that were seen, else the parts of its mask that are connected
 * along sides or corners, holes as they are, tidied by the result's `minSize` and `excludeBorder`.
 * @example
 * const { count, list } = objectsOf(await adzus.segment(bytes))
 */
export function objectsOf(result: Segmentation): ObjectSet {
  if (result.objects) return result.objects
  let made = madeOfMasks.get(result)
  if (!made) {
    const { width, height, mask, image, parameters } = result
    const { minSize, excludeBorder } = parameters
    made = measured(partsOf({ width, height, data: mask }, { minSize, excludeBorder, fillHoles: false }), image)
    madeOfMasks.set(result, made)
  }
  return made
}

/** The union of objects: 255 inside, 0 outside. */
export function unionOf({ labels }: ObjectSet): Uint8Array {
  const mask = new Uint8Array(labels.length)
  for (let i = 0; i < mask.length; i++) if (labels[i] !== 0) mask[i] = 255
  return mask
}

/** What is to be noted of objects. */
export function objectNotes(objects: ObjectSet | undefined): string[] {
  if (!objects?.beyond) return []
  return [`${objects.beyond} of ${objects.count + objects.beyond} objects, the smallest, are left out: 16 bits number no more`]
}

function measured({ labels, count, beyond }: TidyObjects, raster: RgbRaster): ObjectSet {
  const list = regionProperties(labels, count, raster).map((region) => {
    const { id, area, bbox, centroid, meanColour, channelMeans } = region
    return {
      id,
      area,
      bbox,
      centroid,
      meanColour,
      ...(channelMeans && { channelMeans }),
      get rle() {
        return region.rle
      },
    }
  })
  return { labels, count, list, beyond }
}
