/**
 * @file Everything that may be chosen, and its form in the address of the page: a link holds all
 * settings, and never the picture.
 */
import type { Question } from 'adzus'
import type { LookOptions } from './engine/calls.ts'

export const PANELS = ['try', 'look', 'understand', 'change', 'use', 'weights'] as const
export type PanelName = (typeof PANELS)[number]

/** Which attention the panel Look shows. */
export interface AttentionChoice {
  /** Absent, as `resolution` is: the aggregated map. */
  layer?: string
  /** The mean of all layers of a grid instead: `h×w`, in cells. */
  resolution?: string
  /** A token of the prompt, whose heat is shown instead of a cell's. */
  token?: number
  head?: number
  timestep?: number
  direction: 'from' | 'to'
  /** Pixels that stay in sight, to compare. */
  pins: [x: number, y: number][]
}

/** Settings whose result is compared with the present one. */
export interface KeptSettings {
  look: LookOptions
  question: Omit<Question, 'signal' | 'onProgress'>
}

export interface Settings {
  panel: PanelName
  /** A sample's name; empty for a picture of one's own, which no link holds. */
  sample: string
  backend: 'auto' | 'webgpu' | 'cpu'
  /** Before the networks. */
  look: LookOptions
  /** Behind them. */
  question: Omit<Question, 'signal' | 'onProgress'>
  /** Of the panel Change; empty where nothing is kept. */
  kept: Partial<KeptSettings>
  attention: AttentionChoice
  /** The open stage of the picture's way, and the step of the tour (0: no tour). */
  stage: string
  step: number
}

export const DEFAULTS: Settings = {
  panel: 'try',
  sample: '',
  backend: 'auto',
  look: {},
  question: {},
  kept: {},
  attention: { direction: 'from', pins: [] },
  stage: '',
  step: 0,
}

/** What is not as by default, as the part of an address behind `#`. */
export function toHash(settings: Settings): string {
  const parameters = new URLSearchParams()
  for (const name of Object.keys(DEFAULTS) as (keyof Settings)[]) {
    const value = settings[name]
    if (JSON.stringify(value) === JSON.stringify(DEFAULTS[name])) continue
    parameters.set(name, typeof value === 'object' ? JSON.stringify(value) : String(value))
  }
  return parameters.toString()
}

/** Settings of an address; what it does not say or says wrongly is as by default. */
export function fromHash(hash: string): Settings {
  const parameters = new URLSearchParams(hash.replace(/^#/, ''))
  const settings: Settings = structuredClone(DEFAULTS)
  for (const [name, text] of parameters) {
    if (!Object.hasOwn(DEFAULTS, name)) continue
    const value = valueLike(DEFAULTS[name as keyof Settings], text)
    if (value !== undefined) Object.assign(settings, { [name]: value })
  }
  if (!PANELS.includes(settings.panel)) settings.panel = DEFAULTS.panel
  if (!['auto', 'webgpu', 'cpu'].includes(settings.backend)) settings.backend = DEFAULTS.backend
  settings.attention = { ...DEFAULTS.attention, ...settings.attention }
  return settings
}

/**
 * The settings that differ from those before. What is equal keeps its identity, so that nothing is
 * done again for it.
 */
export function changesOf(settings: Settings, before: Settings): Partial<Settings> {
  const names = (Object.keys(DEFAULTS) as (keyof Settings)[]).filter(
    (name) => JSON.stringify(settings[name]) !== JSON.stringify(before[name]),
  )
  return Object.fromEntries(names.map((name) => [name, settings[name]]))
}

/** A text as a value of the same kind as another; undefined where it is none. */
function valueLike(like: unknown, text: string): unknown {
  if (typeof like === 'string') return text
  if (typeof like === 'number') return /^\d+$/.test(text) ? Number(text) : undefined
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}
