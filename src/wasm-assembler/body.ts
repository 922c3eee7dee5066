/**
 * @file The body of a function under construction: locals, assignments and structured control flow.
 * Loops test at their end, behind one test at the start, so that a turn costs one branch.
 */
import { bitsOf, unsigned } from './encoding.ts'
import { codeOf, f32x4, i32, v128 } from './instructions.ts'
import type { Code, Expr, Features, Local, LocalsOf, Operand, OperandsOf, Parameters, Statement, ValueType } from './types.ts'

const LOOP = 0x03
const IF = 0x04
const ELSE = 0x05
const END = 0x0b
const BRANCH_IF = 0x0d
/** A block that takes and leaves nothing. */
const NO_VALUE = 0x40

/**
 * A function before it belongs to a module: `emit` writes its body, once for each module that calls
 * or exports it.
 */
export interface Definition<P extends Parameters = Parameters, R extends ValueType | 'none' = ValueType | 'none'> {
  readonly name: string
  readonly parameters: P
  readonly result: R
  readonly emit: (f: Body, parameters: LocalsOf<P>) => Expr<Exclude<R, 'none'>> | undefined
}

/** A function without a result. */
export function procedure<const P extends Parameters>(
  name: string,
  parameters: P,
  emit: (f: Body, parameters: LocalsOf<P>) => void,
): Definition<P, 'none'> {
  return {
    name,
    parameters,
    result: 'none',
    emit: (f, p) => {
      emit(f, p)
      return undefined
    },
  }
}

/** The part of a module that a body uses. */
export interface ModuleContext {
  readonly features: Features
  /** The index of a function, which joins the module if it has not yet. */
  indexOf(definition: Definition): number
  /** Where this 32-bit word lies in memory. */
  constantAt(bits: number): number
}

/** Code is added in the order of the calls; expressions are only written where they are used. */
export class Body {
  readonly features: Features
  readonly #module: ModuleContext
  readonly #types: ValueType[] = []
  readonly #parameters: number
  /** Constants by their bits, and the code at the function's start that loads them. */
  readonly #constants = new Map<number, Local<'v128'>>()
  readonly #prologue: Code[] = []
  #code: Code[] = []

  constructor(module: ModuleContext, parameters: number) {
    this.features = module.features
    this.#module = module
    this.#parameters = parameters
  }

  get code(): Code {
    return [this.#prologue, this.#code]
  }

  /** Types of the locals behind the parameters. */
  get types(): readonly ValueType[] {
    return this.#types
  }

  /** A new local, 0 or `initial` at the start of the function; `initial` is assigned here. */
  local<T extends ValueType>(type: T, initial?: Operand<T>): Local<T> {
    const local = localAt(type, this.#parameters + this.#types.length)
    this.#types.push(type)
    if (initial !== undefined) this.set(local, initial)
    return local
  }

  /** Computes a value now and keeps it in a new local, for one that is used more than once. */
  let<T extends ValueType>(value: Expr<T>): Local<T> {
    return this.local(value.type, value)
  }

  /** Several locals of a type. */
  locals<T extends ValueType>(type: T, count: number): Local<T>[] {
    return Array.from({ length: count }, () => this.local(type))
  }

  set<T extends ValueType>(local: Local<T>, value: Operand<T>): void {
    this.#code.push(codeOf(local.type, value), 0x21, unsigned(local.index))
  }

  /** local += value */
  increase(local: Local<'i32'>, value: Operand<'i32'>): void {
    this.set(local, i32.add(local, value))
  }

  do(...statements: Statement[]): void {
    for (const { code } of statements) this.#code.push(code)
  }

  if(condition: Operand<'i32'>, then: () => void, otherwise?: () => void): void {
    const yes = this.#gather(then)
    const no = otherwise ? [ELSE, this.#gather(otherwise)] : []
    this.#code.push(codeOf('i32', condition), IF, NO_VALUE, yes, no, END)
  }

  while(condition: Operand<'i32'>, body: () => void): void {
    const inner = this.#gather(body)
    const test = codeOf('i32', condition)
    this.#code.push(test, IF, NO_VALUE, LOOP, NO_VALUE, inner, test, BRANCH_IF, 0, END, END)
  }

  /** Runs the body at least once. */
  doWhile(body: () => void, condition: () => Operand<'i32'>): void {
    const inner = this.#gather(body)
    this.#code.push(LOOP, NO_VALUE, inner, codeOf('i32', condition()), BRANCH_IF, 0, END)
  }

  /**
   * for (i = from; i < to; i += step), unsigned, with a local of its own for `i`. An end that is
   * neither a local nor a number is computed once, a step each turn.
   */
  for(from: Operand<'i32'>, to: Operand<'i32'>, step: Operand<'i32'>, body: (i: Local<'i32'>) => void): void {
    const end = typeof to === 'number' || 'index' in to ? to : this.let(to)
    const i = this.local('i32', from)
    this.while(i32.ltU(i, end), () => {
      body(i)
      this.increase(i, step)
    })
  }

  /** Calls a procedure. */
  run<P extends Parameters>(definition: Definition<P, 'none'>, args: OperandsOf<P>): void {
    this.#code.push(this.#call(definition as unknown as Definition, args as OperandsOf<Parameters>))
  }

  #call(definition: Definition, args: OperandsOf<Parameters>): Code {
    const operands = Object.entries(definition.parameters).map(([name, type]) => codeOf(type, args[name]))
    return [operands, 0x10, unsigned(this.#module.indexOf(definition))]
  }

  /**
   * Four times the same f32, loaded at the start of the function: a load inside a loop would be
   * scheduled before all else and keep its register until it is used.
   */
  splat(value: number): Local<'v128'> {
    return this.splatBits(bitsOf(value))
  }

  /** Four times the same 32 bits. */
  splatBits(bits: number): Local<'v128'> {
    let local = this.#constants.get(bits)
    if (!local) {
      local = this.local('v128')
      this.#constants.set(bits, local)
      this.#prologue.push(v128.load32Splat(0, this.#module.constantAt(bits)).code, 0x21, unsigned(local.index))
    }
    return local
  }

  /** a·b + c in the fewest instructions that the runtime has. */
  madd(a: Expr<'v128'>, b: Expr<'v128'>, c: Expr<'v128'>): Expr<'v128'> {
    return this.features.relaxed ? f32x4.relaxedMadd(a, b, c) : f32x4.add(f32x4.mul(a, b), c)
  }

  /** The code that `write` emits, instead of adding it. */
  #gather(write: () => void): Code {
    const outer = this.#code
    this.#code = []
    write()
    const inner = this.#code
    this.#code = outer
    return inner
  }
}

/** The local of this number. */
export function localAt<T extends ValueType>(type: T, index: number): Local<T> {
  return { type, index, code: [0x20, unsigned(index)] }
}
