/** @file Two clusters of colours. */
import { kMeans, nearestCentres } from '../../pixels/k-means.ts'
import { rgbToLab } from '../../pixels/lab.ts'
import { awayFromBorder } from '../../pixels/polarity.ts'
import { shrink } from '../../pixels/shrink.ts'
import type { Baseline } from './baseline.ts'
import { SIDE } from './in-small.ts'

export const kMeansInLab: Baseline = {
  name: 'k-means',
  help: 'two clusters of colours in Lab by k-means; the one that holds less of the border',
  mask(picture) {
    const { centres } = kMeans(rgbToLab(shrink(picture, SIDE).data), 3, 2, { rounds: 30 })
    const clusters = new Uint8Array(picture.width * picture.height)
    nearestCentres(rgbToLab(picture.data), 3, centres, clusters)
    return awayFromBorder(clusters, picture.width, picture.height)
  },
}
