/**
 * @file Figures of many objects: every value of a label map but 0 is an object.
 *
 * Two figures share the name *average precision*. `objectPrecision` is what StarDist (Schmidt et
 * al. 2018) calls accuracy and cellpose (Stringer et al. 2021) average precision: TP / (TP + FP +
 * FN) of one picture at one IoU, without scores. COCO's is the area below the curve of precision
 * over recall of ranked objects; see `coco.ts`.
 */
import type { LabelMap } from '../pixels/label-map.ts'
import { type Overlaps, overlaps, type Pair } from './overlaps.ts'

/** 0.5, 0.55 … 0.95. */
export const IOU_LEVELS: readonly number[] = Array.from({ length: 10 }, (_, i) => (10 + i) / 20)

export interface InstanceFigures {
  /** Objects. */
  counts: { truth: number; result: number }
  /** TP / (TP + FP + FN) at each of `IOU_LEVELS`; 1 where neither map has an object. */
  objectPrecision: number[]
  /** Aggregated Jaccard index, 0 … 1; 1 where neither map has an object. */
  aji: number
}

/**
 * Compares two maps of objects.
 *
 * An object of the result is true if its IoU with an object of the truth reaches the level. Pairs
 * are made one to one, the largest IoU first; from 0.5 on, no other way of pairing makes more.
 * @throws AdzusError unless both are label maps of one size
 * @example
 * const { objectPrecision: [atHalf], aji } = instanceFigures(truth, result)
 */
export function instanceFigures(truth: LabelMap, result: LabelMap): InstanceFigures {
  const table = objectsOf(overlaps(truth, result))
  const counts = { truth: table.inA.size, result: table.inB.size }
  const ious = pairedIous(table)
  const objectPrecision = IOU_LEVELS.map((level) => {
    const found = ious.filter((iou) => iou >= level).length
    const all = counts.truth + counts.result - found
    return all === 0 ? 1 : found / all
  })
  return { counts, objectPrecision, aji: aggregatedJaccard(table) }
}

/** The table without the background. */
export function objectsOf({ inA, inB, pairs }: Overlaps): Overlaps {
  const objects = (areas: Map<number, number>) => new Map([...areas].filter(([value]) => value !== 0))
  return { inA: objects(inA), inB: objects(inB), pairs: pairs.filter(({ a, b }) => a !== 0 && b !== 0) }
}

/** The IoU of two values that overlap. */
export const iouOf = ({ inA, inB }: Overlaps, { a, b, area }: Pair): number => area / (inA.get(a)! + inB.get(b)! - area)

/** IoUs of pairs that were made one to one, descending. */
function pairedIous(table: Overlaps): number[] {
  const [usedA, usedB] = [new Set<number>(), new Set<number>()]
  const ranked = table.pairs.map((pair) => ({ ...pair, iou: iouOf(table, pair) })).sort((x, y) => y.iou - x.iou)
  const made = ranked.filter(({ a, b }) => {
    if (usedA.has(a) || usedB.has(b)) return false
    usedA.add(a)
    usedB.add(b)
    return true
  })
  return made.map(({ iou }) => iou)
}

/**
 * Kumar et al., *A dataset and a technique for generalized nuclear segmentation for computational
 * pathology*, IEEE TMI 36, 2017, algorithm 1. Each true object takes the object of the largest IoU,
 * which several may take (of equals, the first in reading order). What none took is surplus.
 */
function aggregatedJaccard(table: Overlaps): number {
  const best = new Map<number, Pair>()
  for (const pair of table.pairs) {
    const before = best.get(pair.a)
    if (before === undefined || iouOf(table, pair) > iouOf(table, before)) best.set(pair.a, pair)
  }
  let [shared, all] = [0, 0]
  const taken = new Set<number>()
  for (const [label, area] of table.inA) {
    const pair = best.get(label)
    shared += pair?.area ?? 0
    all += area + (pair ? table.inB.get(pair.b)! - pair.area : 0)
    if (pair) taken.add(pair.b)
  }
  for (const [label, area] of table.inB) if (!taken.has(label)) all += area
  return all === 0 ? 1 : shared / all
}
