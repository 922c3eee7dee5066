/** @file Otsu's threshold on grey. */
import { greySums, otsuOfGrey } from '../../pixels/grey.ts'
import { awayFromBorder } from '../../pixels/polarity.ts'
import type { Baseline } from './baseline.ts'

export const otsuOnGrey: Baseline = {
  name: 'otsu',
  help: 'Otsu’s threshold on the mean of the channels; the side that holds less of the border',
  mask(picture) {
    const { width, height } = picture
    const bright = otsuOfGrey(greySums(picture))
    // A picture of one grey has no cut, and nothing in it.
    return bright ? awayFromBorder(bright, width, height) : new Uint8Array(width * height)
  },
}
