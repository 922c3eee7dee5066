/**
 * @file Fused attention (pass A), flash style: softmax(scale·q·kᵀ)·v without ever storing the
 * scores (arXiv 2205.14135, algorithm 1).
 *
 * A workgroup owns TILE queries of one head and walks over the keys, TILE at a time. Per tile:
 * scores (`score-tile`), each row's maximum m raised, the scores turned into weights exp(s − m) in
 * workgroup memory, the running sum l and output rescaled by exp(m_old − m), and the tile's weights
 * · values added. A thread keeps 4 rows × `columns` vec4 of the output in registers. At the end m
 * and l are the row statistics that `attention-map` needs. A hidden key scores −3e38, so that its
 * weight underflows to 0 (infinities are not portable in WGSL).
 *
 * Head sizes up to MAX_HEAD fit in registers; longer heads (the VAE's single head of 512) go
 * through GEMM and softmax. One kernel serves all heads of as many columns: the exact size is a
 * uniform.
 */
import { headLoader, hiddenKeys, SCORE_PARAMS, scoreBindings, scoreDeclarations, scoreTile } from './score-tile.ts'
import { rolledRows, runtimeBound, type Shader, shader, unroll } from './wgsl.ts'

const THREADS = 8
/** Queries of a workgroup. */
export const QUERIES = 4 * THREADS
export const MAX_HEAD = 256

export interface AttentionVariant {
  /** Vec4s of the output that a thread holds for each of its rows: ⌈head size / (4 · THREADS)⌉. */
  columns: number
  /** Vec4 loads and stores: the head size is divisible by 4. */
  vec: boolean
}

/** The variant for a head size of at most MAX_HEAD. */
export function attentionVariant(headSize: number): AttentionVariant {
  return { columns: Math.ceil(headSize / (4 * THREADS)), vec: headSize % 4 === 0 }
}

export function attention({ columns, vec }: AttentionVariant): Shader {
  const type = { type: 'f32', vec4: vec } as const
  const cell = (c: number, r: number) => `o${c}_${r}`
  const store = (c: number) => {
    const column = `(lid.x + ${c * THREADS}u) * 4u`
    const value = `${cell(c, 0)} * inverse`
    return vec
      ? `      if (${column} < p.headSize) { out[(at + ${column}) >> 2u] = ${value}; }`
      : unroll(4, (j) => `      if (${column} + ${j}u < p.headSize) { out[at + ${column} + ${j}u] = (${value})[${j}]; }`)
  }
  return shader({
    name: 'attention',
    params: SCORE_PARAMS,
    bindings: {
      ...scoreBindings(vec),
      v: type,
      out: { ...type, access: 'read_write' },
      stats: { type: 'f32', access: 'read_write' },
    },
    workgroup: [THREADS, THREADS],
    declarations: `${scoreDeclarations(THREADS, vec)}
${headLoader('v', vec)}
var<workgroup> weights: array<array<f32, ${QUERIES}>, ${QUERIES}>; // [key][query]
var<workgroup> part: array<array<f32, ${QUERIES}>, ${THREADS}>;
var<workgroup> rowMax: array<f32, ${QUERIES}>;
var<workgroup> rowSum: array<f32, ${QUERIES}>;
var<workgroup> shrink: array<f32, ${QUERIES}>;`,
    main: `  let image = wid.z;
  let head = wid.y;
  let firstQ = wid.x * ${QUERIES}u;
  let row = lid.y * 4u;
  // The last vec4 of a head; lanes past it repeat it and store nothing.
  let lastColumn = (p.headSize - 1u) & ~3u;
${unroll(4, (r) => unroll(columns, (c) => `  var ${cell(c, r)} = vec4<f32>();`))}
  if (local < ${QUERIES}u) { rowMax[local] = -3.0e38; rowSum[local] = 0.0; }
  for (var firstK = 0u; firstK < p.keys; firstK += ${QUERIES}u) {
${scoreTile(THREADS)}
${rolledRows(
  'queries',
  ['s'],
  `    s0 = select(s0, vec4<f32>(-3.0e38), ${hiddenKeys('firstQ + row + i')});
    part[lid.x][row + i] = max(max(s0.x, s0.y), max(s0.z, s0.w));`,
)}
  workgroupBarrier();
  if (local < ${QUERIES}u) {
    let old = rowMax[local];
    var top = old;
    for (var t = 0u; t < ${runtimeBound(THREADS, 'queries')}; t++) { top = max(top, part[t][local]); }
    rowMax[local] = top;
    shrink[local] = exp(old - top);
  }
  workgroupBarrier();
${rolledRows(
  'queries',
  ['s'],
  `    let e = exp(s0 - rowMax[row + i]);
    for (var j = 0u; j < ${runtimeBound(4, 'queries')}; j++) { weights[lid.x * 4u + j][row + i] = e[j]; }
    part[lid.x][row + i] = (e.x + e.y) + (e.z + e.w);`,
)}
${unroll(4, (r) => `  let shrink${r} = shrink[row + ${r}u];\n${unroll(columns, (c) => `  ${cell(c, r)} *= shrink${r};`)}`)}
  workgroupBarrier();
  if (local < ${QUERIES}u) {
    var sum = rowSum[local] * shrink[local];
    for (var t = 0u; t < ${runtimeBound(THREADS, 'queries')}; t++) { sum += part[t][local]; }
    rowSum[local] = sum;
  }
  for (var j = 0u; j < min(${QUERIES}u, p.keys - firstK); j++) {
    let at = (image * p.keys + firstK + j) * p.channels + head * p.headSize;
${unroll(columns, (c) => `    let v${c} = four_v(at, min((lid.x + ${c * THREADS}u) * 4u, lastColumn));`)}
${unroll(4, (r) => `    let w${r} = weights[j][row + ${r}u];\n${unroll(columns, (c) => `    ${cell(c, r)} += w${r} * v${c};`)}`)}
  }
  }
  workgroupBarrier();
${rolledRows(
  'queries',
  Array.from({ length: columns }, (_, c) => `o${c}_`),
  `    if (firstQ + row + i < p.queries) {
      let at = (image * p.queries + firstQ + row + i) * p.channels + head * p.headSize;
      let inverse = 1.0 / rowSum[row + i];
${unroll(columns, store)}
    }`,
)}
  if (local < ${QUERIES}u && firstQ + local < p.queries) {
    let at = ((image * p.heads + head) * p.queries + firstQ + local) * 2u;
    stats[at] = rowMax[local];
    stats[at + 1u] = rowSum[local];
  }`,
  })
}
