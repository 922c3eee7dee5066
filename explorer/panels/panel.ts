/** @file What every panel is. */
import type { Explorer } from '../explorer.ts'
import type { Stage } from '../stage/stage.ts'

/** What panels work with. */
export interface Desk {
  explorer: Explorer
  stage: Stage
}

export interface Panel {
  /** Built when the panel is first opened. */
  element: HTMLElement
  /** The panel is in sight: it may set the stage's tool and paint. */
  open?(): void
  /** Another panel is opened: what it painted for itself has to go. */
  close?(): void
}

/** Makes a panel; its module loads when it is first opened. */
export type MakePanel = (desk: Desk) => Panel
