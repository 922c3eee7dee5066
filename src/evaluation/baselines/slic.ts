/** @file Superpixels, merged until two regions are left. */
import { mergeRegions } from '../../pixels/merge-regions.ts'
import { awayFromBorder } from '../../pixels/polarity.ts'
import { shrink } from '../../pixels/shrink.ts'
import { slic } from '../../pixels/slic.ts'
import { fractions, upsampleMask } from '../../pixels/upsample-mask.ts'
import type { Baseline } from './baseline.ts'

/** The longer side at which superpixels are found. */
const SIDE = 256

export const slicMerged: Baseline = {
  name: 'slic',
  help: '200 superpixels by SLIC, neighbours of like colour merged until two are left; the one that holds less of the border',
  mask(picture) {
    const small = shrink(picture, SIDE)
    const regions = mergeRegions(small, slic(small, { segments: 200 }), 2)
    const mask = awayFromBorder(regions, small.width, small.height)
    return small === picture ? mask : upsampleMask(fractions(mask), small, picture)
  },
}
