/**
 * @file Interactive segmentation as the literature simulates it (RITM, Sofiiuk et al. 2022): each
 * click goes to the middle of the largest error of the mask before. A click takes the segment under
 * it in or out.
 */
import { maskOf } from '../adzus/foreground.ts'
import type { Segmentation } from '../adzus/segmentation.ts'
import type { Mask } from '../pixels/mask.ts'
import type { Answer } from './case.ts'
import { type Click, nextClick } from './clicks.ts'

/**
 * The masks after click 1 … count; once nothing is wrong, the mask stays.
 * @param took milliseconds of what was needed before the first click
 */
export function* simulatedClicks(
  truth: Mask,
  { width, height, labels }: Pick<Segmentation, 'width' | 'height' | 'labels'>,
  count: number,
  took: number,
): Generator<Answer> {
  const chosen = new Set<number>()
  const clicks: Click[] = []
  let mask: Mask = { width, height, data: new Uint8Array(labels.length) }
  let milliseconds = took
  for (let i = 1; i <= count; i++) {
    const start = performance.now()
    const click = nextClick(truth, mask, clicks)
    if (click) {
      clicks.push(click)
      const segment = labels[click.y * width + click.x]
      if (click.positive) chosen.add(segment)
      else chosen.delete(segment)
      mask = { width, height, data: maskOf(labels, chosen) }
    }
    milliseconds += performance.now() - start
    yield { method: `click${i}`, block: 'click', mask, milliseconds }
  }
}
