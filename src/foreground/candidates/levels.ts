/**
 * @file Candidates from level sets: a channel is cut at several heights, from both sides, and the
 * largest connected parts are candidates of their own, their holes filled. As MSER (Matas, Chum,
 * Urban and Pajdla, BMVC 2002) looks at all thresholds, since no single one is right; the choice
 * among them is made later.
 */
import { type Ranged, ranged } from '../channels.ts'
import { filledPart, partsOf } from '../parts.ts'
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
    ...channels.flatMap((channel) => levelsOf(`level ${channel.name}`, channel, field, CHANNEL_LEVELS)),
    ...prominences.flatMap(({ sigma, pixels }) => levelsOf(`level prominence ${sigma}`, ranged(pixels, field), field, PROMINENCE_LEVELS)),
  ]
}

function levelsOf(name: string, { values, low, high }: Ranged, field: Uint8Array, levels: number): Candidate[] {
  return [1, -1].flatMap((side) =>
    Array.from({ length: levels }, (_, i) => low + ((high - low) * (i + 1)) / (levels + 1)).flatMap((level) =>
      largestParts(beyond(values, level, side, field)).map((mask) => ({ name, mask })),
    ),
  )
}

/** 1 for pixels of the field above a level (side 1) or below it (−1), else 0. */
export function beyond(values: Float32Array, level: number, side: number, field: Uint8Array): Uint8Array {
  const mask = new Uint8Array(PIXELS)
  if (side > 0) {
    for (let i = 0; i < PIXELS; i++) if (values[i] > level) mask[i] = field[i]
  } else {
    for (let i = 0; i < PIXELS; i++) if (values[i] < level) mask[i] = field[i]
  }
  return mask
}

function largestParts(mask: Uint8Array): Uint8Array[] {
  const parts = partsOf(mask, 4)
  const { areas } = parts
  return [...areas.keys()]
    .filter((part) => areas[part] >= LEAST * PIXELS)
    .sort((a, b) => areas[b] - areas[a])
    .slice(0, LARGEST)
    .filter((part) => areas[part] <= MOST * PIXELS)
    .map((part) => filledPart(parts, part))
}
