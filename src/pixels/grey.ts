/** @file A picture's grey, and Otsu's threshold of it. */
import { otsuOfCounts } from './otsu.ts'
import type { Picture } from './picture.ts'

/** Three times the grey of every pixel, 0 … 765: the sum of its samples, without rounding. */
export function greySums({ width, height, data }: Picture): Uint16Array {
  const sums = new Uint16Array(width * height)
  for (let i = 0; i < sums.length; i++) sums[i] = data[3 * i] + data[3 * i + 1] + data[3 * i + 2]
  return sums
}

/**
 * Otsu's threshold of grey; NaN where all pixels are of one grey.
 * @param sums as `greySums` gives them
 */
export function otsuCutOfGrey(sums: Uint16Array): number {
  const counts = new Uint32Array(3 * 255 + 1)
  for (const sum of sums) counts[sum]++
  return otsuOfCounts(counts)
}

/**
 * Where grey is above Otsu's threshold: 255, else 0. Nothing where all pixels are of one grey.
 * @param sums as `greySums` gives them
 */
export function otsuOfGrey(sums: Uint16Array): Uint8Array | undefined {
  const cut = otsuCutOfGrey(sums)
  if (Number.isNaN(cut)) return undefined
  const out = new Uint8Array(sums.length)
  for (let i = 0; i < out.length; i++) if (sums[i] > cut) out[i] = 255
  return out
}
