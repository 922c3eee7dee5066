/**
 * @file Otsu's threshold (1979): the cut that leaves the least variance within two groups, which is
 * the most between them. No parameter.
 */

/**
 * The cut between two groups of values, halfway between the largest of the lower and the smallest
 * of the upper one. `weights`: how often each value counts. Between-group variance at a cut:
 * w₀·w₁·(m₀ − m₁)²; the lowest of equal cuts is taken. NaN where all values are equal.
 */
export function otsu(values: ArrayLike<number>, weights?: ArrayLike<number>): number {
  const order = Array.from(values, (_, i) => i).sort((a, b) => values[a] - values[b])
  const weight = (i: number) => weights?.[i] ?? 1
  let [allWeight, allSum] = [0, 0]
  for (const i of order) {
    allWeight += weight(i)
    allSum += weight(i) * values[i]
  }
  let [below, sum, most, cut] = [0, 0, 0, Number.NaN]
  for (let rank = 0; rank + 1 < order.length; rank++) {
    const [i, next] = [order[rank], order[rank + 1]]
    below += weight(i)
    sum += weight(i) * values[i]
    const above = allWeight - below
    if (values[i] === values[next] || below === 0 || above === 0) continue
    const between = below * above * (sum / below - (allSum - sum) / above) ** 2
    if (between > most) {
      most = between
      cut = (values[i] + values[next]) / 2
    }
  }
  return cut
}
