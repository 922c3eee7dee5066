/** @file All panels; each loads when it is first opened. */
import type { PanelName } from '../settings.ts'
import type { MakePanel } from './panel.ts'

export const PANEL_MODULES: Record<PanelName, () => Promise<{ makePanel: MakePanel }>> = {
  try: () => import('./try.ts'),
  look: () => import('./look.ts'),
  understand: () => import('./understand.ts'),
  change: () => import('./change.ts'),
  use: () => import('./use.ts'),
  weights: () => import('./weights.ts'),
}
