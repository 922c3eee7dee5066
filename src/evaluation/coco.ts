/**
 * @file COCO's average precision (Lin et al. 2014; `COCOeval` of pycocotools, all areas, no
 * crowds). Objects of all pictures are ranked by their scores; precision is read at 101 recalls.
 */
import { isSamples, isWhole, must, mustBeNamed, mustBeOptions } from '../arguments.ts'
import type { LabelMap } from '../pixels/label-map.ts'
import { IOU_LEVELS, iouOf, objectsOf } from './instances.ts'
import { overlaps } from './overlaps.ts'

/** One picture's objects. */
export interface ScoredInstances {
  truth: LabelMap
  result: LabelMap
  /** `scores[i]` is that of the result's object i + 1; the higher, the surer. */
  scores: ArrayLike<number>
}

export interface CocoOptions {
  /** Of each picture, so many objects of the highest scores count; 100 by default, as in COCO. */
  most?: number
}

export interface CocoPrecision {
  /** The mean over all levels: COCO's AP. NaN where no truth has an object. */
  all: number
  /** At each of `IOU_LEVELS`: AP50, AP55 … AP95. */
  at: number[]
}

/** An object of a result, and whether it is a true one at each of the levels. */
interface Ranked {
  score: number
  found: boolean[]
}

/** 101 recalls, as NumPy's `linspace(0, 1, 101)` rounds them. */
const RECALLS = Array.from({ length: 101 }, (_, i) => i * 0.01)

/**
 * Average precision over pictures, which are taken one by one.
 * @throws AdzusError unless each has label maps of one size and a score for each object
 * @example
 * const { all, at: [ap50] } = cocoPrecision([{ truth, result, scores: [0.9, 0.4] }])
 */
export function cocoPrecision(pictures: Iterable<ScoredInstances>, options: CocoOptions = {}): CocoPrecision {
  mustBeOptions('options', options)
  mustBeNamed('options', options, ['most'])
  const { most = 100 } = options
  must('most', most === Infinity || isWhole(most, 1, 2 ** 32), 'a whole number, 1 or more', most)
  const ranked: Ranked[] = []
  let truths = 0
  for (const picture of pictures) {
    const { objects, count } = matched(picture, most)
    ranked.push(...objects)
    truths += count
  }
  ranked.sort((a, b) => b.score - a.score)
  const at = IOU_LEVELS.map((_, level) =>
    precision(
      ranked.map(({ found }) => found[level]),
      truths,
    ),
  )
  return { all: at.reduce((sum, value) => sum + value, 0) / at.length, at }
}

/**
 * A picture's objects by descending score. Each takes a free true object whose IoU reaches the
 * level: the one of the largest IoU, since objects of a map share no pixels, and two of them reach
 * 0.5 only where both have it exactly.
 */
function matched({ truth, result, scores }: ScoredInstances, most: number): { objects: Ranked[]; count: number } {
  const table = objectsOf(overlaps(truth, result))
  const labels = [...table.inB.keys()].sort((a, b) => a - b)
  must('scores', isSamples(scores, scores?.length), 'a list of scores', scores)
  for (const label of labels) must('scores', Number.isFinite(scores[label - 1]), `a score for object ${label}`, scores[label - 1])
  const candidates = new Map(labels.map((label) => [label, [] as { a: number; iou: number }[]]))
  for (const pair of table.pairs) candidates.get(pair.b)!.push({ a: pair.a, iou: iouOf(table, pair) })
  const used = IOU_LEVELS.map(() => new Set<number>())
  const chosen = labels.sort((a, b) => scores[b - 1] - scores[a - 1]).slice(0, most)
  const objects = chosen.map((label) => ({
    score: scores[label - 1],
    found: IOU_LEVELS.map((level, l) => {
      const best = candidates.get(label)!.find(({ a, iou }) => iou >= level && !used[l].has(a))
      if (best) used[l].add(best.a)
      return best !== undefined
    }),
  }))
  return { objects, count: table.inA.size }
}

/** The mean over the recalls of the largest precision at that recall or a higher one. */
function precision(found: readonly boolean[], truths: number): number {
  if (truths === 0) return NaN
  let hits = 0
  const curve = found.map((hit, i) => {
    if (hit) hits++
    return { recall: hits / truths, precision: hits / (i + 1) }
  })
  for (let i = curve.length - 2; i >= 0; i--) curve[i].precision = Math.max(curve[i].precision, curve[i + 1].precision)
  let [sum, i] = [0, 0]
  for (const recall of RECALLS) {
    while (i < curve.length && curve[i].recall < recall) i++
    sum += curve[i]?.precision ?? 0
  }
  return sum / RECALLS.length
}
