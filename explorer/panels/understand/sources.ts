/**
 * @file Which functions of the library compute each stage. The bundle puts their files beside the
 * page, with a mark on the line where each function begins.
 */
import type { StageName } from '../../stage-names.ts'

export interface Source {
  /** From the root of the project. */
  file: string
  /** A function, or a method of the class that the file is about. */
  name: string
}

export const SOURCES: Record<StageName, readonly Source[]> = {
  picture: [
    { file: 'src/adzus/picture.ts', name: 'preparePicture' },
    { file: 'src/image/resize.ts', name: 'resize' },
  ],
  latent: [
    { file: 'src/vae/vae.ts', name: 'encode' },
    { file: 'src/vae/vae.ts', name: 'scale' },
  ],
  noise: [
    { file: 'src/adzus/noising.ts', name: 'latentAt' },
    { file: 'src/scheduler/schedule.ts', name: 'noiseShares' },
  ],
  attention: [
    { file: 'src/unet/attention-layer.ts', name: 'forward' },
    { file: 'src/attention/kept-scores.ts', name: 'row' },
  ],
  aggregated: [
    { file: 'src/attention/aggregate.ts', name: 'aggregate' },
    { file: 'src/attention/weights.ts', name: 'resolutionWeight' },
  ],
  anchors: [{ file: 'src/grouping/diffseg/anchors.ts', name: 'anchorGrid' }],
  merging: [
    { file: 'src/grouping/diffseg/merge.ts', name: 'merge' },
    { file: 'src/grouping/diffseg/merge.ts', name: 'greedyGroups' },
  ],
  labels: [{ file: 'src/grouping/label-pixels.ts', name: 'labelPixels' }],
  prominence: [{ file: 'src/foreground/chain.ts', name: 'prominences' }],
  mask: [
    { file: 'src/foreground/auto.ts', name: 'chooseAuto' },
    { file: 'src/foreground/choice.ts', name: 'chooseExpected' },
    { file: 'src/foreground/finish.ts', name: 'finish' },
    { file: 'src/adzus/objects.ts', name: 'findObjects' },
  ],
}

/** The page that shows a file, from the site's own folder. */
export function pageOf(file: string): string {
  return `source/${file.replace(/^src\//, '').replaceAll('/', '-')}.html`
}

/** Where a function is shown. */
export function addressOf({ file, name }: Source): string {
  return `./${pageOf(file)}#${name}`
}
