import type { LabelMap } from './classes.ts'

export interface InstanceFigures {
  counts: { truth: number; result: number }
  /** At IoU 0.5, 0.55 … 0.95: TP / (TP + FP + FN), one to one. */
  precision: number[]
  /** Aggregated Jaccard index (Kumar et al. 2017). */
  aji: number
}

export function instanceFigures(_truth: LabelMap, _result: LabelMap): InstanceFigures {
  throw new Error('to come')
}

/** One picture's objects for `cocoPrecision`; `scores[i]` is that of the result's object i + 1. */
export interface ScoredInstances {
  truth: LabelMap
  result: LabelMap
  scores: ArrayLike<number>
}

/** COCO's average precision over all pictures: `all` is the mean over IoU 0.5 … 0.95. */
export function cocoPrecision(_pictures: Iterable<ScoredInstances>): { all: number; at: number[] } {
  throw new Error('to come')
}
