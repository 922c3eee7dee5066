/**
 * @file From a kernel's text to an instance: WGSL with its name, uniforms and bindings.
 *
 * A text is one WGSL module that can be read from top to bottom; `expand` makes its variants. What
 * the engine has to know of an instance is read from the instance itself: uniforms are the fields
 * of `struct Params`, bound at 0, and the storage bindings follow from 1 on. Shapes are uniforms
 * rather than constants: one pipeline then serves every shape, and compiling is what costs at
 * start.
 *
 * Kernels that work on one number at a time come in two widths from one text: a number a thread, or
 * four neighbours where all lengths are divisible by 4; lengths and indices then count fours.
 * Software adapters need a third of the time with four, since what a thread costs before it does
 * anything is most of it.
 *
 * Grids: WebGPU allows 65,535 workgroups a side. A kernel that counts linearly has the index wid.x
 * + wid.y · groups.x; `fold` splits a count into two sides and the text must guard the tail.
 */
import { expand, type KernelText } from './expand.ts'
import type { Constants } from './expression.ts'

export type Scalar = 'u32' | 'i32' | 'f32'

export interface Shader {
  name: string
  code: string
  /** Uniform fields in order. */
  params: readonly (readonly [name: string, type: Scalar])[]
  /** Access of every storage binding, in order: the pipeline layout. */
  access: readonly ('read' | 'read_write')[]
}

/** Makes the instance for constants: always the same object for the same ones. */
export type Kernel = (constants?: Constants, name?: string) => Shader

/**
 * A kernel as a function from constants to instances. `name` of an instance is the text's unless
 * given: what profiles and errors call it.
 * @example
 * const twice = kernel({ name: 'twice', text })
 * const shader = twice({ WIDTH: 4 })
 */
export function kernel(text: KernelText): Kernel {
  const instances = new Map<string, Shader>()
  return (constants = {}, name = text.name) => {
    const key = `${name} ${JSON.stringify(constants)}`
    let instance = instances.get(key)
    if (!instance) {
      instance = instanceOf(name, expand(text, constants))
      instances.set(key, instance)
    }
    return instance
  }
}

/**
 * An instance as the engine needs it, from its WGSL.
 * @example
 * instanceOf('fill', text).access // ['read_write']
 */
export function instanceOf(name: string, text: string): Shader {
  const code = `${enables(text)}${text}`
  const struct = /struct Params \{([^}]*)\}/.exec(code)?.[1] ?? ''
  const params = [...struct.matchAll(/^\s*(\w+): (u32|i32|f32),/gm)].map(([, field, type]) => [field!, type as Scalar] as const)
  const access = [...code.matchAll(/@binding\(\d+\) var<storage, (read|read_write)>/g)].map(([, a]) => a as 'read' | 'read_write')
  return { name, code, params, access }
}

/** WGSL's optional features that a text uses. */
function enables(text: string): string {
  const code = text.replace(/\/\/.*$/gm, '')
  return `${/\bf16\b/.test(code) ? 'enable f16;\n' : ''}${/\bsubgroup[A-Z_]/.test(code) ? 'enable subgroups;\n' : ''}`
}

/** How many neighbouring numbers a thread works on. */
export type Width = 1 | 4

/** The widest that divides all lengths. */
export function widthOf(...lengths: readonly number[]): Width {
  return lengths.every((n) => n % 4 === 0) ? 4 : 1
}

/** The WGSL type of that many numbers. */
export function vecType(width: Width): 'f32' | 'vec4<f32>' {
  return width === 4 ? 'vec4<f32>' : 'f32'
}

/** The most workgroups on one side of a grid (WebGPU default, and what every adapter offers). */
export const MAX_GROUPS = 65535

/** A grid of at least `count` workgroups, within the limit of a side. */
export function fold(count: number): [number, number, number] {
  if (count <= MAX_GROUPS) return [count, 1, 1]
  const rows = Math.ceil(count / MAX_GROUPS)
  return [Math.ceil(count / rows), rows, 1]
}
