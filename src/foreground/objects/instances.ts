/** @file Many objects of a picture, each with a number of its own. */
import { open } from '../../pixels/morphology.ts'
import type { Picture } from '../../pixels/picture.ts'
import { type Objects, splitTouching } from '../../pixels/split-touching.ts'
import { type Greys, greysOf, localThreshold, localThresholdOf } from './local-threshold.ts'
import type { ObjectOptions } from './options.ts'
import { fillSmallHoles, medianArea, type TidyObjects, tidyObjects } from './tidy.ts'

/**
 * Every object of a picture: threshold (`localThreshold`), opening by the cross, holes, touching
 * ones parted (`splitTouching`), tidying. All at the picture's own size.
 * @returns 16-bit labels of the picture's pixels, 0 outside, 1 … count in reading order of the
 *   objects' middles
 * @example
 * const { labels, count } = instances(picture, OBJECT_DEFAULTS)
 */
export function instances(picture: Picture, options: ObjectOptions): TidyObjects {
  const { width, height } = picture
  const mask = open({ width, height, data: localThreshold(picture) })
  return tidyObjects(splitTouching(options.fillHoles ? fillSmallHoles(mask) : mask), picture, options)
}

/** What has to be known of a picture, so that parts of it hold the objects of the whole. */
export interface ManyLook {
  greys: Greys
  /** Pixels of the largest hole that is filled. */
  hole: number
}

/**
 * What is known of a picture by a part that stands for it: nothing where that is of one grey.
 * @example
 * const look = manyLook(sample)
 */
export function manyLook(sample: Picture): ManyLook | undefined {
  const greys = greysOf(sample)
  if (!greys) return undefined
  const { width, height } = sample
  return { greys, hole: medianArea(open({ width, height, data: localThresholdOf(sample, greys) })) }
}

/** The objects of a part of a picture, whatever their size, those that its edge cuts included. */
export function instancesIn(part: Picture, { greys, hole }: ManyLook, fillHoles: boolean): Objects {
  const { width, height } = part
  const mask = open({ width, height, data: localThresholdOf(part, greys) })
  return splitTouching(fillHoles ? fillSmallHoles(mask, hole) : mask)
}
