/** @file Figures of grids, of attention and of merging, as texts say them. */
import type { Latent, MergeTree } from 'adzus'
import type { Grid } from '../../engine/calls.ts'
import type { Point } from '../../stage/points.ts'

/** The least and the most. */
export function rangeOf(values: Iterable<number>): [least: number, most: number] {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of values) {
    least = Math.min(least, value)
    most = Math.max(most, value)
  }
  return [least, most]
}

/** One channel of a latent. */
export function channelOf({ values, channels }: Latent, channel: number): Float32Array {
  return values.filter((_, i) => i % channels === channel)
}

/**
 * Over how many cells a look is spread: e to the power of its entropy, which is n where n cells
 * share it evenly.
 * @param row 0 or more, together 1
 */
export function spreadOf(row: ArrayLike<number>): number {
  let entropy = 0
  for (let i = 0; i < row.length; i++) if (row[i] > 0) entropy -= row[i] * Math.log(row[i])
  return Math.exp(entropy)
}

/** Where most is: row and column from 1. */
export function peakOf(values: ArrayLike<number>, { w }: Grid): { row: number; column: number; value: number } {
  let best = 0
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i
  return { row: Math.floor(best / w) + 1, column: (best % w) + 1, value: values[best] }
}

/** The cell of a grid that a pixel lies in. */
export function cellAt({ x, y }: Point, { width, height }: { width: number; height: number }, { h, w }: Grid): number {
  const along = (place: number, length: number, cells: number) => Math.min(cells - 1, Math.floor(((place + 0.5) * cells) / length))
  return along(y, height, h) * w + along(x, width, w)
}

/** How many proposals there are before any round and after each of the later ones. */
export function countsOf({ anchors, rounds }: MergeTree): number[] {
  return [anchors.length, ...rounds.map(({ groups }) => groups.length)]
}

/**
 * For every anchor, the proposal that it belongs to after a round: 0 is the first one, where each
 * stands for itself. Of several groups that it is part of, the first.
 */
export function homesOf({ anchors, rounds }: MergeTree, round: number): number[] {
  let homes = anchors.map((_, i) => i)
  for (const { groups } of rounds.slice(0, round)) {
    const next = new Map<number, number>()
    groups.forEach((members, group) => {
      for (const { proposal } of members) if (!next.has(proposal)) next.set(proposal, group)
    })
    homes = homes.map((home) => next.get(home)!)
  }
  return homes
}

/** A share as a percentage with one digit behind the point. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}

/** A layer's place in the network, shorter than its path in the checkpoint. */
export function shortName(layer: string): string {
  const [, part, block = '', attention] = /^(down|mid|up)_blocks?(?:\.(\d+))?\.attentions\.(\d+)/.exec(layer) ?? []
  if (part === undefined) return layer
  const deeper = /transformer_blocks\.([1-9]\d*)/.exec(layer)?.[1]
  return [part, [block, attention, deeper].filter((one) => one !== undefined && one !== '').join('.')].join(' ')
}
