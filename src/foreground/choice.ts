/**
 * @file The choice: not the candidate with the largest score, but the one that agrees most with all
 * that may be right. Scores become probabilities, and the mask with the most expected Dice wins, as
 * in minimum Bayes risk decoding: ten near copies of a good mask count for more than one odd mask.
 */
import { dice } from './features/agreement.ts'
import type { Look } from './features/look.ts'

export interface Choice {
  /** Of the candidates. */
  index: number
  /** The Dice that is expected of it, 0 to 1: how much those that may be right agree with it. */
  stability: number
  score: number
}

/** Candidates that are so unlikely, beside the likeliest, change nothing. */
const UNLIKELY = 1e-3
/** More than sums of shares are rounded by. */
const ROUNDING = 1e-9

/**
 * p = softmax(score / temperature); the candidate with the largest Σⱼ pⱼ · Dice(i, j).
 * @param scores one each, finite
 * @param temperature above 0: the difference of scores at which one is e times as likely
 * @param allowed whether a candidate may win; default: all may
 * @returns nothing where none may
 */
export function chooseExpected(
  looks: readonly Look[],
  scores: ArrayLike<number>,
  temperature: number,
  allowed: (look: Look) => boolean = () => true,
): Choice | undefined {
  let most = Number.NEGATIVE_INFINITY
  for (let i = 0; i < looks.length; i++) most = Math.max(most, scores[i])
  const chances = looks.map((look, j) => ({ look, chance: Math.exp((scores[j] - most) / temperature) }))
  const likely = chances.filter(({ chance }) => chance > UNLIKELY)
  const total = likely.reduce((sum, { chance }) => sum + chance, 0)
  /** What the areas alone allow: no two masks have more in common than the smaller one has. */
  const bounds = looks.map(({ area }) =>
    likely.reduce((sum, { look, chance }) => sum + (chance / total) * ((2 * Math.min(area, look.area)) / (area + look.area)), 0),
  )
  // From the most promising on: most need no look at their pixels then.
  const order = [...looks.keys()].filter((i) => allowed(looks[i])).sort((a, b) => bounds[b] - bounds[a])
  let best: Choice | undefined
  for (const index of order) {
    if (best && bounds[index] + ROUNDING < best.stability) break
    let expected = 0
    for (const { look, chance } of likely) expected += (chance / total) * dice(looks[index], look)
    const better = !best || expected > best.stability || (expected === best.stability && index < best.index)
    if (better) best = { index, stability: expected, score: scores[index] }
  }
  return best
}
