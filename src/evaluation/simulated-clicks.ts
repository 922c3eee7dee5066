/**
 * @file Interactive segmentation as the literature simulates it (RITM, Sofiiuk et al. 2022): each
 * click goes to the middle of the largest error of the mask before, on the object or on background.
 */
import type { View } from '../adzus/view.ts'
import type { Mask } from '../pixels/mask.ts'
import type { Answer } from './case.ts'
import { type Click, nextClick } from './clicks.ts'

/**
 * The masks after click 1 … count; once nothing is wrong, the mask stays.
 * @param took milliseconds of the look at the picture
 */
export async function* simulatedClicks(truth: Mask, view: View, count: number, took: number): AsyncGenerator<Answer> {
  const { width, height } = view
  const clicks: Click[] = []
  let mask: Mask = { width, height, data: new Uint8Array(width * height) }
  let milliseconds = took
  for (let i = 1; i <= count; i++) {
    const start = performance.now()
    const click = nextClick(truth, mask, clicks)
    if (click) {
      clicks.push(click)
      const places = (positive: boolean) => clicks.filter((c) => c.positive === positive).map(({ x, y }) => [x, y] as const)
      mask = { width, height, data: await view.mask({ points: places(true), background: places(false) }) }
    }
    milliseconds += performance.now() - start
    yield { method: `click${i}`, block: 'click', mask, milliseconds }
  }
}
