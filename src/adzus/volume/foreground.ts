/**
 * @file One foreground for a whole volume, out of the masks of its slices.
 *
 * A rule that takes whole segments is settled by vote: a segment is foreground where at least half
 * of its voxels are, in all slices together, and then it is foreground in every slice. A mask with
 * an outline of its own stays as it is, except in slices that have gone astray: where the masks
 * before and behind are alike and those in between are like neither of them, these are
 * interpolated.
 */
import type { Volume } from '../../image/volume.ts'
import { labelsBetween } from './interpolate.ts'
import { putSlice, type Slicing, takeSlice } from './slicing.ts'

/** From this intersection over union on masks are alike. */
const ALIKE = 0.5
/** So many slices one after another may have gone astray. */
const LONGEST = 2

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
 * Replaces the masks of slices that have gone astray by what lies between those around them.
 * @param indices of the slices that are there, ascending
 * @returns which were replaced
 */
export function repairAlong(
  mask: Uint8Array,
  { size, slicing }: { size: Volume['size']; slicing: Slicing },
  indices: readonly number[],
): number[] {
  const { width, height, spacing } = slicing
  const read = (n: number) => takeSlice(mask, size, slicing, indices[n])
  const replaced: number[] = []
  for (let n = 1; n < indices.length - 1; n++) {
    const before = read(n - 1)
    for (let length = 1; length <= LONGEST && n + length < indices.length; length++) {
      const behind = read(n + length)
      if (!isAlike(behind, before)) continue
      const between = Array.from({ length }, (_, m) => n + m)
      if (between.some((m) => isAlike(read(m), before) || isAlike(read(m), behind))) break
      const [from, to] = [indices[n - 1], indices[n + length]]
      const places = between.map((m) => (indices[m] - from) / (to - from))
      for (const [m, data] of labelsBetween({ a: before, b: behind, width, height, spacing }, places).entries())
        putSlice(mask, size, slicing, indices[n + m], data)
      replaced.push(...between.map((m) => indices[m]))
      break
    }
  }
  return replaced
}

/** Whether two masks overlap that much; empty ones do not. */
function isAlike(a: Uint8Array, b: Uint8Array): boolean {
  let [either, both] = [0, 0]
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== 0 || b[i] !== 0) either++
    if (a[i] !== 0 && b[i] !== 0) both++
  }
  return both > 0 && both >= ALIKE * either
}
