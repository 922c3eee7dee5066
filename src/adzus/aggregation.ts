/**
 * @file Which attention enters the aggregated map, and how much of it: what an option says, what is
 * allowed whatever the model, and how the command line writes it.
 */
import { isRecord, isString, must } from '../arguments.ts'
import type { Weights } from '../attention/weights.ts'
import { AdzusError } from '../errors.ts'
import type { Parameters, SegmentOptions } from './options.ts'

/** What is chosen about the aggregated map. */
export type AggregationChoice = 'resolutions' | 'layers' | 'heads' | 'weights'

/** Larger factors mean nothing: the rest is 0 beside them. */
const MAX_FACTOR = 1e6

/** What would be weights, for errors. */
export const WEIGHTS = '{ resolutions, layers, heads }, each with factors from 0 to 1000000 by name'
const NAMES: (keyof Weights)[] = ['resolutions', 'layers', 'heads']

/** Whether something is factors by name; whether there are such names is a model's to say. */
export function isWeights(value: unknown): value is Weights {
  if (!isRecord(value) || !Object.keys(value).every((name) => (NAMES as string[]).includes(name))) return false
  const isFactor = (factor: unknown) => typeof factor === 'number' && factor >= 0 && factor <= MAX_FACTOR
  return NAMES.every((name) => {
    const factors = value[name]
    return factors === undefined || (isRecord(factors) && Object.values(factors).every(isFactor))
  })
}

/**
 * The choice with what is left out filled in.
 * @throws AdzusError for lists without entries, and for parts of no name
 */
export function resolveAggregation(
  options: Pick<SegmentOptions, AggregationChoice>,
  defaults: Pick<Parameters, AggregationChoice>,
): Pick<Parameters, AggregationChoice> {
  const { resolutions = defaults.resolutions, layers = defaults.layers, heads = defaults.heads, weights = defaults.weights } = options
  for (const [name, list] of Object.entries({ resolutions, layers, heads })) must(name, list?.length !== 0, 'at least one', list)
  must('layers', !layers?.includes(''), 'parts of layer names', layers)
  return {
    resolutions: resolutions && [...resolutions],
    layers: layers && [...layers],
    heads: heads && [...heads],
    weights: weights && copyWeights(weights),
  }
}

/**
 * Parses what the command line takes: `32=2,up_blocks.3=0.5,head1=0`, factors of resolutions (by
 * the longer side of their grid), of layers (by a part of their path) and of heads.
 * @throws AdzusError for anything else
 * @example
 * parseWeights('32=2,head1=0') // { resolutions: { 32: 2 }, heads: { 1: 0 } }
 */
export function parseWeights(text: string): Weights {
  must('weights', isString(text), 'a text', text)
  const weights: Required<Weights> = { resolutions: {}, layers: {}, heads: {} }
  for (const part of text.split(',')) {
    const [, name, number] = /^\s*([^\s=]+)\s*=\s*(\S+)\s*$/.exec(part) ?? []
    const factor = number === undefined ? Number.NaN : Number(number)
    if (!(factor >= 0 && factor <= MAX_FACTOR))
      throw new AdzusError({
        what: 'options',
        where: 'weights',
        expected: `NAME=FACTOR with commas between them, each factor from 0 to ${MAX_FACTOR}`,
        got: part.trim() === '' ? text : part.trim(),
        hint: 'NAME is the longer side of a grid (32), a part of a layer’s path (up_blocks.3) or a head (head1).',
      })
    const [, head] = /^head(\d+)$/.exec(name) ?? []
    if (head !== undefined) weights.heads[Number(head)] = factor
    else if (/^\d+$/.test(name)) weights.resolutions[Number(name)] = factor
    else weights.layers[name] = factor
  }
  return copyWeights(weights)!
}

/** Weights without what names nothing; null where nothing is left. */
function copyWeights(weights: Weights): Weights | null {
  const named = NAMES.filter((name) => Object.keys(weights[name] ?? {}).length > 0)
  return named.length === 0 ? null : Object.fromEntries(named.map((name) => [name, { ...weights[name] }]))
}
