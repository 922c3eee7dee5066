/** @file Heat on the stage, with lines around the cells that hold a quarter of it. */
import type { Grid } from '../../engine/calls.ts'
import { Heat } from '../../stage/heat.ts'
import type { Stage } from '../../stage/stage.ts'
import type { Levels } from './levels.ts'
import { strokeTwice, traceLevel } from './outline.ts'

/** What is painted. */
export interface Painted {
  /** One a cell. */
  values: Float32Array
  grid: Grid
  levels: Levels
  /** The cell that is asked about. */
  cell: number
}

export class StageHeat {
  readonly #stage: Stage
  readonly #heat = new Heat()

  constructor(stage: Stage) {
    this.#stage = stage
  }

  /** @param pins pixels that get a ring and their number */
  paint({ values, grid, levels, cell }: Painted, pins: readonly (readonly [x: number, y: number])[]): void {
    this.#heat.paint(this.#stage.context('heat'), values, grid, levels.end)
    const context = this.#stage.context('marks')
    const { width, height } = context.canvas
    const thickness = Math.max(1, width / 500)
    context.clearRect(0, 0, width, height)
    context.beginPath()
    traceLevel(context, values, grid, levels.quarter)
    strokeTwice(context, 'white', thickness)
    const [cw, ch] = [width / grid.w, height / grid.h]
    context.beginPath()
    context.rect((cell % grid.w) * cw, Math.floor(cell / grid.w) * ch, cw, ch)
    strokeTwice(context, 'cyan', 1.5 * thickness)
    for (const [i, [x, y]] of pins.entries())
      this.#pin(context, `${i + 1}`, (x + 0.5) * this.#stage.scale, (y + 0.5) * this.#stage.scale, 8 * thickness)
  }

  clear(): void {
    this.#stage.clear('heat')
    this.#stage.clear('marks')
  }

  #pin(context: CanvasRenderingContext2D, name: string, x: number, y: number, radius: number): void {
    context.beginPath()
    context.arc(x, y, radius, 0, 2 * Math.PI)
    context.fillStyle = 'rgb(0 0 0 / 0.75)'
    context.fill()
    strokeTwice(context, 'cyan', radius / 6)
    context.fillStyle = 'white'
    context.font = `${1.3 * radius}px system-ui, sans-serif`
    context.textAlign = 'center'
    context.textBaseline = 'middle'
    context.fillText(name, x, y)
  }
}
