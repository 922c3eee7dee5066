/**
 * @file A module under construction: one imported memory, functions that call each other, exports,
 * and a table of constants that instantiating writes into the memory.
 */
import { Body, type Definition, localAt, type ModuleContext } from './body.ts'
import { flatten, sized, text, unsigned, vector } from './encoding.ts'
import { i32 } from './instructions.ts'
import { type Code, type Features, type LocalsOf, type Parameters, TYPE_CODES, type ValueType } from './types.ts'

const HEADER = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0]
const SECTION = { type: 1, import: 2, function: 3, export: 7, code: 10, data: 11 }
const END = 0x0b
/** The most pages (of 64 KiB) that 32-bit addresses reach. */
const MAX_PAGES = 65536

/** Functions join by `export` or by being called; `encode` writes them all. */
export class Module implements ModuleContext {
  readonly features: Features
  readonly #constantsAt: number
  readonly #indices = new Map<Definition, number>()
  readonly #constants = new Map<number, number>()
  readonly #exports = new Map<string, number>()

  /**
   * The memory is imported as `env.memory`; the constants will lie at `constantsAt`, which must be
   * a multiple of 4.
   */
  constructor(features: Features, constantsAt: number) {
    this.features = features
    this.#constantsAt = constantsAt
  }

  export<P extends Parameters, R extends ValueType | 'none'>(definition: Definition<P, R>): void {
    this.#exports.set(definition.name, this.indexOf(definition as unknown as Definition))
  }

  indexOf(definition: Definition): number {
    let index = this.#indices.get(definition)
    if (index === undefined) {
      index = this.#indices.size
      this.#indices.set(definition, index)
    }
    return index
  }

  constantAt(bits: number): number {
    let place = this.#constants.get(bits)
    if (place === undefined) {
      place = this.#constants.size
      this.#constants.set(bits, place)
    }
    return this.#constantsAt + 4 * place
  }

  /** Writes all bodies and returns the module's bytes. */
  encode(): Uint8Array<ArrayBuffer> {
    const bodies: Code[] = []
    // Bodies call functions that join the map meanwhile; its iteration comes to them as well.
    for (const definition of this.#indices.keys()) bodies.push(this.#body(definition))
    const definitions = [...this.#indices.keys()]
    const limits = this.features.shared ? [3, unsigned(1), unsigned(MAX_PAGES)] : [0, unsigned(1)]
    const sections: [number, Code][] = [
      [SECTION.type, vector(definitions.map(signature))],
      [SECTION.import, vector([[text('env'), text('memory'), 2, limits]])],
      [SECTION.function, vector(definitions.map((_, i) => unsigned(i)))],
      [SECTION.export, vector([...this.#exports].map(([name, index]) => [text(name), 0, unsigned(index)]))],
      [SECTION.code, vector(bodies)],
    ]
    if (this.#constants.size > 0) {
      const bytes = new Uint8Array(Int32Array.from(this.#constants.keys()).buffer)
      sections.push([SECTION.data, vector([[0, i32.const(this.#constantsAt).code, END, vector([...bytes])]])])
    }
    return flatten([HEADER, sections.map(([id, content]) => [id, sized(content)])])
  }

  #body({ parameters, emit }: Definition): Code {
    const names = Object.keys(parameters)
    const body = new Body(this, names.length)
    const locals = Object.fromEntries(names.map((name, i) => [name, localAt(parameters[name], i)])) as LocalsOf<Parameters>
    const result = emit(body, locals)
    const types = vector(body.types.map((type) => [1, TYPE_CODES[type]]))
    return sized([types, body.code, result?.code ?? [], END])
  }
}

/** Every function has a type of its own: equal ones may repeat. */
function signature({ parameters, result }: Definition): Code {
  return [0x60, vector(Object.values(parameters).map((t) => TYPE_CODES[t])), vector(result === 'none' ? [] : [TYPE_CODES[result]])]
}
