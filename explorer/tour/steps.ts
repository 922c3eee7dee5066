/** @file The steps of the tour: which panel and stage each opens, and what it points at. */

import type { StageName } from '../panels/understand/stage-names.ts'
import type { PanelName } from '../settings.ts'

export interface Step {
  panel: PanelName
  stage?: StageName
  /** What it points at: the first of these that is there, as CSS names it. */
  at: string[]
}

/** In order; their texts are `tour.steps`. */
export const STEPS: readonly Step[] = [
  { panel: 'try', at: ['.pane'] },
  { panel: 'try', at: ['.switches'] },
  { panel: 'look', at: ['.pane'] },
  { panel: 'understand', stage: 'latent', at: ['.way'] },
  { panel: 'understand', stage: 'noise', at: ['#other-noise', '.open-stage'] },
  { panel: 'understand', stage: 'attention', at: ['.layers', '.open-stage'] },
  { panel: 'understand', stage: 'merging', at: ['.rounds', '.open-stage'] },
  { panel: 'understand', stage: 'mask', at: ['.open-stage figure', '.open-stage'] },
  { panel: 'change', at: ['#tab-change'] },
  { panel: 'use', at: ['#tab-use'] },
]
