/** @file How strongly cells absorb a walk. */

/**
 * From boundary connectivity b: 1 − exp(−b² / 2σ²), 0 to 1 (Zhu et al., CVPR 2014, §4.1, who weigh
 * the background so).
 * @param sigma above 0: little favours small objects, much large ones
 */
export function backgroundWeights(connectivity: Float32Array, sigma: number): Float32Array {
  return connectivity.map((b) => 1 - Math.exp(-(b * b) / (2 * sigma * sigma)))
}

/**
 * The share of a walk that goes on from every cell, 0 to 1.
 * @param absorption 0 or more, beside 1 for going on; Infinity lets nothing through
 * @param leak what is lost everywhere besides, 0 to 1
 */
export function survivalOf(absorption: Float32Array, leak = 0): Float32Array {
  return absorption.map((weight) => (1 - leak) / (1 + weight))
}
