/** @file The steps of the tour: which panel and stage each opens, and what it points at. */

import type { PanelName } from '../settings.ts'
import type { StageName } from '../stage-names.ts'

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
  { panel: 'understand', stage: 'attention', at: ['.understand .layers', '.open-stage'] },
  { panel: 'understand', stage: 'merging', at: ['.understand .rounds', '.open-stage'] },
  { panel: 'understand', stage: 'mask', at: ['.open-stage figure', '.open-stage'] },
  { panel: 'change', at: ['#change-thresholds', '#tab-change'] },
  { panel: 'use', at: ['.outputs', '#tab-use'] },
]
