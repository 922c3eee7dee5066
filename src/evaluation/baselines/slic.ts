/** @file Superpixels, merged until two regions are left. */
import { mergeRegions } from '../../pixels/merge-regions.ts'
import { awayFromBorder } from '../../pixels/polarity.ts'
import { slic } from '../../pixels/slic.ts'
import type { Baseline } from './baseline.ts'
import { maskInSmall } from './in-small.ts'

export const slicMerged: Baseline = {
  name: 'slic',
  help: '200 superpixels by SLIC, neighbours of like colour merged until two are left; the one that holds less of the border',
  mask: (picture) =>
    maskInSmall(picture, (small) => awayFromBorder(mergeRegions(small, slic(small, { segments: 200 }), 2), small.width, small.height)),
}
