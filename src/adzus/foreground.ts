/**
 * @file The rules of the foreground, and those that take whole segments. Without a hint, `auto`
 * finds a mask by itself (`src/foreground`), and no whole segments need to be chosen.
 */
import { isString, must } from '../arguments.ts'
import { AdzusError } from '../errors.ts'
import { HINT_TEXTS, HINTS, type Hints, isHints, parseHints, segmentsAt } from './hints.ts'
import type { Segment } from './segments.ts'

/** Which part of the picture becomes the mask. */
export type Foreground =
  /** What attends unlike the border, away from the border. */
  | 'auto'
  /** Every segment. */
  | 'all'
  /** The segment at the picture's centre. */
  | 'center'
  /** What is clicked, or in a box. */
  | Hints
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
export const FOREGROUND_RULES = `'auto', 'all', 'center', ${HINTS}, or { text: words }`

/**
 * Whether something is a rule, as far as can be said without a picture: coordinates are 0 or more,
 * a box has its corners in order, a text has words.
 */
export function isForeground(rule: unknown): rule is Foreground {
  if (rule === 'auto' || rule === 'all' || rule === 'center' || rule === 'text') return true
  if (typeof rule !== 'object' || rule === null) return false
  if ('text' in rule) return typeof rule.text === 'string' && rule.text.trim() !== ''
  return isHints(rule)
}

/**
 * Parses what the command line takes: `auto`, `all`, `center`, `point=x,y;x,y;-x,y`,
 * `box=x0,y0,x1,y1`, both with a semicolon between them, `text=words`.
 * @throws AdzusError for anything else
 * @example
 * parseForeground('point=120,80') // { point: [120, 80] }
 */
export function parseForeground(text: string): Foreground {
  must('foreground', isString(text), 'a text', text)
  const sign = text.indexOf('=')
  const kind = text.slice(0, sign)
  const rule = sign < 0 ? text : kind === 'point' || kind === 'box' ? parseHints(text) : { [kind]: text.slice(sign + 1) }
  if (isForeground(rule)) return rule
  throw new AdzusError({
    what: 'options',
    where: 'foreground',
    expected: `auto, all, center, ${HINT_TEXTS} or text=words`,
    got: text,
  })
}

/** Whether a rule looks for something; the others choose a place, whatever is there. */
export function seeks(rule: ForegroundRule): boolean {
  return rule === 'auto' || rule === 'text'
}

/** The ids of the foreground segments, for every rule that chooses whole ones. */
export function chooseForeground(rule: Exclude<ForegroundRule, 'auto'>, seen: Labelled): Set<number> {
  const { segments, width, height } = seen
  if (rule === 'all') return new Set(segments.map((s) => s.id))
  if (rule === 'center') return segmentsAt({ point: [Math.floor((width - 1) / 2), Math.floor((height - 1) / 2)] }, seen)
  if (rule === 'text') return heated(seen)
  return segmentsAt(rule, seen)
}

/** 0 or 255 a pixel. */
export function maskOf(labels: ArrayLike<number>, ids: ReadonlySet<number>): Uint8Array {
  const mask = new Uint8Array(labels.length)
  for (let i = 0; i < labels.length; i++) if (ids.has(labels[i])) mask[i] = 255
  return mask
}

/** Segments whose mean heat is above the middle between the least and the most heated one. */
function heated({ segments, heat }: Labelled): Set<number> {
  if (!heat) throw new Error('foreground: text needs the words’ attention')
  const middle = (Math.min(...heat) + Math.max(...heat)) / 2
  return new Set(segments.filter((_, i) => heat[i] >= middle).map((s) => s.id))
}
