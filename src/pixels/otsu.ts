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
    const i = order[rank]
    const next = order[rank + 1]
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

/**
 * The cut between two groups of whole numbers of which it is known how often each occurs: as `otsu`
 * of all of them, without sorting.
 * @param counts how often 0, 1, 2 … occur
 * @example
 * otsuOfCounts(histogram) // 127.5 for as many pixels of 100 as of 155
 */
export function otsuOfCounts(counts: ArrayLike<number>): number {
  const present = Array.from(counts, (_, value) => value).filter((value) => counts[value] > 0)
  return otsu(
    present,
    present.map((value) => counts[value]),
  )
}

/** Otsu's cut of numbers of 8 bits. */
export function otsu8(values: Uint8Array): number {
  const counts = new Uint32Array(256)
  for (let i = 0; i < values.length; i++) counts[values[i]]++
  return otsuOfCounts(counts)
}
