/**
 * @file The expressions of directives in kernel texts: whole numbers, truth values and words, with
 * WGSL's operators and precedence.
 *
 *   or := and ('||' and)* · and := compare ('&&' compare)* · compare := sum (('==' …) sum)?
 *   sum := product (('+' | '-') product)* · product := unary (('*' | '/' | '%') unary)*
 *   unary := '!' unary | number | name | '(' or ')'
 */

/** A value of a constant: a number, a truth value, or a word such as the name of a type. */
export type Constant = number | boolean | string

/** Constants by their names. */
export type Constants = Readonly<Record<string, Constant>>

/** Operators of two operands, by precedence: the loosest first. */
const LEVELS: readonly Readonly<Record<string, (a: number, b: number) => Constant>>[] = [
  { '||': (a, b) => a !== 0 || b !== 0 },
  { '&&': (a, b) => a !== 0 && b !== 0 },
  { '<': (a, b) => a < b, '<=': (a, b) => a <= b, '>': (a, b) => a > b, '>=': (a, b) => a >= b },
  { '+': (a, b) => a + b, '-': (a, b) => a - b },
  { '*': (a, b) => a * b, '/': (a, b) => Math.trunc(a / b), '%': (a, b) => a % b },
]

const EQUALITY = 2
const TOKEN = /\s*(\d+)[ui]?\b|\s*([A-Za-z_]\w*)|\s*(\|\||&&|[=!<>]=|[-+*/%<>!()])/y

/**
 * The value of an expression. Names are those of `constants`; a name that is none of them is a
 * word, which only `==` and `!=` may compare.
 *
 * Throws a plain error that says what is wrong with the expression; `expand` says where.
 * @example
 * evaluate('ROWS * 4u', { ROWS: 8 }) // 32
 * evaluate('ACTIVATION == silu && !GATED', { ACTIVATION: 'silu', GATED: false }) // true
 */
export function evaluate(text: string, constants: Constants): Constant {
  const tokens = tokensOf(text)
  let at = 0

  function level(depth: number): Constant {
    const operators = LEVELS[depth]
    if (!operators) return unary()
    let value = level(depth + 1)
    for (;;) {
      const token = tokens[at]
      if (depth === EQUALITY && (token === '==' || token === '!=')) {
        at++
        value = (value === level(depth + 1)) === (token === '==')
      } else if (token !== undefined && Object.hasOwn(operators, token)) {
        at++
        value = operators[token]!(number(value), number(level(depth + 1)))
      } else return value
    }
  }

  function unary(): Constant {
    const token = tokens[at++]
    if (token === '!') return number(unary()) === 0
    if (token === '(') {
      const value = level(0)
      if (tokens[at++] !== ')') throw new Error(`a closing bracket is missing in “${text}”`)
      return value
    }
    if (token === undefined || !/^\w/.test(token)) throw new Error(`a value is missing in “${text}”`)
    if (/^\d/.test(token)) return Number(token)
    if (token === 'true' || token === 'false') return token === 'true'
    return Object.hasOwn(constants, token) ? constants[token]! : token
  }

  const value = level(0)
  if (at < tokens.length) throw new Error(`“${tokens[at]}” is not expected in “${text}”`)
  return value
}

/** The value of an expression that has to be a number or a truth value (0 or 1). */
export function evaluateNumber(text: string, constants: Constants): number {
  return number(evaluate(text, constants))
}

function number(value: Constant): number {
  if (typeof value === 'string') throw new Error(`no constant is called “${value}”`)
  return Number(value)
}

function tokensOf(text: string): string[] {
  const tokens: string[] = []
  const pattern = new RegExp(TOKEN)
  while (text.slice(pattern.lastIndex).trim() !== '') {
    const from = pattern.lastIndex
    const match = pattern.exec(text)
    if (!match) throw new Error(`“${text.slice(from).trim()}” is no expression`)
    tokens.push(match[1] ?? match[2] ?? match[3]!)
  }
  return tokens
}
