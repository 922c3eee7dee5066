/**
 * @file Whether a grey picture is nearly its own mirror image, as a body is from the front (a chest
 * X-ray): what is looked for comes in pairs there, and its outlines are no edges of grey.
 */
import type { Scene } from './scene.ts'
import { SIDE } from './square.ts'

/** The picture is compared at so many pixels a side: what is smaller differs between sides. */
const CELLS = 32
/** Of 0, 0.1 … 0.5, chosen on development pictures (docs/masks.md). */
const LEAST_LIKENESS = 0.3

/** Whether the picture has no colours, and its left side looks like its right one, mirrored. */
export function isMirrored({ lab, channels }: Pick<Scene, 'lab' | 'channels'>): boolean {
  return channels.every(({ name }) => name.startsWith('L')) && likeness(lab) > LEAST_LIKENESS
}

/**
 * The correlation of lightness with its mirror image, every row by itself, so that what is darker
 * below does not count: −1 to 1, 0 for a picture of one lightness a row.
 */
function likeness(lab: Float32Array): number {
  const step = SIDE / CELLS
  let [both, own] = [0, 0]
  for (let row = 0; row < CELLS; row++) {
    const means = new Float64Array(CELLS)
    for (let y = row * step; y < (row + 1) * step; y++)
      for (let x = 0; x < SIDE; x++) means[Math.floor(x / step)] += lab[3 * (y * SIDE + x)]
    const mean = means.reduce((sum, value) => sum + value, 0) / CELLS
    for (let x = 0; x < CELLS; x++) {
      const value = means[x] - mean
      both += value * (means[CELLS - 1 - x] - mean)
      own += value * value
    }
  }
  return own === 0 ? 0 : both / own
}
