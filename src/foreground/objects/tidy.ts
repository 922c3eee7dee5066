/** @file Objects tidied: holes, the picture's edge, the least size, consecutive numbers. */
import { components } from '../../pixels/components.ts'
import { type Mask, maskWhere } from '../../pixels/mask.ts'
import { labelsAtEdge } from '../../pixels/morphology.ts'
import type { Objects } from '../../pixels/split-touching.ts'
import type { ObjectOptions } from './options.ts'

/** What 16 bits number. */
export const MOST_OBJECTS = 65_535

/**
 * Fills holes that have no more pixels than the median part: a larger one is a gap between objects
 * that touch.
 */
export function fillSmallHoles(mask: Mask, most = medianArea(mask)): Mask {
  const outside = components(
    maskWhere(mask, (value) => value === 0),
    4,
  )
  const open = labelsAtEdge(outside.labels, mask)
  return maskWhere({ ...mask, data: outside.labels }, (label) => label === 0 || (outside.areas[label] <= most && !open.has(label)))
}

/** Pixels of the median part; 0 where there is none. */
export function medianArea(mask: Mask): number {
  const parts = components(mask, 8).areas.subarray(1).slice().sort()
  return parts[parts.length >> 1] ?? 0
}

/** Labels of objects, 1 … count; the numbers that are gone leave no gap. */
export interface TidyObjects {
  labels: Uint16Array
  count: number
  /** How many objects were left out because 16 bits do not number them: the smallest. */
  beyond: number
}

/** Leaves out what is too small, or cut by the picture's edge, and numbers the others in order. */
export function tidyObjects(
  { labels, count }: Objects,
  size: { width: number; height: number },
  { minSize, excludeBorder }: Pick<ObjectOptions, 'minSize' | 'excludeBorder'>,
): TidyObjects {
  const areas = new Uint32Array(count + 1)
  for (let i = 0; i < labels.length; i++) areas[labels[i]]++
  const cut = excludeBorder ? labelsAtEdge(labels, size) : new Set<number>()
  const kept = Array.from({ length: count }, (_, i) => i + 1).filter((label) => areas[label] >= Math.max(1, minSize) && !cut.has(label))
  const largest = kept.length > MOST_OBJECTS ? kept.toSorted((a, b) => areas[b] - areas[a]).slice(0, MOST_OBJECTS) : kept
  const numbers = new Uint16Array(count + 1)
  largest.forEach((label, i) => {
    numbers[label] = i + 1
  })
  const out = new Uint16Array(labels.length)
  for (let i = 0; i < out.length; i++) out[i] = numbers[labels[i]]
  return { labels: out, count: largest.length, beyond: kept.length - largest.length }
}
