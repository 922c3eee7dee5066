/** @file The parts of a mask as objects. */
import { components } from '../../pixels/components.ts'
import type { Mask } from '../../pixels/mask.ts'
import type { ObjectOptions } from './options.ts'
import { fillSmallHoles, type TidyObjects, tidyObjects } from './tidy.ts'

/** The parts of a mask that are connected along sides or corners, as objects. */
export function partsOf(mask: Mask, options: ObjectOptions): TidyObjects {
  return tidyObjects(components(options.fillHoles ? fillSmallHoles(mask) : mask, 8), mask, options)
}
