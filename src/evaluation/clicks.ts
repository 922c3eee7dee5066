/** @file Simulated clicks of somebody who corrects a mask, and how many a mask takes (NoC). */
import { isWhole, must } from '../arguments.ts'
import { components } from '../pixels/components.ts'
import { distanceTransform } from '../pixels/distance-transform.ts'
import { mustBeAlike } from '../pixels/label-map.ts'
import { boundingBox, crop, type Mask, maskWhere } from '../pixels/mask.ts'

export interface Click {
  /** Column and row of a pixel, from 0. */
  x: number
  y: number
  /** A click on what was missed, otherwise on what is too much. */
  positive: boolean
}

/**
 * Where somebody who knows the truth clicks next: in the largest connected error (8-connectivity;
 * missed and superfluous parts are errors of their own), at the pixel farthest from what is not
 * this error, the picture's edge included. Of equals, the first in reading order.
 *
 * RITM (Sofiiuk et al., *Reviving iterative training with mask guidance for interactive
 * segmentation*, 2021) takes the deepest pixel of all errors, which need not be in the largest one;
 * depth, the edge, and pixels that were clicked before are as there.
 * @param earlier clicks that were made before: none of their pixels is clicked again
 * @returns nothing where the masks are equal, or where every pixel of that error has been clicked
 * @throws AdzusError unless both are masks of one size
 * @example
 * const click = nextClick(truth, result, clicks)
 */
export function nextClick(truth: Mask, result: Mask, earlier: readonly Click[] = []): Click | undefined {
  mustBeAlike(truth, result)
  must('earlier', Array.isArray(earlier), 'a list of clicks', earlier)
  const kinds = [true, false].map((positive) => {
    const [inside, outside] = positive ? [truth, result] : [result, truth]
    const error = maskWhere(inside, (value, i) => value !== 0 && outside.data[i] === 0)
    const parts = components(error, 8)
    return { positive, labels: parts.labels, ...largestPart(parts.areas) }
  })
  const { positive, labels, largest, area } = kinds[1].area > kinds[0].area ? kinds[1] : kinds[0]
  if (area === 0) return undefined
  const place = innermost(
    maskWhere({ ...truth, data: labels }, (label) => label === largest),
    earlier,
  )
  return place && { ...place, positive }
}

/** The number and the pixels of the largest part, the first of equals; no pixels without parts. */
function largestPart(areas: Uint32Array): { largest: number; area: number } {
  let [largest, area] = [0, 0]
  for (let label = 1; label < areas.length; label++) if (areas[label] > area) [largest, area] = [label, areas[label]]
  return { largest, area }
}

/** The pixel inside that is farthest from all that is outside, the picture's edge included. */
function innermost(mask: Mask, earlier: readonly Click[]): { x: number; y: number } | undefined {
  const box = boundingBox(mask)!
  const [width, height] = [box.width + 2, box.height + 2]
  const inside = crop(mask, box)
  const outside = new Uint8Array(width * height).fill(1)
  for (let y = 0; y < box.height; y++)
    for (let x = 0; x < box.width; x++) outside[(y + 1) * width + x + 1] = inside.data[y * box.width + x] === 0 ? 1 : 0
  const depth = distanceTransform({ width, height, data: outside })
  for (const { x, y } of earlier) {
    const [column, row] = [x - box.x + 1, y - box.y + 1]
    if (isWhole(column, 0, width - 1) && isWhole(row, 0, height - 1)) depth[row * width + column] = 0
  }
  let best = 0
  for (let i = 0; i < depth.length; i++) if (depth[i] > depth[best]) best = i
  if (depth[best] === 0) return undefined
  return { x: box.x + (best % width) - 1, y: box.y + Math.floor(best / width) - 1 }
}

/**
 * NoC@quality: how many clicks it took until the IoU reached a quality. Where it never did, as many
 * clicks as were made, which is how the figure is published; count those pictures apart.
 * @param ious after click 1, click 2 …
 * @throws AdzusError for a list without numbers, or a quality beyond 0 … 1
 * @example
 * const noc85 = numberOfClicks([0.7, 0.83, 0.88], 0.85) // 3
 */
export function numberOfClicks(ious: readonly number[], quality: number): number {
  must('ious', Array.isArray(ious) && ious.length > 0 && ious.every(Number.isFinite), 'an IoU for each click', ious)
  must('quality', quality >= 0 && quality <= 1, 'an IoU, 0 … 1', quality)
  const reached = ious.findIndex((iou) => iou >= quality)
  return reached < 0 ? ious.length : reached + 1
}
