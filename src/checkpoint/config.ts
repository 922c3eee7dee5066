/**
 * @file Reading a JSON configuration with errors that name file and field. `null` counts as absent, as diffusers writes it.
 */
import { AdzusError, check } from '../errors.ts'
import type { Files } from './files.ts'

export class Config {
  /** For error messages. */
  readonly file: string
  readonly #fields: Map<string, unknown>

  constructor(file: string, fields: object) {
    this.file = file
    this.#fields = new Map(Object.entries(fields))
  }

  /** Parses JSON text. */
  static parse(file: string, text: string): Config {
    let value: unknown
    try {
      value = JSON.parse(text)
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
      got: JSON.stringify(value),
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

  number(field: string, fallback?: number): number {
    return this.#typed(field, fallback, 'a number', (v): v is number => typeof v === 'number' && Number.isFinite(v))
  }

  /** A whole number ≥ 0. */
  int(field: string, fallback?: number): number {
    return this.#typed(field, fallback, 'a whole number', isInt)
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

  numbers(field: string, fallback?: number[]): number[] {
    return this.#typed(
      field,
      fallback,
      'a list of numbers',
      (v): v is number[] => Array.isArray(v) && v.every((n) => typeof n === 'number'),
    )
  }

  /** A list of whole numbers; of that length if given, where one number is repeated. */
  ints(field: string, length?: number, fallback?: number | number[]): number[] {
    const value = this.#typed<number | number[]>(
      field,
      fallback,
      'a whole number or a list of them',
      (v) => isInt(v) || (Array.isArray(v) && v.every(isInt)),
    )
    const list = Array.isArray(value) ? value : Array(length ?? 1).fill(value)
    if (length !== undefined && list.length !== length) throw this.wrong(field, `${length} entries`, `${list.length}`)
    return list
  }

  /** An error about a field. */
  wrong(field: string, expected: string, got: string, hint?: string): AdzusError {
    return new AdzusError({ what: 'config', where: `${field} in ${this.file}`, expected, got, hint })
  }

  #typed<T>(field: string, fallback: T | undefined, expected: string, is: (value: unknown) => boolean): T {
    const value = this.get(field) ?? fallback
    if (value === undefined || !is(value)) throw this.wrong(field, expected, value === undefined ? 'nothing' : JSON.stringify(value))
    return value as T
  }
}

function isInt(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}
