/** @file Clicks and a box, as the question holds them. */
import type { Foreground } from 'adzus'
import type { Point } from '../../stage/points.ts'

type Place = readonly [x: number, y: number]

/** What was pointed at; nothing of it is another rule. */
export interface Hints {
  points: readonly Place[]
  background: readonly Place[]
  box?: readonly [x0: number, y0: number, x1: number, y1: number]
}

/** The clicks and the box of a rule; none for other rules. */
export function hintsOf(rule: Foreground | undefined): Hints {
  if (typeof rule !== 'object' || 'text' in rule) return { points: [], background: [] }
  const { point, points = [], background = [], box } = rule
  return { points: point ? [point] : points, background, ...(box && { box }) }
}

/** The rule of clicks and a box; undefined where nothing was pointed at: background alone is no rule. */
export function ruleOf({ points, background, box }: Hints): Foreground | undefined {
  if (points.length === 0 && !box) return undefined
  return { ...(points.length > 0 && { points }), ...(background.length > 0 && { background }), ...(box && { box }) }
}

/**
 * With one more click; without the one that was there already.
 * @param near pixels within which a click means one that is there
 */
export function withClick(hints: Hints, { x, y }: Point, kind: 'points' | 'background', near: number): Hints {
  const far = ([px, py]: Place) => Math.hypot(px - x, py - y) > near
  const left = { ...hints, points: hints.points.filter(far), background: hints.background.filter(far) }
  const removed = left.points.length + left.background.length < hints.points.length + hints.background.length
  return removed ? left : { ...left, [kind]: [...left[kind], [x, y]] }
}

/** With the box between two corners, whichever they are; a box without area is none. */
export function withBox(hints: Hints, a: Point, b: Point): Hints {
  const { box: _, ...others } = hints
  if (a.x === b.x || a.y === b.y) return others
  return { ...others, box: [Math.min(a.x, b.x), Math.min(a.y, b.y), Math.max(a.x, b.x), Math.max(a.y, b.y)] }
}
