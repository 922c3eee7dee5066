/** @file Which attention counts, and how much: lists and factors of a question as rows of a panel. */
import type { LayerInfo, Parameters, Weights } from 'adzus'
import type { Question } from './choices.ts'

/** What attention is divided by. */
export type PartKind = 'resolutions' | 'layers' | 'heads'

/** What a look chose of them. */
export type Chosen = Pick<Parameters, PartKind>

/** A part of the attention, as a row shows it. */
export interface AttentionPart {
  /** As the library names it. */
  name: string | number
  counts: boolean
  factor: number
}

/** The names of all parts of a look's self-attention, in the order of its layers. */
export function namesOf(layers: readonly LayerInfo[], kind: PartKind): (string | number)[] {
  const own = layers.filter((layer) => layer.kind === 'self')
  if (kind === 'layers') return own.map(({ name }) => name)
  if (kind === 'resolutions') return [...new Set(own.map(({ grid }) => Math.max(grid.h, grid.w)))].sort((a, b) => b - a)
  return Array.from({ length: Math.min(...own.map(({ heads }) => heads)) }, (_, head) => head)
}

/**
 * The parts with what a question says of them, and else what the look chose; layers may be named by
 * a piece of their path.
 */
export function partsOf(names: readonly (string | number)[], kind: PartKind, question: Question, look: Chosen): AttentionPart[] {
  const { [kind]: list = look[kind], weights } = question
  const matches = (said: string | number, name: string | number) =>
    kind === 'layers' ? `${name}`.includes(`${said}`) : `${said}` === `${name}`
  const factors = Object.entries<number>(weights?.[kind] ?? {})
  return names.map((name) => ({
    name,
    counts: list?.some((said) => matches(said, name)) ?? true,
    factor: factors.filter(([said]) => matches(said, name)).reduce((product, [, factor]) => product * factor, 1),
  }))
}

/** The list that leaves the parts that count; nothing where those do that the look chose. */
export function listOf(parts: readonly AttentionPart[], own: readonly AttentionPart[]): (string | number)[] | undefined {
  if (parts.every(({ counts }, i) => counts === own[i].counts)) return undefined
  return parts.filter(({ counts }) => counts).map(({ name }) => name)
}

/** The same weights with other factors of one kind; nothing where all are 1. */
export function withFactors(weights: Weights | null | undefined, kind: PartKind, parts: readonly AttentionPart[]): Weights | undefined {
  const { [kind]: _, ...others } = weights ?? {}
  const factors = Object.fromEntries(parts.filter(({ factor }) => factor !== 1).map(({ name, factor }) => [name, factor]))
  const next: Weights = Object.keys(factors).length > 0 ? { ...others, [kind]: factors } : others
  return Object.keys(next).length > 0 ? next : undefined
}
