/** @file A disc in the middle, the same for every picture: it looks at nothing. */
import { centrality } from '../../pixels/centrality.ts'
import type { Baseline } from './baseline.ts'

/**
 * Of a picture's places, 45 % are more central than this (its 55 % quantile, found numerically on
 * 4000 × 4000 places).
 */
export const CENTRAL = 0.64146

export const disc: Baseline = {
  name: 'disc',
  help: 'a fixed disc in the middle, 45 % of the picture',
  mask({ width, height }) {
    const mask = new Uint8Array(width * height)
    for (let y = 0, i = 0; y < height; y++)
      for (let x = 0; x < width; x++, i++) if (centrality((x + 0.5) / width, (y + 0.5) / height) > CENTRAL) mask[i] = 255
    return mask
  },
}
