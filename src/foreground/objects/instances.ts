/** @file Many objects of a picture, each with a number of its own. */
import { open } from '../../pixels/morphology.ts'
import type { Picture } from '../../pixels/picture.ts'
import { splitTouching } from '../../pixels/split-touching.ts'
import { localThreshold } from './local-threshold.ts'
import type { ObjectOptions } from './options.ts'
import { fillSmallHoles, type TidyObjects, tidyObjects } from './tidy.ts'

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
