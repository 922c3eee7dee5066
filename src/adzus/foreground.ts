/**
 * @file Which segments are foreground, if somebody says what is looked for: a pixel, a box, words.
 * Without such a hint, `auto` finds a mask by itself (`src/foreground`), and no whole segments need
 * to be chosen.
 */
import { isString, must } from '../arguments.ts'
import { AdzusError, check } from '../errors.ts'
import type { Segment } from './segments.ts'

/** Which part of the picture becomes the mask. */
export type Foreground =
  /** What attends unlike the border, away from the border. */
  | 'auto'
  /** Every segment. */
  | 'all'
  /** The segment at the picture's centre. */
  | 'center'
  /** The segment at a pixel. */
  | { point: readonly [x: number, y: number] }
  /**
   * Segments that lie mostly inside a box of pixels, both corners included; if there is none, the
   * one with the largest share inside.
   */
  | { box: readonly [x0: number, y0: number, x1: number, y1: number] }
  /** Segments that the words of the prompt look at more than others. */
  | 'text'
  /** The same, with the prompt. */
  | { text: string }

/** A rule by itself: what is looked for in words is another option. */
export type ForegroundRule = Exclude<Foreground, { text: string }>

export interface Labelled {
  labels: ArrayLike<number>
  width: number
  height: number
  segments: readonly Segment[]
  /** For `text`: the words' attention, mean per segment (segment id − 1). */
  heat?: readonly number[]
}

/** Every rule, for errors. */
export const FOREGROUND_RULES =
  "'auto', 'all', 'center', { point: [x, y] }, { box: [x0, y0, x1, y1] } with x0 ≤ x1 and y0 ≤ y1, or { text: words }"

/**
 * Whether something is a rule, as far as can be said without a picture: coordinates are 0 or more,
 * a box has its corners in order, a text has words.
 */
export function isForeground(rule: unknown): rule is Foreground {
  if (rule === 'auto' || rule === 'all' || rule === 'center' || rule === 'text') return true
  if (typeof rule !== 'object' || rule === null) return false
  if ('text' in rule) return typeof rule.text === 'string' && rule.text.trim() !== ''
  if ('point' in rule) return isPlace(rule.point, 2)
  return 'box' in rule && isPlace(rule.box, 4) && rule.box[0] <= rule.box[2] && rule.box[1] <= rule.box[3]
}

function isPlace(value: unknown, length: number): value is number[] {
  return Array.isArray(value) && value.length === length && value.every((n) => Number.isFinite(n) && n >= 0)
}

/**
 * Parses what the command line takes: `auto`, `all`, `center`, `point=x,y`, `box=x0,y0,x1,y1`,
 * `text=words`.
 * @throws AdzusError for anything else
 * @example
 * parseForeground('point=120,80') // { point: [120, 80] }
 */
export function parseForeground(text: string): Foreground {
  must('foreground', isString(text), 'a text', text)
  const sign = text.indexOf('=')
  const [kind, value] = [text.slice(0, sign), text.slice(sign + 1)]
  const numbers = () => value.split(',').map((n) => (n.trim() === '' ? Number.NaN : Number(n)))
  const rule = sign < 0 ? text : { [kind]: kind === 'text' ? value : numbers() }
  if (isForeground(rule)) return rule
  throw new AdzusError({
    what: 'options',
    where: 'foreground',
    expected: 'auto, all, center, point=x,y, box=x0,y0,x1,y1 or text=words',
    got: text,
  })
}

/** Whether a rule looks for something; the others choose a place, whatever is there. */
export function seeks(rule: ForegroundRule): boolean {
  return rule === 'auto' || rule === 'text'
}

/**
 * What is to be noted of a place whose coordinates look like fractions of the picture: they are
 * pixels.
 */
export function fractionsNotes(rule: ForegroundRule, { width, height }: Pick<Labelled, 'width' | 'height'>): string[] {
  if (typeof rule === 'string') return []
  const [name, place] = 'point' in rule ? ['point', rule.point] : ['box', rule.box]
  if (place.some((n) => n > 1) || place.every(Number.isInteger)) return []
  const meant = place.map((n, i) => Math.floor(Math.min(n * (i % 2 === 0 ? width : height), (i % 2 === 0 ? width : height) - 1)))
  return [`the ${name} ${place.join(', ')} counts in pixels; as fractions of the picture it would be ${meant.join(', ')}`]
}

/** The ids of the foreground segments, for every rule that chooses whole ones. */
export function chooseForeground(rule: Exclude<ForegroundRule, 'auto'>, seen: Labelled): Set<number> {
  const { segments, width, height } = seen
  if (rule === 'all') return new Set(segments.map((s) => s.id))
  if (rule === 'center') return at(seen, Math.floor((width - 1) / 2), Math.floor((height - 1) / 2))
  if (rule === 'text') return heated(seen)
  return 'point' in rule ? at(seen, ...rule.point) : inBox(seen, rule.box)
}

/** 0 or 255 a pixel. */
export function maskOf(labels: ArrayLike<number>, ids: ReadonlySet<number>): Uint8Array {
  const mask = new Uint8Array(labels.length)
  for (let i = 0; i < labels.length; i++) if (ids.has(labels[i])) mask[i] = 255
  return mask
}

function at({ labels, width, height }: Labelled, x: number, y: number): Set<number> {
  const [px, py] = [Math.floor(x), Math.floor(y)]
  check(px >= 0 && py >= 0 && px < width && py < height, () => ({
    what: 'foreground: point',
    expected: `x from 0 to ${width - 1} and y from 0 to ${height - 1}`,
    got: `${x}, ${y}`,
  }))
  return new Set([labels[py * width + px]])
}

function inBox({ labels, width, height, segments }: Labelled, [x0, y0, x1, y1]: readonly [number, number, number, number]): Set<number> {
  check(x0 <= x1 && y0 <= y1 && x0 < width && y0 < height && x0 >= 0 && y0 >= 0, () => ({
    what: 'foreground: box',
    expected: `corners x0 ≤ x1, y0 ≤ y1 inside ${width} × ${height}`,
    got: `${x0}, ${y0}, ${x1}, ${y1}`,
  }))
  const within = new Float64Array(segments.length + 1)
  for (let y = Math.floor(y0); y <= Math.min(height - 1, y1); y++)
    for (let x = Math.floor(x0); x <= Math.min(width - 1, x1); x++) within[labels[y * width + x]]++
  const shares = segments.map((s) => within[s.id] / s.area)
  const most = Math.max(...shares)
  return new Set(segments.filter((_, i) => shares[i] > 0.5 || shares[i] === most).map((s) => s.id))
}

/** Segments whose mean heat is above the middle between the least and the most heated one. */
function heated({ segments, heat }: Labelled): Set<number> {
  if (!heat) throw new Error('foreground: text needs the words’ attention')
  const middle = (Math.min(...heat) + Math.max(...heat)) / 2
  return new Set(segments.filter((_, i) => heat[i] >= middle).map((s) => s.id))
}
