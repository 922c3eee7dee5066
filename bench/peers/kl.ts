/** @file `kl`: divergences of 256 anchors' maps to all, and the whole of merging, against NumPy: term by term, and as the matrix products that ours are too. */
import { playPython } from './match.ts'
import type { Op } from './ops.ts'
import type { Options } from './options.ts'

const GRID = { side: 64, anchors: 16 }
const MERGING = { ...GRID, thresholds: [0.9, 0.9, 0.9] }
const OPS: Op[] = [
  { kind: 'divergence', ...GRID, broadcast: true },
  { kind: 'divergence', ...GRID, broadcast: false },
  { kind: 'merge', ...MERGING, regions: 3, broadcast: true },
  { kind: 'merge', ...MERGING, regions: 3, broadcast: false },
  // Where every map is near to every other, no bound rules anything out.
  { kind: 'merge', ...MERGING, regions: 1, broadcast: false },
]

export const benchKl = (options: Options) => playPython({ library: 'NumPy', ops: OPS, about: 'logarithms included in both' }, options)
