/**
 * @file Interactive segmentation as the literature simulates it (RITM, Sofiiuk et al. 2022): each
 * click goes to the middle of the largest error of the mask before. Clicks take whole segments in
 * or out; a segment with clicks of both kinds is divided between them.
 */
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
  const clicks: Click[] = []
  let mask: Mask = { width, height, data: new Uint8Array(labels.length) }
  let milliseconds = took
  for (let i = 1; i <= count; i++) {
    const start = performance.now()
    const click = nextClick(truth, mask, clicks)
    if (click) {
      clicks.push(click)
      mask = { width, height, data: clickedMask(labels, width, clicks) }
    }
    milliseconds += performance.now() - start
    yield { method: `click${i}`, block: 'click', mask, milliseconds }
  }
}

/**
 * 255 in segments with a positive click, but nearer to it than to any negative click in the same
 * segment.
 */
function clickedMask(labels: ArrayLike<number>, width: number, clicks: readonly Click[]): Uint8Array {
  const inSegment = new Map<number, Click[]>()
  for (const click of clicks) {
    const label = labels[click.y * width + click.x]
    inSegment.set(label, [...(inSegment.get(label) ?? []), click])
  }
  const mask = new Uint8Array(labels.length)
  for (let i = 0; i < mask.length; i++) {
    const own = inSegment.get(labels[i])
    if (!own) continue
    const [x, y] = [i % width, Math.floor(i / width)]
    let [nearest, least] = [own[0], Number.POSITIVE_INFINITY]
    for (const click of own) {
      const distance = (click.x - x) ** 2 + (click.y - y) ** 2
      if (distance < least) [nearest, least] = [click, distance]
    }
    if (nearest.positive) mask[i] = 255
  }
  return mask
}
