/** @file Otsu's threshold on grey. */
import { otsuOfCounts } from '../../pixels/otsu.ts'
import { awayFromBorder } from '../../pixels/polarity.ts'
import type { Baseline } from './baseline.ts'

export const otsuOnGrey: Baseline = {
  name: 'otsu',
  help: 'Otsu’s threshold on the mean of the channels; the side that holds less of the border',
  mask({ width, height, data }) {
    // Sums of three channels: means without rounding.
    const sums = new Uint16Array(width * height)
    const counts = new Uint32Array(3 * 255 + 1)
    for (let i = 0; i < sums.length; i++) {
      sums[i] = data[i * 3] + data[i * 3 + 1] + data[i * 3 + 2]
      counts[sums[i]]++
    }
    const cut = otsuOfCounts(counts)
    // A picture of one grey has no cut, and nothing in it.
    if (Number.isNaN(cut)) return new Uint8Array(sums.length)
    return awayFromBorder(
      sums.map((sum) => (sum > cut ? 1 : 0)),
      width,
      height,
    )
  },
}
