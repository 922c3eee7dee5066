/** @file Segments and mask as they lie over the picture. */
import { segmentColour } from 'adzus'
import type { Result } from '../engine/calls.ts'
import { type Stage, tableOf } from './stage.ts'

/** Of colours over the picture, 0 to 255. */
const [SEGMENT_ALPHA, MASK_ALPHA] = [120, 130]
const MASK_COLOUR = [255, 214, 10] as const
/** Outside of the mask, inside, and where it ends. */
const MASK_TABLE = tableOf([
  [0, 0, 0, 0],
  [...MASK_COLOUR, MASK_ALPHA],
  [...MASK_COLOUR, 255],
])

export function paintSegments(stage: Stage, { labels, segments }: Pick<Result, 'labels' | 'segments'>): void {
  const colours = segments.map(({ id }) => [...segmentColour(id), SEGMENT_ALPHA] as const)
  stage.paintTable('segments', labels, tableOf([[0, 0, 0, 0], ...colours]))
}

export function paintMask(stage: Stage, mask: Uint8Array): void {
  const { width } = stage
  const places = new Uint8Array(mask.length)
  for (let i = 0; i < mask.length; i++) {
    if (mask[i] === 0) continue
    places[i] = mask[i - 1] && mask[i + 1] && mask[i - width] && mask[i + width] ? 1 : 2
  }
  stage.paintTable('mask', places, MASK_TABLE)
}

/** The colour of a segment, for CSS. */
export function swatchOf(id: number): string {
  return `rgb(${segmentColour(id).join(' ')})`
}
