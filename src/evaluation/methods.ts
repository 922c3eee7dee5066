/**
 * @file The methods of an evaluation by their names: foreground rules and presets, each with the
 * model's thresholds or with one that is given.
 */
import { type Foreground, parseForeground } from '../adzus/foreground.ts'
import { presetNamed } from '../adzus/presets/index.ts'
import { AdzusError } from '../errors.ts'

/** A rule that sees the picture alone, and the threshold of all rounds where one is given. */
export interface RuleMethod {
  /** `auto`, `text=a cell`, `preset=skin`, `center@0.4`. */
  name: string
  /** Nothing where a preset decides. */
  foreground?: Foreground
  preset?: string
  threshold?: number
}

/** No method that needs the network. */
export const NO_METHODS = 'none'

/** How a preset is asked for. */
const PRESET = /^preset=(.*)$/

/**
 * Foreground rules and presets out of a list that is separated by commas, which coordinates have as
 * well.
 * @param thresholds divergences; each makes methods of its own (default: the model's thresholds)
 * @throws AdzusError for what is no rule and no preset, and for one that is there twice
 * @example
 * const names = parseMethods('auto,point=12,40', [0.4]).map(({ name }) => name)
 * // ['auto@0.4', 'point=12,40@0.4']
 */
export function parseMethods(text: string, thresholds: readonly number[] = []): RuleMethod[] {
  if (text.trim() === NO_METHODS) return []
  const parts: string[] = []
  // A number alone is one more coordinate of the rule before it.
  for (const part of text.split(',').map((p) => p.trim()))
    if (parts.length > 0 && part !== '' && Number.isFinite(Number(part))) parts[parts.length - 1] += `,${part}`
    else parts.push(part)
  const rules = parts.map(ruleNamed)
  for (const { name, foreground } of rules)
    if (foreground === 'text') throw new AdzusError({ what: 'options', where: 'methods', expected: 'words, as in text=a cell', got: name })
  const methods =
    thresholds.length === 0
      ? rules
      : thresholds.flatMap((threshold) => rules.map((rule) => ({ ...rule, name: `${rule.name}@${threshold}`, threshold })))
  refuseTwice(methods.map(({ name }) => name))
  return methods
}

function ruleNamed(name: string): RuleMethod {
  const [, preset] = PRESET.exec(name) ?? []
  return preset === undefined ? { name, foreground: parseForeground(name) } : { name, preset: presetNamed(preset).name }
}

/** @throws AdzusError where a name is there twice */
export function refuseTwice(names: readonly string[]): void {
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) throw new AdzusError({ what: 'options', where: 'methods', expected: 'each method once', got: `${twice} twice` })
}
