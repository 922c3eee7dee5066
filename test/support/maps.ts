/** @file Attention maps of tests. */

import { BandedMap } from '../../src/attention/banded-map.ts'
import { resolutionWeight } from '../../src/attention/weights.ts'
import { affine, release } from '../../src/tensor/index.ts'

/** Means of resolutions as `aggregate` takes them: each times its weight. Takes them over. */
export function weighted(means: readonly BandedMap[]): BandedMap[] {
  const weight = resolutionWeight(means.map((m) => m.grid))
  return means.map((mean) => {
    const scaled = mean.bands.map(({ map }) => affine(map, weight(mean.grid)))
    release(mean)
    return BandedMap.of(mean.grid, ...scaled)
  })
}
