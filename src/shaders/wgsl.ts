/**
 * @file The form of a kernel: a name, its uniforms, its bindings and a hand-written WGSL body.
 *
 * `shader` puts the declarations in front of the body, so that no kernel repeats them. Uniforms are
 * the fields of `p`. For every binding NAME the body may use
 *   - `NAME[i]` for what is stored there (f32, i32, or vec4 of f32),
 *   - `load_NAME(i)` for element i as f32, and with `vec4: true` `load4_NAME(i)` for elements 4i …
 *     4i+3; both decode f16 storage.
 * f16 is read as two to a u32 and decoded by `unpack2x16float`, which every adapter has; with
 * `half: true` as WGSL's own f16, which needs the feature `shader-f16`. Shapes are uniforms rather
 * than constants: one pipeline then serves every shape, and compiling is what costs at start.
 *
 * Kernels that work on one number at a time come in two widths from one text: a number a thread, or
 * four neighbours where all lengths are divisible by 4; lengths and indices then count fours.
 * Software adapters need a third of the time with four, since what a thread costs before it does
 * anything is most of it.
 *
 * Grids: WebGPU allows 65,535 workgroups a side. A kernel that counts linearly calls
 * `workgroupIndex`; `fold` splits a count into two sides and the body must guard the tail.
 */

export type Scalar = 'u32' | 'i32' | 'f32'

export interface Binding {
  /** The type of the stored numbers; arithmetic is f32. */
  type: 'f32' | 'f16' | 'i32'
  access?: 'read' | 'read_write'
  /** Bound as vec4 (4 elements an entry). Needs element counts and offsets divisible by 4. */
  vec4?: boolean
}

export interface Shader {
  name: string
  code: string
  /** Uniform fields in order. */
  params: readonly (readonly [name: string, type: Scalar])[]
  /** Access of every storage binding, in order: the pipeline layout. */
  access: readonly ('read' | 'read_write')[]
}

export interface Source {
  name: string
  params: Record<string, Scalar>
  bindings: Record<string, Binding>
  /** Threads of a workgroup. */
  workgroup: readonly [number, number?, number?]
  /** Module-scope declarations: functions, workgroup memory. */
  declarations?: string
  /**
   * The body of `main`. In scope: gid, lid (vec3<u32>), local (linear index in the group), wid,
   * groups (number of workgroups).
   */
  main: string
  /**
   * Whether threads of a subgroup exchange values, which not every adapter can: `lane`, the
   * thread's index in its subgroup, is in scope as well.
   */
  subgroups?: boolean
  /** Whether f16 storage is read as WGSL's f16. */
  half?: boolean
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

/** A binding of numbers. */
export function input(width: Width): Binding {
  return { type: 'f32', vec4: width === 4 }
}

/** The same, to be written. */
export function output(width: Width): Binding {
  return { ...input(width), access: 'read_write' }
}

/** The most workgroups on one side of a grid (WebGPU default, and what every adapter offers). */
export const MAX_GROUPS = 65535

/** A grid of at least `count` workgroups, within the limit of a side. */
export function fold(count: number): [number, number, number] {
  if (count <= MAX_GROUPS) return [count, 1, 1]
  const rows = Math.ceil(count / MAX_GROUPS)
  return [Math.ceil(count / rows), rows, 1]
}

/** Text repeated for i = 0 … n − 1: unrolled loops keep private arrays in registers. */
export function unroll(n: number, line: (i: number) => string, separator = '\n'): string {
  return Array.from({ length: n }, (_, i) => line(i)).join(separator)
}

/**
 * The number `n`, but not known before the kernel runs: a loop with this bound is not unrolled.
 * `positive` is a uniform that is never 0.
 */
export function runtimeBound(n: number, positive: string): string {
  return `${n}u * min(p.${positive}, 1u)`
}

/**
 * A loop over a thread's rows, which lie in the registers NAME0 … NAME3 (or as many as there are):
 * `body` finds row `i` in NAME0, and may change it. The registers rotate after each iteration, so
 * that no index is variable, and are back in place after the last. For code outside the hot loops:
 * its memory accesses are compiled once instead of once a row, and `runtimeBound` keeps the
 * compiler from unrolling the loop.
 */
export function rolledRows(positive: string, names: readonly string[], body: string, rows = 4): string {
  const move = (name: string) =>
    `    { let first = ${name}0; ${unroll(rows - 1, (r) => `${name}${r} = ${name}${r + 1};`, ' ')} ${name}${rows - 1} = first; }`
  return `  for (var i = 0u; i < ${runtimeBound(rows, positive)}; i++) {
${body}
${names.map(move).join('\n')}
  }`
}

export function shader(source: Source): Shader {
  const params = Object.entries(source.params)
  const bindings = Object.entries(source.bindings)
  const struct = `struct Params {\n${params.map(([name, type]) => `  ${name}: ${type},`).join('\n')}\n}`
  const declared = bindings.map(([name, binding], i) => declare(name, binding, i + 1, source.half === true)).join('\n')
  const code = `${source.subgroups ? 'enable subgroups;\n' : ''}${source.half ? 'enable f16;\n' : ''}${struct}
@group(0) @binding(0) var<uniform> p: Params;
${declared}
fn workgroupIndex(wid: vec3<u32>, groups: vec3<u32>) -> u32 { return wid.x + wid.y * groups.x; }
${source.declarations ?? ''}
@compute @workgroup_size(${source.workgroup.join(', ')})
fn main(
  @builtin(global_invocation_id) gid: vec3<u32>,
  @builtin(local_invocation_id) lid: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
  @builtin(workgroup_id) wid: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,${source.subgroups ? '\n  @builtin(subgroup_invocation_id) lane: u32,' : ''}
) {
${source.main}
}
`
  return { name: source.name, code, params, access: bindings.map(([, b]) => b.access ?? 'read') }
}

/** A kernel with one thread per number (or four) of `out`: the body sees `i` < p.size. */
export function elementwise(source: Omit<Source, 'workgroup' | 'params'> & { params?: Record<string, Scalar> }): Shader {
  return shader({
    ...source,
    params: { size: 'u32', ...source.params },
    workgroup: [ELEMENT_GROUP],
    main: `  let i = workgroupIndex(wid, groups) * ${ELEMENT_GROUP}u + local;
  if (i >= p.size) { return; }
${source.main}`,
  })
}

/** Threads in a group of an element-wise kernel. */
export const ELEMENT_GROUP = 64

function declare(name: string, { type, access = 'read', vec4 = false }: Binding, index: number, half: boolean): string {
  const packed = type === 'f16' && !half
  const stored = packed ? (vec4 ? 'vec2<u32>' : 'u32') : vec4 ? `vec4<${type}>` : type
  const lines = [`@group(0) @binding(${index}) var<storage, ${access}> ${name}: array<${stored}>;`]
  if (type === 'i32') return lines[0]!
  if (vec4) {
    const four = packed ? `vec4<f32>(unpack2x16float(${name}[i].x), unpack2x16float(${name}[i].y))` : `vec4<f32>(${name}[i])`
    lines.push(`fn load4_${name}(i: u32) -> vec4<f32> { return ${four}; }`)
  } else {
    const one = packed ? `unpack2x16float(${name}[i >> 1u])[i & 1u]` : `f32(${name}[i])`
    lines.push(`fn load_${name}(i: u32) -> f32 { return ${one}; }`)
  }
  return lines.join('\n')
}
