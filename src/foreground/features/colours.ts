/** @file Whether a candidate's colours differ from those around it. */
import { type Bits, eachPixel } from '../bits.ts'
import { COLOURS } from '../clusters.ts'
import type { Scene } from '../scene.ts'
import type { Feature } from './look.ts'

/**
 * How alike the colours inside and in the ring are: Bhattacharyya's coefficient Σ √(pᵢ qᵢ) of their
 * histograms over the groups (Bhattacharyya, 1943), 0 (nothing in common) to 1.
 */
export const ringLikeness: Feature = ({ bits, ring, area, ringArea }, { colours }) =>
  bhattacharyya(histogram(bits, colours), area, histogram(ring, colours), ringArea)

/** How often each group occurs. */
export function histogram(bits: Bits, colours: Uint8Array): Float64Array {
  const counts = new Float64Array(COLOURS)
  eachPixel(bits, (i) => {
    counts[colours[i]]++
  })
  return counts
}

export function bhattacharyya(a: Float64Array, sumA: number, b: Float64Array, sumB: number): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += Math.sqrt(a[i] * b[i])
  return sum / Math.sqrt(Math.max(1, sumA) * Math.max(1, sumB))
}

/**
 * How much darker than its ring a candidate is: the difference of mean L*, as a share of 100. What
 * is looked for in medical pictures is darker than its surroundings more often than brighter.
 */
export const darkness: Feature = (look, { lab }) => {
  const mean = (bits: Bits, area: number) => {
    let sum = 0
    eachPixel(bits, (i) => {
      sum += lab[3 * i]
    })
    return sum / Math.max(1, area)
  }
  return (mean(look.ring, look.ringArea) - mean(look.bits, look.area)) / 100
}

/**
 * The share of the variance in Lab of mask and ring together that lies between the two, 0 to 1.
 */
export function contrast(look: { bits: Bits; ring: Bits; area: number; ringArea: number }, { lab }: Pick<Scene, 'lab'>): number {
  const [inside, around] = [moments(look.bits, lab), moments(look.ring, lab)]
  const [n, m] = [look.area, look.ringArea]
  if (n === 0 || m === 0) return 0
  let [between, within] = [0, 0]
  for (let k = 0; k < 3; k++) {
    const [a, b] = [inside.sums[k] / n, around.sums[k] / m]
    between += ((n * m) / (n + m)) * (a - b) ** 2
    within += inside.squares[k] - n * a * a + around.squares[k] - m * b * b
  }
  return between + within > 0 ? between / (between + within) : 0
}

function moments(bits: Bits, lab: Float32Array): { sums: number[]; squares: number[] } {
  const [sums, squares] = [
    [0, 0, 0],
    [0, 0, 0],
  ]
  eachPixel(bits, (i) => {
    for (let k = 0; k < 3; k++) {
      const value = lab[3 * i + k]
      sums[k] += value
      squares[k] += value * value
    }
  })
  return { sums, squares }
}
