/**
 * @file Whether a picture shows many objects (nuclei, cells, colonies) instead of one: Otsu's mask
 * of its grey falls into many small parts, none of which outweighs the others, and the two sides of
 * the cut are clearly apart.
 */
import { components } from '../../pixels/components.ts'
import { greySums, otsuOfGrey } from '../../pixels/grey.ts'
import type { Mask } from '../../pixels/mask.ts'
import { open } from '../../pixels/morphology.ts'
import type { Picture } from '../../pixels/picture.ts'
import { awayFromBorder } from '../../pixels/polarity.ts'
import { quantile } from '../../pixels/quantile.ts'

/** Chosen on development pictures at 128 × 128 pixels (docs/masks.md). */
const MANY = {
  /** So many parts at least … */
  parts: 6,
  /** … of more than so many pixels. */
  area: 4,
  /** The median part's share of the picture is below this. */
  median: 0.015,
  /** The largest part's share of the area of all is below this. */
  largest: 0.4,
  /** Share of the grey's variance that the two sides explain: it has to be above this. */
  explained: 0.65,
}

/**
 * Otsu's mask of a picture's grey where it shows many objects, else nothing. The objects are the
 * side that holds less of the picture's border.
 * @param small the picture squeezed to 128 × 128 pixels
 * @returns 255 inside, 0 outside
 * @example
 * const many = manyObjects(squeeze(picture, 128, 128)) !== undefined
 */
export function manyObjects(small: Picture): Mask | undefined {
  const { width, height } = small
  const sums = greySums(small)
  const bright = otsuOfGrey(sums)
  if (!bright) return undefined
  const mask = { width, height, data: awayFromBorder(bright, width, height) }
  const { areas } = components(open(mask), 4)
  const parts = areas
    .subarray(1)
    .filter((area) => area > MANY.area)
    .sort()
  if (parts.length < MANY.parts) return undefined
  const all = parts.reduce((sum, area) => sum + area, 0)
  const isSmall = quantile(parts, 0.5) < MANY.median * sums.length && parts[parts.length - 1] < MANY.largest * all
  return isSmall && explained(sums, mask.data) > MANY.explained ? mask : undefined
}

/** The share of the variance that lies between the two sides, η² of Otsu (1979). */
function explained(values: Uint16Array, mask: Uint8Array): number {
  let [inside, sumInside, sum, squares] = [0, 0, 0, 0]
  for (let i = 0; i < values.length; i++) {
    const value = values[i]
    sum += value
    squares += value * value
    if (mask[i] === 0) continue
    inside++
    sumInside += value
  }
  const outside = values.length - inside
  const between = (inside * outside * (sumInside / inside - (sum - sumInside) / outside) ** 2) / values.length ** 2
  return between / (squares / values.length - (sum / values.length) ** 2)
}
