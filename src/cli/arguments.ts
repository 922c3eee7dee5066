/**
 * @file Parsing a command's arguments: names with a value or without, long or short, `--name value`
 * or `--name=value`; what is unknown gets a suggestion.
 */
import { parseArgs } from 'node:util'
import { AdzusError } from '../errors.ts'
import { nearest } from '../nearest.ts'

export interface Option {
  /** Placeholder of the value; without one the option is a switch. */
  value?: string
  short?: string
  help: string
}

export type Options = Record<string, Option>

export interface Parsed {
  inputs: string[]
  values: Record<string, string | undefined>
  /** Every value of an option, for those that may be given several times. */
  every: Record<string, readonly string[] | undefined>
  switches: Record<string, boolean>
}

/** A mistake in the call: the command line ends with exit code 2. */
export class UsageError extends AdzusError {}

export function parseArguments(command: string, args: string[], options: Options): Parsed {
  const known = Object.fromEntries(
    Object.entries(options).map(([name, { value, short }]) => [
      name,
      { type: value ? 'string' : 'boolean', ...(short && { short }) } as const,
    ]),
  )
  const { tokens } = parseArgs({ args, options: known, allowPositionals: true, strict: false, tokens: true })
  const parsed: Parsed = { inputs: [], values: {}, every: {}, switches: {} }
  for (const token of tokens) {
    if (token.kind === 'positional') parsed.inputs.push(token.value)
    if (token.kind !== 'option') continue
    const option = Object.hasOwn(options, token.name) ? options[token.name] : undefined
    const fail = (expected: string, got: string, hint?: string) =>
      new UsageError({ what: command, where: token.rawName, expected, got, hint })
    if (!option) {
      const similar = nearest(token.name, Object.keys(options))
      const hint = similar ? `Did you mean --${similar}?` : `See adzus ${command} --help.`
      // `-a.png` is read as options of one letter.
      throw fail(
        'a known option',
        token.rawName,
        token.rawName.startsWith('--') ? hint : `${hint} Names that begin with a dash come after --.`,
      )
    }
    if (!option.value) {
      if (token.value !== undefined) throw fail('no value', token.value)
      parsed.switches[token.name] = true
    } else {
      // A value that looks like an option is one, except a negative number.
      const missing = !token.value || (!token.inlineValue && /^-[^\d.]/.test(token.value))
      if (missing) throw fail(`a value ${option.value}`, token.value || 'nothing')
      parsed.values[token.name] = token.value
      parsed.every[token.name] = [...(parsed.every[token.name] ?? []), token.value!]
    }
  }
  return parsed
}

/** For commands that work on nothing in particular. */
export function noInputs(command: string, inputs: readonly string[]): void {
  if (inputs.length > 0)
    throw new UsageError({ what: command, expected: 'options only', got: inputs[0], hint: `See adzus ${command} --help.` })
}

/** Numbers separated by commas, none of them beyond what a number holds. */
export function numbers(command: string, option: string, text: string): number[] {
  const list = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)))
  if (!list.every(Number.isFinite))
    throw new UsageError({ what: command, where: `--${option}`, expected: 'numbers separated by commas', got: text })
  return list
}

/** Words separated by commas; spaces around them do not count. */
export function words(command: string, option: string, text: string): string[] {
  const list = text.split(',').map((part) => part.trim())
  if (list.includes('')) throw new UsageError({ what: command, where: `--${option}`, expected: 'names separated by commas', got: text })
  return list
}

/** A whole number of that range. */
export function whole(command: string, option: string, text: string, from: number, to: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (value >= from && value <= to) return value
  throw new UsageError({ what: command, where: `--${option}`, expected: `a whole number from ${from} to ${to}`, got: text })
}

export function oneOf<T extends string>(command: string, option: string, text: string, choices: readonly T[]): T {
  const choice = choices.find((c) => c === text)
  if (choice !== undefined) return choice
  const similar = nearest(text, choices)
  throw new UsageError({
    what: command,
    where: `--${option}`,
    expected: choices.join(', '),
    got: text,
    hint: similar && `Did you mean ${similar}?`,
  })
}

/** The options as an aligned list for `--help`. */
export function describeOptions(options: Options): string {
  const lines = Object.entries(options).map(([name, { value, short, help }]) => [
    `${short ? `-${short}, ` : ''}--${name}${value ? ` ${value}` : ''}`,
    help,
  ])
  const width = Math.max(...lines.map(([left]) => left.length))
  return lines.map(([left, help]) => `  ${left.padEnd(width)}  ${help}`).join('\n')
}

/** Calls as `--help` shows them. */
export function describeExamples(calls: readonly string[]): string {
  return `Examples:\n${calls.map((call) => `  ${call}`).join('\n')}`
}
