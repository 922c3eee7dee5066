/**
 * @file Makes a kernel's instance from its text: WGSL in which a few comments are directives.
 *
 *   const ROWS = 4u;           a constant; what the caller gives replaces its value
 *   alias Value = f32;         the same for a type
 *   //#option ACTIVATION = none
 *                              a constant of directives only; it stays in the result as a comment
 *   //#if EXPRESSION … //#else … //#end
 *                              one of two parts (`expression` says what an expression is)
 *   //#unroll                  the `for` in the next line, written out, and those in it whose
 *                              bounds are constants
 *   //#import NAME             a text that several kernels share, at most once each
 *
 * Loops are written out only where that is faster: some drivers keep an array in registers only if
 * every index into it is a constant.
 */
import { AdzusError } from '../errors.ts'
import { type Constant, type Constants, evaluate, evaluateNumber } from './expression.ts'

/** A kernel's text and the texts that it imports, by name. */
export interface KernelText {
  name: string
  text: string
  imports?: Readonly<Record<string, string>>
}

/** A line of a text, and where it stands, for messages. */
interface Line {
  text: string
  where: string
}

const INDENT = '  '
const DECLARATION = /^(const|alias) (\w+)(: \w+)? = ([^;]+);(.*)$/
const OPTION = /^\/\/#option (\w+) = (\w+)(.*)$/
const LOOP = /^(\s*)for \(var (\w+) = ([^;]+); \2 < ([^;]+); \2(?:\+\+| \+= ([^;)]+))\) \{(.*)$/

/**
 * The WGSL of a text for the given constants: without directives, indented, each part in its order.
 *
 * Throws an `AdzusError` with the line for a directive that cannot be read, a block without end, an
 * import that does not exist, a loop to unroll that is none; and for constants that the text does
 * not declare.
 * @example
 * const text = 'const N = 2u;\n//#unroll\nfor (var i = 0u; i < N; i++) { f(i); }'
 * expand({ name: 'calls', text }, { N: 3 })
 * // const N = 3u;
 * // f(0u);
 * // f(1u);
 * // f(2u);
 */
export function expand({ name, text, imports = {} }: KernelText, given: Constants = {}): string {
  const known: Record<string, Constant> = {}
  const imported = new Set<string>()
  const out: string[] = []

  /** `unrolling`: these lines are a turn of a loop that is written out. */
  function walk(lines: readonly Line[], unrolling = false): void {
    for (let i = 0; i < lines.length; i++) {
      const line = lines[i]!
      const directive = /^\s*\/\/#(\w+) ?(.*)$/.exec(line.text)
      const [, word, rest = ''] = directive ?? []
      if (word === undefined && unrolling && bounds(line)) i = unroll(lines, i)
      else if (word === undefined) out.push(declared(line))
      else if (word === 'option') out.push(option(line))
      else if (word === 'import') walk(importOf(rest, line), unrolling)
      else if (word === 'if') {
        const { otherwise, end } = blockFrom(lines, i)
        const yes = attempt(line, () => evaluateNumber(rest, known)) !== 0
        walk(yes ? lines.slice(i + 1, otherwise) : lines.slice(otherwise + 1, end), unrolling)
        i = end
      } else if (word === 'unroll') i = unroll(lines, i + 1)
      else throw failure(line, 'option, if, else, end, unroll or import', `//#${word}`)
    }
  }

  /** A line as it is, unless it declares a constant whose value is given. */
  function declared({ text: source }: Line): string {
    const match = DECLARATION.exec(source)
    if (!match) return source
    const [, keyword, constant, type = '', value, comment] = match as unknown as string[]
    if (Object.hasOwn(given, constant!)) {
      known[constant!] = given[constant!]!
      return `${keyword} ${constant}${type} = ${literal(given[constant!]!, value!)};${comment}`
    }
    known[constant!] = keyword === 'const' ? evaluated(value!) : value!
    return source
  }

  /** The value of a constant; one that no directive can use, such as 0.75, is its own text. */
  function evaluated(value: string): Constant {
    try {
      return evaluate(value, known)
    } catch {
      return value
    }
  }

  function option(line: Line): string {
    const match = OPTION.exec(line.text.trimStart())
    if (!match) throw failure(line, '//#option NAME = value', line.text.trim())
    const [, constant, value, comment] = match as unknown as string[]
    known[constant!] = given[constant!] ?? attempt(line, () => evaluate(value!, {}))
    return `// ${constant} = ${known[constant!]}${comment}`
  }

  function importOf(key: string, line: Line): Line[] {
    if (!Object.hasOwn(imports, key)) throw failure(line, `one of ${Object.keys(imports).join(', ') || 'no imports'}`, key)
    if (imported.has(key)) return []
    imported.add(key)
    return linesOf(imports[key]!, key)
  }

  /** First value, end and step of a loop whose bounds are constants. */
  function bounds(line: Line): readonly [number, number, number] | undefined {
    const match = LOOP.exec(line.text)
    if (!match) return undefined
    try {
      return [match[3]!, match[4]!, match[5] ?? '1'].map((e) => evaluateNumber(e, known)) as [number, number, number]
    } catch {
      return undefined
    }
  }

  /** Writes the loop in line `at` out; the index of its last line. */
  function unroll(lines: readonly Line[], at: number): number {
    const head = lines[at]
    const range = head && bounds(head)
    if (!range || !(range[2] > 0))
      throw failure(head ?? lines.at(-1)!, 'for (var i = A; i < B; i++) { with constants, after //#unroll', head?.text.trim() ?? 'nothing')
    const [, indent, variable, , , , inline] = LOOP.exec(head.text) as unknown as string[]
    const single = /^(.*)\}$/.exec(inline!)
    const last = single ? at : lines.findIndex((l, i) => i > at && l.text === `${indent}}`)
    if (last < 0) throw failure(head, 'the loop’s closing brace at its own indentation', 'none')
    const body = single ? [{ text: `${indent}${INDENT}${single[1]!.trim()}`, where: head.where }] : lines.slice(at + 1, last)
    // What a turn declares is its own: its lines are a block unless they declare nothing.
    const block = body.some(({ text: l }) => new RegExp(`^${indent}${INDENT}(let|var|const) `).test(l))
    for (let i = range[0]; i < range[1]; i += range[2]) {
      if (block) out.push(`${indent}{`)
      walk(
        body.map(({ text: l, where }) => ({ where, text: withIndex(block ? l : dedent(l), variable!, i) })),
        true,
      )
      if (block) out.push(`${indent}}`)
    }
    return last
  }

  walk(linesOf(text, name))
  const unknown = Object.keys(given).filter((constant) => !Object.hasOwn(known, constant))
  if (unknown.length > 0)
    throw new AdzusError({ what: 'kernel text', where: name, expected: 'constants that it declares', got: unknown.join(', ') })
  return `${out.join('\n').trim()}\n`
}

