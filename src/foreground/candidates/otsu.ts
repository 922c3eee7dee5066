/** @file Candidates from Otsu's threshold of each channel, from both sides. */
import { boxMean } from '../../pixels/box.ts'
import { fillHoles, open } from '../../pixels/morphology.ts'
import { otsuOfCounts } from '../../pixels/otsu.ts'
import { partsOf } from '../parts.ts'
import type { Scene } from '../scene.ts'
import { SIDE } from '../square.ts'
import type { Candidate } from './candidate.ts'
import { beyond } from './levels.ts'

const BINS = 256
/** What comes this near to the border of the field, in pixels, touches it. */
const RIM = 4

/**
 * Three for each channel and side: `otsu` opened once, `otsu-inner` without the parts that touch
 * the border of the field, `otsu-filled` with its holes filled.
 */
export function otsuCandidates({ channels, field }: Scene): Candidate[] {
  const rim = rimOf(field)
  return channels.flatMap(({ name, values }) => {
    const threshold = threshold256(values, field)
    return [1, -1].flatMap((side) => {
      const plain = { width: SIDE, height: SIDE, data: beyond(values, threshold, side, field) }
      const opened = open(plain)
      const variants: [string, Uint8Array][] = [
        ['otsu', opened.data],
        ['otsu-inner', withoutTouching(opened.data, rim)],
        ['otsu-filled', fillHoles(opened).data],
      ]
      return variants.map(([kind, data]) => ({ name: `${kind} ${name}`, mask: data.map((value) => (value === 0 ? 0 : 1)) }))
    })
  })
}

/** Otsu's threshold of the values inside, between 256 equal steps from the least to the largest. */
function threshold256(values: Float32Array, field: Uint8Array): number {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let i = 0; i < values.length; i++) {
    if (field[i] === 0) continue
    low = Math.min(low, values[i])
    high = Math.max(high, values[i])
  }
  const step = (high - low) / BINS
  const counts = new Uint32Array(BINS)
  for (let i = 0; i < values.length; i++) if (field[i] === 1) counts[Math.min(BINS - 1, Math.floor((values[i] - low) / step))]++
  return low + (otsuOfCounts(counts) + 0.5) * step
}

function withoutTouching(mask: Uint8Array, rim: Uint8Array): Uint8Array {
  const { runs } = partsOf(mask, 4)
  const touching = new Set(runs.filter(({ start, end }) => rim.subarray(start, end).includes(1)).map(({ part }) => part))
  const out = new Uint8Array(mask.length)
  for (const { start, end, part } of runs) if (!touching.has(part)) out.fill(1, start, end)
  return out
}

/** 1 for pixels of the field that are near its border or the picture's edge, corners included. */
function rimOf(field: Uint8Array): Uint8Array {
  const filled = boxMean(field, SIDE, SIDE, RIM)
  return field.map((own, i) => {
    const x = i % SIDE
    const y = Math.floor(i / SIDE)
    const beyondEdge = Math.min(x, y, SIDE - 1 - x, SIDE - 1 - y) < RIM
    return own === 1 && (beyondEdge || filled[i] < 1) ? 1 : 0
  })
}
