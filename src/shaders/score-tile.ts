/**
 * @file One tile of attention scores, shared by both passes: s[i][j] = scale · q(firstQ + 4·lid.y +
 * i) · k(firstK + 4·lid.x + j), i, j = 0 … 3.
 *
 * A small GEMM of queries and keys in which both operands are read along the head's channels:
 * `STEP` vec4 of TILE queries and TILE keys go through workgroup memory at a time. The query is
 * multiplied by the scale first, which keeps products small.
 */
import { type Binding, unroll } from './wgsl.ts'

/** Vec4s of a head per step. */
const STEP = 4

/** The uniforms that the tile reads. */
export const SCORE_PARAMS = {
  queries: 'u32',
  keys: 'u32',
  channels: 'u32',
  heads: 'u32',
  headSize: 'u32',
  scale: 'f32',
  causal: 'u32',
} as const

/** q and k as bindings; vec4 if the head size is divisible by 4. */
export function scoreBindings(vec: boolean): Record<'q' | 'k', Binding> {
  return { q: { type: 'f32', vec4: vec }, k: { type: 'f32', vec4: vec } }
}

/**
 * Declares `four_NAME(at, c)`: channels c … c + 3 of the head whose row starts at element `at`;
 * zeros past the head's end.
 */
export function headLoader(name: string, vec: boolean): string {
  if (vec) return `fn four_${name}(at: u32, c: u32) -> vec4<f32> { return load4_${name}((at + c) >> 2u); }`
  return `fn four_${name}(at: u32, c: u32) -> vec4<f32> {
  var r = vec4<f32>();
${unroll(4, (j) => `  if (c + ${j}u < p.headSize) { r[${j}] = load_${name}(at + c + ${j}u); }`)}
  return r;
}`
}

/**
 * Which of a thread's four keys do not count for the query of that index: those past the end and,
 * if causal, those after the query.
 */
export function hiddenKeys(query: string): string {
  const key = 'firstK + lid.x * 4u + vec4<u32>(0u, 1u, 2u, 3u)'
  return `(${key}) > vec4<u32>(select(p.keys - 1u, min(p.keys - 1u, ${query}), p.causal != 0u))`
}

export function scoreDeclarations(threads: number, vec: boolean): string {
  const tile = 4 * threads
  return `${headLoader('q', vec)}
${headLoader('k', vec)}
var<workgroup> tileQ: array<array<vec4<f32>, ${tile}>, ${STEP}>;
var<workgroup> tileK: array<array<vec4<f32>, ${tile}>, ${STEP}>;`
}

/**
 * Statements that compute s0 … s3 (vec4 over the four keys); need image, head, firstQ, firstK in
 * scope and uniform control flow.
 */
export function scoreTile(threads: number): string {
  const tile = 4 * threads
  const fill = (
    name: string,
    memory: string,
    first: string,
    count: string,
  ) => `    for (var entry = local; entry < ${tile * STEP}u; entry += ${threads * threads}u) {
      let r = entry / ${STEP}u;
      let c = c0 + (entry % ${STEP}u) * 4u;
      var value = vec4<f32>();
      if (${first} + r < ${count} && c < p.headSize) { value = four_${name}((image * ${count} + ${first} + r) * p.channels + head * p.headSize, c); }
      ${memory}[entry % ${STEP}u][r] = value${name === 'q' ? ' * p.scale' : ''};
    }`
  return `${unroll(4, (i) => `  var s${i} = vec4<f32>();`)}
  for (var c0 = 0u; c0 < p.headSize; c0 += ${STEP * 4}u) {
${fill('q', 'tileQ', 'firstQ', 'p.queries')}
${fill('k', 'tileK', 'firstK', 'p.keys')}
    workgroupBarrier();
    for (var c = 0u; c < ${STEP}u; c++) {
${unroll(4, (j) => `      let k${j} = tileK[c][lid.x * 4u + ${j}u];`)}
${unroll(4, (i) => `      let q${i} = tileQ[c][lid.y * 4u + ${i}u];\n      s${i} += vec4<f32>(dot(q${i}, k0), dot(q${i}, k1), dot(q${i}, k2), dot(q${i}, k3));`)}
    }
    workgroupBarrier();
  }`
}