/**
 * Where the `//#else` of the `//#if` in line `at` is (its `//#end` if it has none), and its
 * `//#end`.
 */
function blockFrom(lines: readonly Line[], at: number): { otherwise: number; end: number } {
  let otherwise = -1
  for (let i = at + 1, depth = 0; i < lines.length; i++) {
    const text = lines[i]!.text.trimStart()
    if (/^\/\/#if\b/.test(text)) depth++
    else if (/^\/\/#else\b/.test(text) && depth === 0) otherwise = i
    else if (/^\/\/#end\b/.test(text) && depth-- === 0) return { otherwise: otherwise < 0 ? i : otherwise, end: i }
  }
  throw failure(lines[at]!, '//#end', 'the end of the text')
}

/** A constant as the literal of the type that the text's own value has: `4u` for `8u`. */
function literal(value: Constant, like: string): string {
  return typeof value === 'number' && /\du$/.test(like) ? `${value}u` : String(value)
}

/** A line of a loop's turn: its index as a number, and what that makes of simple arithmetic. */
function withIndex(line: string, variable: string, value: number): string {
  const index = new RegExp(`(?<![\\w.])${variable}\\b`, 'g')
  if (!index.test(line)) return line
  let [before, after] = ['', line.replace(index, `${value}u`)]
  while (before !== after) {
    before = after
    for (const [pattern, by] of SIMPLER) after = after.replace(pattern, by as string)
  }
  return after
}

/** Simpler forms, where operators beside them bind no tighter. */
const SIMPLER: readonly (readonly [RegExp, string | ((...match: string[]) => string)])[] = [
  [/(?<![*/%] )\b(\d+)u \* (\d+)u\b/, (_, a, b) => `${Number(a) * Number(b)}u`],
  [/(?<![*/%] )\b(\d+)u \/ ([1-9]\d*)u\b/, (_, a, b) => `${Math.trunc(Number(a) / Number(b))}u`],
  [/(?<![*/%] )\b(\d+)u % ([1-9]\d*)u\b/, (_, a, b) => `${Number(a) % Number(b)}u`],
  [/(?<![-*/%] )\b(\d+)u \+ (\d+)u\b(?! [*/%])/, (_, a, b) => `${Number(a) + Number(b)}u`],
  [/(?<![*/%] )\b0u \* [A-Za-z][\w.]*(?![\w.([])/, '0u'],
  [/(?<![*/%] )\b1u \* (?=[A-Za-z])/, ''],
  [/(?<=[\w)\]]) \+ 0u\b(?! [*/%])/, ''],
  [/(?<=[([] ?)0u \+ /, ''],
  [/(?<=\[|\(|[-+*/%] )\((\w+)\)/, (_, a) => a!],
  [/\[(\d+)u\]/, (_, a) => `[${a}]`],
]

const dedent = (line: string) => (line.startsWith(INDENT) ? line.slice(INDENT.length) : line)

const linesOf = (text: string, name: string): Line[] =>
  text
    .trim()
    .split('\n')
    .map((line, i) => ({ text: line, where: `${name}, line ${i + 1}` }))

function failure({ where }: Line, expected: string, got: string): AdzusError {
  return new AdzusError({ what: 'kernel text', where, expected, got })
}

/** Runs a part; its error says the line. */
function attempt<T>(line: Line, part: () => T): T {
  try {
    return part()
  } catch (error) {
    throw failure(line, 'an expression of constants', (error as Error).message)
  }
}
