/** @file Draws a round of merging on a canvas. */
import { segmentColour } from 'adzus'
import type { Leaf, Scale } from './layout.ts'

export interface Drawing {
  leaves: readonly Leaf[]
  scale: Scale
  threshold: number
  /** Segment of each proposal; 0 is grey. */
  segments: readonly number[]
  /** Under the pointer. */
  chosen?: number
}

/** Room for the scale's numbers, in CSS pixels. */
export const LEFT = 34
const BOTTOM = 6
const TOP = 8

/** The pixel of a divergence from the top. */
export const topOf = ({ place }: Scale, divergence: number, height: number) => TOP + (1 - place(divergence)) * (height - TOP - BOTTOM)
/** The divergence at a pixel from the top. */
export const divergenceAt = (scale: Scale, top: number, height: number) => scale.divergence(1 - (top - TOP) / (height - TOP - BOTTOM))
/** The pixel of a leaf from the left. */
export const leftOf = (i: number, count: number, width: number) => LEFT + ((i + 0.5) * (width - LEFT)) / count
/** The leaf at a pixel from the left. */
export const leafAt = (left: number, count: number, width: number) =>
  Math.max(0, Math.min(count - 1, Math.floor(((left - LEFT) * count) / (width - LEFT))))

export function drawTree(canvas: HTMLCanvasElement, { leaves, scale, threshold, segments, chosen }: Drawing): void {
  const { width, height, context } = fitted(canvas)
  // Colours of the theme, as its style sheet gives them to the canvas.
  const { color: ink, caretColor: soft, outlineColor: line } = getComputedStyle(canvas)
  const colours = { ink, soft, line }
  context.clearRect(0, 0, width, height)
  drawAxis(context, { width, height, scale, ...colours })
  const places = new Map(leaves.map(({ proposal }, i) => [proposal, leftOf(i, leaves.length, width)]))
  const thickness = Math.max(1, Math.min(4, (width - LEFT) / leaves.length - 1))
  for (const leaf of leaves) {
    const left = places.get(leaf.proposal)!
    const end = topOf(scale, Number.isFinite(leaf.height) ? leaf.height : scale.most, height)
    const id = segments[leaf.proposal] ?? 0
    const colour = id === 0 ? colours.soft : `rgb(${segmentColour(id).join(' ')})`
    context.lineWidth = leaf.proposal === chosen ? thickness + 2 : thickness
    // Above the line nothing has happened yet.
    const solid = Math.max(end, topOf(scale, threshold, height))
    stroke(context, colour, [left, topOf(scale, 0, height), left, solid])
    context.setLineDash([3, 3])
    context.lineWidth = 1
    if (leaf.founder) stroke(context, colours.soft, [left, solid, left, end])
    if (!leaf.founder) context.setLineDash([])
    const parent = leaf.parent === undefined ? undefined : places.get(leaf.parent)
    if (parent !== undefined) stroke(context, leaf.founder ? colours.soft : colour, [left, end, parent, end])
    context.setLineDash([])
    if (leaf.others > 0) dot(context, colours.ink, left, end, Math.min(2, thickness))
  }
  if (chosen !== undefined && places.has(chosen)) {
    context.lineWidth = 2
    const left = places.get(chosen)!
    stroke(context, colours.ink, [left, height - 1, left, topOf(scale, 0, height) - 4])
  }
}

/** A canvas with as many pixels as the screen has there. */
function fitted(canvas: HTMLCanvasElement) {
  const { clientWidth: width, clientHeight: height } = canvas
  const dense = globalThis.devicePixelRatio || 1
  const [w, h] = [Math.round(width * dense), Math.round(height * dense)]
  if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h })
  const context = canvas.getContext('2d')!
  context.setTransform(dense, 0, 0, dense, 0, 0)
  return { width, height, context }
}

function drawAxis(
  context: CanvasRenderingContext2D,
  { width, height, scale, line, soft }: { width: number; height: number; scale: Scale; line: string; soft: string },
): void {
  context.font = '11px system-ui, sans-serif'
  context.textAlign = 'right'
  context.textBaseline = 'middle'
  context.lineWidth = 1
  let last = Number.POSITIVE_INFINITY
  for (const tick of ticksOf(scale.most)) {
    const top = topOf(scale, tick, height)
    if (last - top < 14) continue
    last = top
    stroke(context, line, [LEFT - 4, top, width, top])
    context.fillStyle = soft
    context.fillText(`${tick}`, LEFT - 7, top)
  }
}

/** Round numbers from 0 to the end of a scale. */
function ticksOf(most: number): number[] {
  const all = [0, ...[0.01, 0.1, 1, 10, 100].flatMap((decade) => [1, 2, 5].map((step) => Number((decade * step).toPrecision(1))))]
  return all.filter((tick) => tick <= most)
}

function stroke(context: CanvasRenderingContext2D, colour: string, [x0, y0, x1, y1]: readonly [number, number, number, number]): void {
  context.strokeStyle = colour
  context.beginPath()
  context.moveTo(x0, y0)
  context.lineTo(x1, y1)
  context.stroke()
}

function dot(context: CanvasRenderingContext2D, colour: string, x: number, y: number, radius: number): void {
  context.fillStyle = colour
  context.beginPath()
  context.arc(x, y, radius, 0, 2 * Math.PI)
  context.fill()
}
