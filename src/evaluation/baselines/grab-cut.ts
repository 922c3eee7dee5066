/** @file GrabCut from the disc in the middle. */
import { centrality } from '../../pixels/centrality.ts'
import { grabCutLevels } from '../../pixels/grab-cut-levels.ts'
import { shrink } from '../../pixels/shrink.ts'
import { trimapOf } from '../../pixels/trimap.ts'
import { fractions, upsampleMask } from '../../pixels/upsample-mask.ts'
import type { Baseline } from './baseline.ts'
import { CENTRAL } from './disc.ts'

/** The longer side up to which the picture is cut. */
const SIDE = 256

export const grabCutFromDisc: Baseline = {
  name: 'grabcut',
  help: 'GrabCut from the disc in the middle, two rounds at up to 256 pixels',
  mask(picture) {
    const small = shrink(picture, SIDE)
    const { width, height } = small
    const central = Float32Array.from({ length: width * height }, (_, i) =>
      centrality(((i % width) + 0.5) / width, (Math.floor(i / width) + 0.5) / height),
    )
    const mask = grabCutLevels(small, trimapOf(central, CENTRAL))
    return small === picture ? mask : upsampleMask(fractions(mask), small, picture)
  },
}
