/** @file GrabCut from the disc in the middle. */
import { centrality } from '../../pixels/centrality.ts'
import { grabCutLevels } from '../../pixels/grab-cut-levels.ts'
import { trimapOf } from '../../pixels/trimap.ts'
import type { Baseline } from './baseline.ts'
import { CENTRAL } from './disc.ts'
import { maskInSmall } from './in-small.ts'

export const grabCutFromDisc: Baseline = {
  name: 'grabcut',
  help: 'GrabCut from the disc in the middle, two rounds at up to 256 pixels',
  mask: (picture) =>
    maskInSmall(picture, (small) => {
      const { width, height } = small
      const central = Float32Array.from({ length: width * height }, (_, i) =>
        centrality(((i % width) + 0.5) / width, (Math.floor(i / width) + 0.5) / height),
      )
      return grabCutLevels(small, trimapOf(central, CENTRAL))
    }),
}
