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
  let best: Choice | undefined
  for (const [index, look] of looks.entries()) {
    if (!allowed(look)) continue
    let expected = 0
    for (const { look: other, chance } of likely) expected += (chance / total) * dice(look, other)
    if (!best || expected > best.stability) best = { index, stability: expected, score: scores[index] }
  }
  return best
}
