/**
 * @file Reading a JSON configuration with errors that name file and field. `null` counts as absent,
 * as diffusers writes it. Every number has a range: what lies outside makes no sense, or would keep
 * a machine busy for nothing.
 */
import { AdzusError, check } from '../errors.ts'
import { quoted } from '../messages.ts'
import type { Files } from './files.ts'

/** Which numbers a field may have: `from` and `to` are among them, `above` and `below` are not. */
export interface Range {
  from?: number
  to?: number
  above?: number
  below?: number
}

export class Config {
  /** For error messages. */
  readonly file: string
  readonly #fields: Map<string, unknown>

  constructor(file: string, fields: object) {
    this.file = file
    this.#fields = new Map(Object.entries(fields))
  }

  /** Parses JSON text, with or without a byte order mark. */
  static parse(file: string, text: string): Config {
    let value: unknown
    try {
      value = JSON.parse(text.replace(/^\uFEFF/, ''))
    } catch (cause) {
      throw new AdzusError(
        { what: 'config', where: file, expected: 'JSON', got: cause instanceof Error ? cause.message : String(cause) },
        { cause },
      )
    }
    check(typeof value === 'object' && value !== null && !Array.isArray(value), () => ({
      what: 'config',
      where: file,
      expected: 'a JSON object',
      got: quoted(value),
    }))
    return new Config(file, value)
  }

  static async read(files: Files, path: string): Promise<Config> {
    return Config.parse(`${files.root}/${path}`, await files.text(path))
  }

  /** All fields as they are. */
  entries(): [string, unknown][] {
    return [...this.#fields]
  }

  /** The raw value; undefined where it is absent or null. */
  get(field: string): unknown {
    return this.#fields.get(field) ?? undefined
  }

  has(field: string): boolean {
    return this.get(field) !== undefined
  }

  number(field: string, fallback?: number, range: Range = {}): number {
    return this.#typed(field, fallback, `a number${words(range)}`, (v): v is number => isNumber(v) && within(v, range))
  }

  /** A whole number ≥ 0. */
  int(field: string, fallback?: number, range: Range = {}): number {
    return this.#typed(field, fallback, `a whole number${words(range)}`, (v) => isInt(v) && within(v, range))
  }

  bool(field: string, fallback?: boolean): boolean {
    return this.#typed(field, fallback, 'true or false', (v) => typeof v === 'boolean')
  }

  string(field: string, fallback?: string): string {
    return this.#typed(field, fallback, 'a string', (v) => typeof v === 'string')
  }

  strings(field: string, fallback?: string[]): string[] {
    return this.#typed(
      field,
      fallback,
      'a list of strings',
      (v): v is string[] => Array.isArray(v) && v.every((s) => typeof s === 'string'),
    )
  }

  numbers(field: string, fallback?: number[], range: Range = {}): number[] {
    return this.#typed(
      field,
      fallback,
      `a list of numbers${words(range)}`,
      (v): v is number[] => Array.isArray(v) && v.every((n) => isNumber(n) && within(n, range)),
    )
  }

  /** A list of whole numbers; of that length if given, where one number is repeated. */
  ints(field: string, length?: number, fallback?: number | number[], range: Range = {}): number[] {
    const fits = (v: unknown) => isInt(v) && within(v, range)
    const value = this.#typed<number | number[]>(
      field,
      fallback,
      `a whole number${words(range)}, or a list of them`,
      (v) => fits(v) || (Array.isArray(v) && v.every(fits)),
    )
    const list = Array.isArray(value) ? value : Array(length ?? 1).fill(value)
    if (length !== undefined && list.length !== length) throw this.wrong(field, `${length} entries`, `${list.length}`)
    return list
  }

  /** One of these texts. */
  choice<T extends string>(field: string, known: readonly T[], fallback: T): T {
    const value = this.string(field, fallback)
    const found = known.find((k) => k === value)
    if (found === undefined) throw this.wrong(field, known.join(' or '), quoted(value))
    return found
  }

  /** An error about a field. */
  wrong(field: string, expected: string, got: string, hint?: string): AdzusError {
    return new AdzusError({ what: 'config', where: `${field} in ${this.file}`, expected, got, hint })
  }

  #typed<T>(field: string, fallback: T | undefined, expected: string, is: (value: unknown) => boolean): T {
    const value = this.get(field) ?? fallback
    if (value === undefined || !is(value)) throw this.wrong(field, expected, value === undefined ? 'nothing' : quoted(value))
    return value as T
  }
}

function isNumber(value: unknown): value is number {
  return Number.isFinite(value)
}

function within(n: number, { from = -Infinity, to = Infinity, above = -Infinity, below = Infinity }: Range): boolean {
  return n >= from && n <= to && n > above && n < below
}

/** A range in words, for example “ above 0 and below 1”. */
function words({ from, to, above, below }: Range): string {
  const start = from !== undefined ? ` from ${from}` : above !== undefined ? ` above ${above}` : ''
  const upTo = from !== undefined ? ` to ${to}` : `${start && ' and'} up to ${to}`
  return start + (to !== undefined ? upTo : below !== undefined ? `${start && ' and'} below ${below}` : '')
}

function isInt(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}
