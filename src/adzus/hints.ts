/** @file Hints in pixels: clicks on what is meant, clicks on what is not, a box around it. */

import { check } from '../errors.ts'
import type { Segment } from './segments.ts'

/** A pixel: column and row, from 0; fractions lie within a pixel. */
export type Place = readonly [x: number, y: number]
/** Two corners, both included. */
export type Corners = readonly [x0: number, y0: number, x1: number, y1: number]

/**
 * Clicks and a box, in pixels of the picture: at least one click on what is meant, or a box. With
 * several clicks the mask holds all of them; it holds no click on the background, and does not
 * leave the box.
 */
export interface Hints {
  /** One click on what is meant. */
  point?: Place
  /** Several. */
  points?: readonly Place[]
  /** Clicks on what is not meant. */
  background?: readonly Place[]
  box?: Corners
}

/** The same with nothing left open. */
export interface PlainHints {
  points: readonly Place[]
  background: readonly Place[]
  box?: Corners
}

interface Size {
  width: number
  height: number
}

/** How hints are written in the library, and on the command line. */
export const HINTS = '{ point: [x, y] }, { points: [[x, y], …], background: [[x, y], …], box: [x0, y0, x1, y1] } with x0 ≤ x1 and y0 ≤ y1'
export const HINT_TEXTS = 'point=x,y or point=x,y;x,y;-x,y (- for background), box=x0,y0,x1,y1'

const NAMES = ['point', 'points', 'background', 'box']

/** Whether an object is hints, without a picture: coordinates are 0 or more. */
export function isHints(rule: object): rule is Hints {
  const { point, points, background, box } = rule as Record<string, unknown>
  const known = Object.keys(rule).every((name) => NAMES.includes(name))
  if (!known || (point !== undefined && points !== undefined)) return false
  const meant = point !== undefined || (points as unknown[] | undefined)?.length || box !== undefined
  return (
    !!meant &&
    (point === undefined || isPlace(point, 2)) &&
    (points === undefined || arePlaces(points)) &&
    (background === undefined || arePlaces(background)) &&
    (box === undefined || (isPlace(box, 4) && box[0] <= box[2] && box[1] <= box[3]))
  )
}

const arePlaces = (value: unknown) => Array.isArray(value) && value.every((place) => isPlace(place, 2))

function isPlace(value: unknown, length: number): value is number[] {
  return Array.isArray(value) && value.length === length && value.every((n) => Number.isFinite(n) && n >= 0)
}

/**
 * Parses hints as the command line takes them; what comes out may be none (`isHints`).
 * @example
 * parseHints('point=120,80;-0,10') // { points: [[120, 80]], background: [[0, 10]] }
 */
export function parseHints(text: string): object {
  const points: number[][] = []
  const background: number[][] = []
  const boxes: number[][] = []
  for (const piece of text.split(';')) {
    const [, name = 'point', minus, value] = /^\s*(?:(point|box)=)?\s*(-?)(.*)$/s.exec(piece)!
    const numbers = value.split(',').map((n) => (n.trim() === '' ? Number.NaN : Number(n)))
    if (name === 'box') boxes.push(minus ? [Number.NaN] : numbers)
    else (minus ? background : points).push(numbers)
  }
  // A second box is none of the hints that there are.
  const box = boxes.length > 1 ? [] : boxes[0]
  if (background.length === 0 && !box && points.length === 1) return { point: points[0] }
  return {
    ...(points.length > 0 ? { points } : {}),
    ...(background.length > 0 ? { background } : {}),
    ...(box ? { box } : {}),
  }
}

/** @example plainHints({ point: [1, 2] }).points // [[1, 2]] */
export function plainHints({ point, points = [], background = [], box }: Hints): PlainHints {
  return { points: point ? [point] : points, background, ...(box ? { box } : {}) }
}

/** Fails where a click is outside of the picture, or all of the box. */
export function mustBeInside(hints: Hints, { width, height }: Size): void {
  const { points, background, box } = plainHints(hints)
  for (const [x, y] of [...points, ...background])
    check(x >= 0 && y >= 0 && x < width && y < height, () => ({
      what: 'foreground: point',
      expected: `x from 0 to ${width - 1} and y from 0 to ${height - 1}`,
      got: `${x}, ${y}`,
    }))
  if (!box) return
  const [x0, y0, x1, y1] = box
  check(x0 >= 0 && y0 >= 0 && x0 <= x1 && y0 <= y1 && x0 < width && y0 < height, () => ({
    what: 'foreground: box',
    expected: `corners x0 ≤ x1, y0 ≤ y1 inside ${width} × ${height}`,
    got: `${x0}, ${y0}, ${x1}, ${y1}`,
  }))
}

/**
 * What is to be noted of places whose coordinates look like fractions of the picture: they are
 * pixels.
 */
export function fractionsNotes(hints: Hints, { width, height }: Size): string[] {
  const { points, background, box } = plainHints(hints)
  const places = [
    ...points.map((place) => ['point', place] as const),
    ...background.map((place) => ['background point', place] as const),
    ...(box ? [['box', box] as const] : []),
  ]
  return places.flatMap(([name, place]) => {
    if (place.some((n) => n > 1) || place.every(Number.isInteger)) return []
    const meant = place.map((n, i) => Math.floor(Math.min(n * (i % 2 === 0 ? width : height), (i % 2 === 0 ? width : height) - 1)))
    return [`the ${name} ${place.join(', ')} counts in pixels; as fractions of the picture it would be ${meant.join(', ')}`]
  })
}

/**
 * Whole segments: those under the clicks without those under background clicks; with a box of
 * these, or of all, the ones mostly inside it, and if there is none, that with the largest share.
 */
export function segmentsAt(hints: Hints, seen: Size & { labels: ArrayLike<number>; segments: readonly Segment[] }): Set<number> {
  mustBeInside(hints, seen)
  const { points, background, box } = plainHints(hints)
  const at = ([x, y]: Place) => seen.labels[Math.floor(y) * seen.width + Math.floor(x)]
  const meant = points.length > 0 ? new Set(points.map(at)) : new Set(seen.segments.map(({ id }) => id))
  for (const place of background) meant.delete(at(place))
  if (!box) return meant
  const { labels, width, height } = seen
  const segments = seen.segments.filter(({ id }) => meant.has(id))
  const [x0, y0, x1, y1] = box
  const within = new Float64Array(seen.segments.length + 1)
  for (let y = Math.floor(y0); y <= Math.min(height - 1, y1); y++)
    for (let x = Math.floor(x0); x <= Math.min(width - 1, x1); x++) within[labels[y * width + x]]++
  const shares = segments.map((s) => within[s.id] / s.area)
  const most = Math.max(...shares)
  return new Set(segments.filter((_, i) => shares[i] > 0.5 || shares[i] === most).map((s) => s.id))
}
