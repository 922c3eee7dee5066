/**
 * @file Where the words of a text look: the cross-attention to its tokens, averaged over
 * resolutions on the picture, and over each segment.
 */
import type { BandedMap } from './banded-map.ts'

export interface LabelPixels {
  labels: ArrayLike<number>
  width: number
  height: number
  /** Labels run from 1 to count. */
  count: number
}

/**
 * Mean attention of each segment to the words (token positions in the context); a resolution counts
 * by its mean, so that all weigh the same.
 */
export async function segmentHeat(
  maps: readonly BandedMap[],
  words: readonly number[],
  { labels, width, height, count }: LabelPixels,
): Promise<number[]> {
  const heat = new Float64Array(count + 1)
  const area = new Float64Array(count + 1)
  for (let i = 0; i < labels.length; i++) area[labels[i]]++
  for (const map of maps) {
    const { grid, queries, keys: tokens } = map
    const values = await map.floats()
    const cells = Float64Array.from({ length: queries }, (_, q) => words.reduce((sum, t) => sum + values[q * tokens + t], 0))
    const mean = cells.reduce((a, b) => a + b, 0) / queries
    for (let y = 0, i = 0; y < height; y++) {
      const row = Math.floor((y * grid.h) / height) * grid.w
      for (let x = 0; x < width; x++, i++) heat[labels[i]] += cells[row + Math.floor((x * grid.w) / width)] / mean
    }
  }
  return Array.from({ length: count }, (_, s) => heat[s + 1] / area[s + 1] / maps.length)
}
