/**
 * @file Candidates from level sets: a channel is cut at several heights, from both sides, and the
 * largest connected parts are candidates of their own, their holes filled. As MSER (Matas, Chum,
 * Urban and Pajdla, BMVC 2002) looks at all thresholds, since no single one is right; the choice
 * among them is made later.
 */
import { quantiles } from '../channels.ts'
import { filledParts, partsAlongSides } from '../parts.ts'
import type { Scene } from '../scene.ts'
import { PIXELS } from '../square.ts'
import type { Candidate } from './candidate.ts'

// Chosen on development pictures (docs/masks.md).
/** Heights at which a channel is cut: equal steps between the 1st and the 99th percentile. */
const CHANNEL_LEVELS = 10
const PROMINENCE_LEVELS = 8
/** So many of the largest parts of each cut. */
const LARGEST = 5
/** Shares of the square that a part takes. */
const LEAST = 0.002
const MOST = 0.5

export function levelCandidates({ channels, prominences, field }: Scene): Candidate[] {
  return [
    ...channels.flatMap(({ name, values }) => levelsOf(`level ${name}`, values, field, CHANNEL_LEVELS)),
    ...prominences.flatMap(({ sigma, pixels }) => levelsOf(`level prominence ${sigma}`, pixels, field, PROMINENCE_LEVELS)),
  ]
}

function levelsOf(name: string, values: Float32Array, field: Uint8Array, levels: number): Candidate[] {
  const [low, high] = quantiles(values, field, [0.01, 0.99])
  return [1, -1].flatMap((side) =>
    Array.from({ length: levels }, (_, i) => low + ((high - low) * (i + 1)) / (levels + 1)).flatMap((level) =>
      largestParts(beyond(values, level, side, field)).map((mask) => ({ name, mask })),
    ),
  )
}

/** 1 for pixels of the field above a level (side 1) or below it (−1), else 0. */
export function beyond(values: Float32Array, level: number, side: number, field: Uint8Array): Uint8Array {
  const mask = new Uint8Array(PIXELS)
  for (let i = 0; i < PIXELS; i++) if (field[i] === 1 && (values[i] - level) * side > 0) mask[i] = 1
  return mask
}

function largestParts(mask: Uint8Array): Uint8Array[] {
  const { labels, areas, count } = partsAlongSides(mask)
  const wanted = Array.from({ length: count }, (_, i) => i + 1)
    .filter((label) => areas[label] >= LEAST * PIXELS)
    .sort((a, b) => areas[b] - areas[a])
    .slice(0, LARGEST)
    .filter((label) => areas[label] <= MOST * PIXELS)
  return filledParts(labels, wanted)
}
