/**
 * @file One foreground for a whole volume, out of the masks of its slices.
 *
 * A rule that takes whole segments is settled by vote: a segment is foreground where at least half
 * of its voxels are, in all slices together, and then it is foreground in every slice. A mask with
 * an outline of its own is smoothed along the axis: a voxel is what most of its slice and the next
 * ones on both sides say.
 */
import type { Volume } from '../../image/volume.ts'
import { putSlice, type Slicing, takeSlice } from './slicing.ts'

/** So many slices on each side have a vote. */
export const REACH = 1

/** Inside each number's voxels, and all of them. */
export interface Votes {
  inside: Float64Array
  all: Float64Array
}

/** Counts the voxels of each number, and those inside of a mask. */
export function votesOf(labels: Uint16Array, mask: Uint8Array, count: number): Votes {
  const [inside, all] = [new Float64Array(count + 1), new Float64Array(count + 1)]
  for (let i = 0; i < labels.length; i++) {
    all[labels[i]]++
    if (mask[i] !== 0) inside[labels[i]]++
  }
  return { inside, all }
}

/** Makes the mask whole segments: those of which at least half is inside. */
export function voteBySegments(labels: Uint16Array, mask: Uint8Array, { inside, all }: Votes): void {
  const chosen = Uint8Array.from(all, (voxels, label) => (label > 0 && voxels > 0 && inside[label] >= voxels / 2 ? 255 : 0))
  for (let i = 0; i < labels.length; i++) mask[i] = chosen[labels[i]]
}

/**
 * Smooths a mask along the axis: each voxel becomes what most of the masks of its own and the
 * neighbouring slices are; at the ends the missing ones say what the last one does.
 * @param indices of the slices that are there, ascending
 */
export function smoothAlong(
  mask: Uint8Array,
  { size, slicing }: { size: Volume['size']; slicing: Slicing },
  indices: readonly number[],
  reach = REACH,
): void {
  const last = indices.length - 1
  const read = (n: number) => takeSlice(mask, size, slicing, indices[Math.min(last, Math.max(0, n))])
  // What is overwritten is still asked for by the slices behind it.
  const window = Array.from({ length: 2 * reach + 1 }, (_, n) => read(n - reach))
  for (const [n, index] of indices.entries()) {
    const out = new Uint8Array(window[0].length)
    for (let i = 0; i < out.length; i++) {
      let votes = 0
      for (const slice of window) if (slice[i] !== 0) votes++
      if (votes > reach) out[i] = 255
    }
    window.shift()
    window.push(read(n + reach + 1))
    putSlice(mask, size, slicing, index, out)
  }
}
