/**
 * @file Many small objects, seen by themselves: where Otsu's mask of grey falls into many small,
 * well separated parts, it is better than any single object could be.
 */
import { components } from '../../pixels/components.ts'
import { open } from '../../pixels/morphology.ts'
import { otsuOfCounts } from '../../pixels/otsu.ts'
import type { Picture } from '../../pixels/picture.ts'
import { awayFromBorder } from '../../pixels/polarity.ts'
import { shrink } from '../../pixels/shrink.ts'
import { fractions } from '../../pixels/upsample-mask.ts'
import { enlarge } from '../finish.ts'

// Chosen on development pictures (docs/masks.md).
/** Parts of more than so many pixels of the square count, and so many there are at least. */
const LEAST_AREA = 4
const LEAST_PARTS = 6
/** The median part takes less than this share of the picture. */
const MOST_MEDIAN = 0.015
/** The largest takes less than this share of all parts. */
const MOST_LARGEST = 0.4
/** The two sides explain more than this share of grey's variance. */
const LEAST_SEPARATION = 0.65

/**
 * Whether a picture shows many small objects.
 * @param small the picture as the square
 */
export function manyObjects(small: Picture): boolean {
  const { width, height } = small
  const mask = otsuMask(small)
  const { areas } = components({ width, height, data: open({ width, height, data: mask }).data }, 4)
  const parts = Array.from(areas.subarray(1))
    .filter((area) => area > LEAST_AREA)
    .sort((a, b) => a - b)
  if (parts.length < LEAST_PARTS || separation(small, mask) <= LEAST_SEPARATION) return false
  const half = parts.length >> 1
  const median = parts.length % 2 === 1 ? parts[half] : (parts[half - 1] + parts[half]) / 2
  const all = parts.reduce((sum, area) => sum + area, 0)
  return median < MOST_MEDIAN * width * height && parts[parts.length - 1] < MOST_LARGEST * all
}

/**
 * The side of Otsu's threshold of grey (the mean of the channels) that the border is less in: 255,
 * else 0.
 */
export function otsuMask({ width, height, data }: Picture): Uint8Array {
  // Sums of three channels: whole numbers.
  const counts = new Uint32Array(3 * 255 + 1)
  const sums = Uint16Array.from({ length: width * height }, (_, i) => data[3 * i] + data[3 * i + 1] + data[3 * i + 2])
  for (const sum of sums) counts[sum]++
  const threshold = otsuOfCounts(counts)
  return awayFromBorder(
    sums.map((sum) => (sum > threshold ? 1 : 0)),
    width,
    height,
  )
}

/**
 * The mask of many objects at the picture's size, found at up to 512 pixels: 255 inside, 0 outside.
 */
export function objectsMask(picture: Picture): Uint8Array {
  const middle = shrink(picture, 512)
  return enlarge(fractions(otsuMask(middle)), middle, picture)
}

/** The share of grey's variance between the two sides of a mask, 0 to 1. */
function separation({ data }: Picture, mask: Uint8Array): number {
  const count = [0, 0]
  const total = [0, 0]
  let squares = 0
  for (let i = 0; i < mask.length; i++) {
    const grey = (data[3 * i] + data[3 * i + 1] + data[3 * i + 2]) / 3
    const side = mask[i] === 0 ? 0 : 1
    count[side]++
    total[side] += grey
    squares += grey * grey
  }
  const n = mask.length
  const mean = (total[0] + total[1]) / n
  const variance = squares / n - mean * mean
  if (count[0] === 0 || count[1] === 0 || variance <= 0) return 0
  const shares = count.map((c) => c / n)
  return (shares[0] * shares[1] * (total[0] / count[0] - total[1] / count[1]) ** 2) / variance
}
