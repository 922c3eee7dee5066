/** @file The picture in small with heat over it. */
import { h } from '../../dom.ts'
import type { Grid } from '../../engine/calls.ts'
import type { Heat } from '../../stage/heat.ts'
import type { Stage } from '../../stage/stage.ts'
import { text } from '../../text/index.ts'
import { strokeTwice } from './outline.ts'

/** Longest side, in pixels. */
const SIDE = 240

/** A canvas of the picture's shape. */
export function smallCanvas({ width, height }: Pick<Stage, 'width' | 'height'>): HTMLCanvasElement {
  const scale = SIDE / Math.max(width, height)
  const side = (length: number) => Math.max(1, Math.round(length * scale))
  return h('canvas', { width: side(width), height: side(height), role: 'img', 'aria-label': text.look.waiting })
}

/** @param at a pixel of the picture that gets a ring */
export function paintSmall(
  canvas: HTMLCanvasElement,
  stage: Stage,
  heat: Heat,
  { values, grid, end }: { values: ArrayLike<number>; grid: Grid; end: number },
  at?: readonly [x: number, y: number],
): void {
  const context = canvas.getContext('2d')!
  context.drawImage(stage.canvases.picture, 0, 0, canvas.width, canvas.height)
  heat.over(context, values, grid, end)
  if (!at) return
  context.beginPath()
  context.arc(((at[0] + 0.5) * canvas.width) / stage.width, ((at[1] + 0.5) * canvas.height) / stage.height, 7, 0, 2 * Math.PI)
  strokeTwice(context, 'cyan', 2)
}
