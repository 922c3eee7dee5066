/** @file What every stage of the strip is. */
import type { Explorer } from '../../explorer.ts'
import type { Material } from './material.ts'

/** A stage with its data. */
export interface Shown {
  /** For the strip. */
  thumbnail: HTMLCanvasElement
  /** Its numbers in a sentence. */
  facts: string
  /** What is seen when it is open. */
  element: HTMLElement
  /** The crosshair is elsewhere. */
  follow?(): void
}

/** Fetches a stage's data and draws it. @throws EngineError */
export type Chapter = (material: Material, explorer: Explorer) => Promise<Shown>
