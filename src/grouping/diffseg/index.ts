/** @file DiffSeg (arXiv 2308.12469): anchors whose maps are merged while they are alike. */
import { isBoolean, isWhole, must } from '../../arguments.ts'
import type { BandedMap } from '../../attention/banded-map.ts'
import type { Tensor } from '../../tensor/index.ts'
import type { Grouping } from '../grouping.ts'
import { type MergeTree, merge } from './merge.ts'
import { refine } from './refine.ts'

export interface DiffSegOptions {
  kind: 'diffseg'
  /** Divergence below which maps are merged, one a round, each above 0. */
  thresholds?: readonly number[]
  /** Anchors a side, 2 to 1024. */
  anchors?: number
  /** Refine the proposals by k-means of all attention maps. */
  refine?: boolean
}

export interface DiffSeg extends DiffSegOptions {
  thresholds: number[]
  anchors: number
  refine: boolean
}

/** Rounds of merging: after a few, nothing changes any more. */
export const MAX_ROUNDS = 64

export const diffseg: Grouping<DiffSeg, DiffSegOptions> = {
  resolve(options, defaults) {
    const { thresholds = defaults.thresholds, anchors = defaults.anchors, refine: wanted = defaults.refine } = options
    const rounds = Array.isArray(thresholds) && thresholds.length > 0
    const above = 'one number above 0 a round of merging'
    must('thresholds', rounds && thresholds.every((t) => typeof t === 'number' && t > 0), above, thresholds)
    must('thresholds', thresholds.length <= MAX_ROUNDS, `at most ${MAX_ROUNDS}, one a round of merging`, thresholds)
    must('anchors', isWhole(anchors, 2, 1024), 'a whole number from 2 to 1024', anchors)
    must('refine', isBoolean(wanted), 'true or false', wanted)
    return { kind: 'diffseg', thresholds: [...thresholds], anchors, refine: wanted }
  },

  async propose(map: BandedMap, method: DiffSeg, tree?: MergeTree): Promise<Tensor> {
    const proposals = await merge(map, method, tree)
    if (!method.refine) return proposals
    const refined = await refine(map, proposals)
    proposals.dispose()
    return refined
  },

  /** The first round alone: what later ones merge depends on the numbers. */
  foresee: (map: BandedMap, { thresholds, anchors }: DiffSeg) => merge(map, { thresholds: thresholds.slice(0, 1), anchors }),
}
