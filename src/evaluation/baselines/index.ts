/** @file All baselines, in the order of tables. */
import type { Baseline } from './baseline.ts'
import { disc } from './disc.ts'
import { grabCutFromDisc } from './grab-cut.ts'
import { kMeansInLab } from './k-means.ts'
import { otsuOnGrey } from './otsu.ts'
import { slicMerged } from './slic.ts'

export type { Baseline } from './baseline.ts'

export const BASELINES: readonly Baseline[] = [disc, otsuOnGrey, kMeansInLab, slicMerged, grabCutFromDisc]
