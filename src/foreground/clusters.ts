/**
 * @file A picture's colours in 24 groups, by k-means in Lab, so that two parts of it may be
 * compared
 * by their histograms.
 *
 * The first centres are those farthest from all before (Gonzalez, 1985), beginning at the mean:
 * small things of an own colour get a group, which draws by chance may miss.
 */
import { nearestCentres } from '../pixels/k-means.ts'

/** Chosen on development pictures, as the rounds are (docs/masks.md). */
export const COLOURS = 24
const ROUNDS = 8
/** Every so many-th pixel is looked at, to find the centres; all pixels go to them. */
const STEP = 7

/** The group of every pixel, 0 … COLOURS − 1. @param lab three numbers a pixel */
export function colourGroups(lab: Float32Array): Uint8Array {
  const samples = new Float32Array(Math.ceil(lab.length / 3 / STEP) * 3)
  for (let i = 0; i < samples.length / 3; i++) for (let k = 0; k < 3; k++) samples[3 * i + k] = lab[3 * i * STEP + k]
  const centres = farthest(samples)
  const labels = new Uint8Array(samples.length / 3)
  for (let round = 0; round < ROUNDS; round++) {
    nearestCentres(samples, 3, centres, labels)
    moveToMeans(centres, samples, labels)
  }
  const all = new Uint8Array(lab.length / 3)
  nearestCentres(lab, 3, centres, all)
  return all
}

function farthest(samples: Float32Array): Float64Array {
  const count = samples.length / 3
  const centres = new Float64Array(3 * COLOURS)
  for (let i = 0; i < samples.length; i++) centres[i % 3] += samples[i] / count
  const squares = new Float64Array(count).fill(Number.POSITIVE_INFINITY)
  for (let c = 1; c < COLOURS; c++) {
    let far = 0
    for (let i = 0; i < count; i++) {
      const l = samples[3 * i] - centres[3 * c - 3]
      const a = samples[3 * i + 1] - centres[3 * c - 2]
      const b = samples[3 * i + 2] - centres[3 * c - 1]
      squares[i] = Math.min(squares[i], l * l + a * a + b * b)
      if (squares[i] > squares[far]) far = i
    }
    centres.set(samples.subarray(3 * far, 3 * far + 3), 3 * c)
  }
  return centres
}

/** A centre without pixels stays where it is. */
function moveToMeans(centres: Float64Array, samples: Float32Array, labels: Uint8Array): void {
  const sums = new Float64Array(4 * COLOURS)
  for (let i = 0; i < labels.length; i++) {
    sums[4 * labels[i] + 3]++
    for (let k = 0; k < 3; k++) sums[4 * labels[i] + k] += samples[3 * i + k]
  }
  for (let c = 0; c < COLOURS; c++)
    if (sums[4 * c + 3] > 0) for (let k = 0; k < 3; k++) centres[3 * c + k] = sums[4 * c + k] / sums[4 * c + 3]
}
