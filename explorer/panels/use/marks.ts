/** @file Clicks and the box, painted over the picture: + on what is meant, − on what is not. */
import type { Foreground } from 'adzus'
import type { Point } from '../../stage/points.ts'
import type { Stage } from '../../stage/stage.ts'
import type { Stroke } from '../../strokes.ts'
import { hintsOf } from './hints.ts'

/** Light inside of dark, so that they are seen on every picture. */
const [LIGHT, DARK] = ['#ffffff', '#101014']
const COLOURS = { points: '#0b7a33', background: '#b3261e' }

/** Half of a mark, in pixels of the screen. */
const ARM = 7

export function paintMarks(stage: Stage, rule: Foreground | undefined): void {
  stage.clear('marks')
  const { points, background, box } = hintsOf(rule)
  if (box) frame(stage, { x: box[0], y: box[1] }, { x: box[2], y: box[3] })
  for (const [kind, places] of [['points', points] as const, ['background', background] as const])
    for (const [x, y] of places) sign(stage, { x, y }, kind)
}

/** The frame of a box. */
export function frame(stage: Stage, a: Point, b: Point): void {
  const { scale } = stage
  const pen = stage.context('marks')
  const [left, top] = [Math.min(a.x, b.x) * scale, Math.min(a.y, b.y) * scale]
  const [width, height] = [(Math.abs(b.x - a.x) + 1) * scale, (Math.abs(b.y - a.y) + 1) * scale]
  const unit = perScreenPixel(stage)
  pen.lineWidth = 4 * unit
  pen.strokeStyle = DARK
  pen.strokeRect(left, top, width, height)
  pen.lineWidth = 2 * unit
  pen.strokeStyle = LIGHT
  pen.strokeRect(left, top, width, height)
}

/** A stroke under way. */
export function trail(stage: Stage, { way, radius, adds }: Stroke): void {
  const { scale } = stage
  const pen = stage.context('marks')
  pen.lineCap = 'round'
  pen.lineJoin = 'round'
  pen.lineWidth = Math.max(1, 2 * radius * scale)
  pen.strokeStyle = adds ? 'rgb(255 214 10 / 60%)' : 'rgb(16 16 20 / 60%)'
  pen.beginPath()
  const [[x, y], ...others] = way
  pen.moveTo((x + 0.5) * scale, (y + 0.5) * scale)
  for (const [px, py] of others.length > 0 ? others : [[x, y]]) pen.lineTo((px + 0.5) * scale, (py + 0.5) * scale)
  pen.stroke()
}

/** The size of the brush under the pointer. */
export function brushRing(stage: Stage, { x, y }: Point, radius: number): void {
  const { scale } = stage
  const pen = stage.context('marks')
  const unit = perScreenPixel(stage)
  for (const [colour, width] of [[DARK, 3 * unit] as const, [LIGHT, unit] as const]) {
    pen.strokeStyle = colour
    pen.lineWidth = width
    pen.beginPath()
    pen.arc((x + 0.5) * scale, (y + 0.5) * scale, Math.max(1, radius * scale), 0, 2 * Math.PI)
    pen.stroke()
  }
}

function sign(stage: Stage, { x, y }: Point, kind: keyof typeof COLOURS): void {
  const { scale } = stage
  const pen = stage.context('marks')
  const arm = ARM * perScreenPixel(stage)
  const [cx, cy] = [(x + 0.5) * scale, (y + 0.5) * scale]
  pen.fillStyle = COLOURS[kind]
  pen.strokeStyle = LIGHT
  pen.lineWidth = arm / 3.5
  pen.beginPath()
  pen.arc(cx, cy, arm, 0, 2 * Math.PI)
  pen.fill()
  pen.stroke()
  pen.beginPath()
  pen.moveTo(cx - arm / 2, cy)
  pen.lineTo(cx + arm / 2, cy)
  if (kind === 'points') {
    pen.moveTo(cx, cy - arm / 2)
    pen.lineTo(cx, cy + arm / 2)
  }
  pen.stroke()
}

/** Pixels of the canvas that are one of the screen. */
function perScreenPixel(stage: Stage): number {
  const { marks } = stage.canvases
  return marks.width / Math.max(1, marks.clientWidth)
}
