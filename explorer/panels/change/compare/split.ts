/** @file Two results on the stage, one on either side of a divider. */
import type { Labelled } from '../../../engine/calls.ts'
import { paintMask, paintSegments } from '../../../stage/segments.ts'
import type { Stage } from '../../../stage/stage.ts'

/** The layers that results are painted on. */
const LAYERS = ['segments', 'mask'] as const
type Layer = (typeof LAYERS)[number]

/** A result as it is shown. */
export interface Shown {
  grouped: Labelled
  mask: Uint8Array
}

export class Split {
  readonly #stage: Stage
  readonly #kept = copies()
  readonly #now = copies()
  #place = 0.5

  constructor(stage: Stage) {
    this.#stage = stage
  }

  /** How far from the left the divider is, 0 to 1. */
  get place(): number {
    return this.#place
  }

  set place(place: number) {
    this.#place = place
    this.#compose()
  }

  /** Shows `kept` left of the divider, and `now` right of it. */
  show(kept: Shown, now: Shown): void {
    for (const [side, copy] of [
      [kept, this.#kept],
      [now, this.#now],
    ] as const) {
      paintSegments(this.#stage, side.grouped)
      paintMask(this.#stage, side.mask)
      for (const layer of LAYERS) this.#copy(layer, copy[layer])
    }
    this.#compose()
  }

  #copy(layer: Layer, to: HTMLCanvasElement): void {
    const from = this.#stage.canvases[layer]
    Object.assign(to, { width: from.width, height: from.height })
    to.getContext('2d')!.drawImage(from, 0, 0)
  }

  #compose(): void {
    for (const layer of LAYERS) {
      const context = this.#stage.context(layer)
      const { width, height } = context.canvas
      const at = Math.round(this.#place * width)
      this.#stage.clear(layer)
      if (at > 0) context.drawImage(this.#kept[layer], 0, 0, at, height, 0, 0, at, height)
      if (at < width) context.drawImage(this.#now[layer], at, 0, width - at, height, at, 0, width - at, height)
    }
  }
}

function copies(): Record<Layer, HTMLCanvasElement> {
  return { segments: document.createElement('canvas'), mask: document.createElement('canvas') }
}
