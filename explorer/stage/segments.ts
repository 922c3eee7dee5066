/** @file Segments and mask as they lie over the picture. */
import { segmentColour } from 'adzus'
import type { Result } from '../engine/calls.ts'
import type { Stage } from './stage.ts'

/** Of colours over the picture, 0 to 255. */
const [SEGMENT_ALPHA, MASK_ALPHA] = [120, 130]
const MASK_COLOUR = [255, 214, 10] as const

export function paintSegments(stage: Stage, { labels, segments }: Pick<Result, 'labels' | 'segments'>): void {
  const colours = [[0, 0, 0], ...segments.map(({ id }) => segmentColour(id))]
  stage.paint('segments', (rgba, i) => {
    const [r, g, b] = colours[labels[i]]
    rgba.set([r, g, b, SEGMENT_ALPHA])
  })
}

export function paintMask(stage: Stage, mask: Uint8Array): void {
  const { width } = stage
  stage.paint('mask', (rgba, i) => {
    if (mask[i] === 0) return
    const inside = mask[i - 1] && mask[i + 1] && mask[i - width] && mask[i + width]
    rgba.set([...MASK_COLOUR, inside ? MASK_ALPHA : 255])
  })
}
