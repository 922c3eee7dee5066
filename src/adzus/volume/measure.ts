/** @file What is measured of the segments of a volume. */
import type { Volume } from '../../image/volume.ts'
import type { Slicing } from './slicing.ts'

/** A segment of a volume: what has one number in all slices. */
export interface VolumeSegment {
  /** Its number among the labels, from 1 on, by falling size. */
  id: number
  voxels: number
  /** Its volume in cubic millimetres, by the spacing; the voxels where the file tells of none. */
  mm3: number
  /** The voxels around it: the first along i, j and k, and how many. */
  bbox: [i: number, j: number, k: number, width: number, height: number, depth: number]
  /** Mean position of its voxels along i, j and k, from the centre of the first one. */
  centroid: [i: number, j: number, k: number]
  /** The first and the last slice that has it, across the axis that was cut. */
  slices: [first: number, last: number]
  /** The share of its voxels that is foreground, 0 … 1. */
  foregroundShare: number
  /** Whether at least half of it is foreground. */
  foreground: boolean
}

/**
 * Measures the segments 1 … count of a label volume in one pass. Numbers without voxels are taken
 * away: the others close up, in the labels too.
 * @param mask 0 outside
 */
export function measureVolume(
  labels: Uint16Array,
  mask: Uint8Array,
  count: number,
  { size, spacing }: Pick<Volume, 'size' | 'spacing'>,
  { axis }: Slicing,
): VolumeSegment[] {
  const n = count + 1
  const [voxels, inside] = [new Float64Array(n), new Float64Array(n)]
  const sums = [new Float64Array(n), new Float64Array(n), new Float64Array(n)]
  const least = [0, 1, 2].map((along) => new Int32Array(n).fill(size[along]))
  const most = [0, 1, 2].map(() => new Int32Array(n).fill(-1))
  for (let k = 0, row = 0; k < size[2]; k++)
    for (let j = 0; j < size[1]; j++, row += size[0])
      // Neighbours mostly have one number: runs of it are counted at once.
      for (let start = 0, end = 0; start < size[0]; start = end) {
        const label = labels[row + start]
        while (end < size[0] && labels[row + end] === label) if (mask[row + end++] !== 0) inside[label]++
        const length = end - start
        voxels[label] += length
        sums[0][label] += (length * (start + end - 1)) / 2
        sums[1][label] += length * j
        sums[2][label] += length * k
        if (start < least[0][label]) least[0][label] = start
        if (end - 1 > most[0][label]) most[0][label] = end - 1
        if (j < least[1][label]) least[1][label] = j
        if (j > most[1][label]) most[1][label] = j
        if (k < least[2][label]) least[2][label] = k
        most[2][label] = k
      }
  const there = [...voxels.keys()].filter((label) => label > 0 && voxels[label] > 0)
  if (there.length < count) renumber(labels, there)
  const cube = spacing[0] * spacing[1] * spacing[2]
  return there.map((label, at) => {
    const first = least.map((list) => list[label])
    const extent = most.map((list, along) => list[label] - first[along] + 1)
    const share = inside[label] / voxels[label]
    return {
      id: at + 1,
      voxels: voxels[label],
      mm3: voxels[label] * cube,
      bbox: [...first, ...extent] as VolumeSegment['bbox'],
      centroid: sums.map((sum) => sum[label] / voxels[label]) as VolumeSegment['centroid'],
      slices: [first[axis], first[axis] + extent[axis] - 1],
      foregroundShare: share,
      foreground: share >= 0.5,
    }
  })
}

function renumber(labels: Uint16Array, there: readonly number[]): void {
  const numbers = new Uint16Array(65536)
  for (const [at, label] of there.entries()) numbers[label] = at + 1
  for (let v = 0; v < labels.length; v++) labels[v] = numbers[labels[v]]
}
