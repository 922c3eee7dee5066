/** @file Every stage, and what fetches and draws it. */

import type { StageName } from '../../stage-names.ts'
import { aggregated } from './aggregated.ts'
import { anchors } from './anchors.ts'
import { attention } from './attention.ts'
import type { Chapter } from './chapter.ts'
import { labels } from './labels.ts'
import { latent } from './latent.ts'
import { mask } from './mask.ts'
import { merging } from './merging.ts'
import { noise } from './noise.ts'
import { picture } from './picture.ts'
import { prominence } from './prominence.ts'

export const CHAPTERS: Record<StageName, Chapter> = {
  picture,
  latent,
  noise,
  attention,
  aggregated,
  anchors,
  merging,
  labels,
  prominence,
  mask,
}
