/**
 * @file Fused attention (pass A), flash style: softmax(scale·q·kᵀ)·v without ever storing the scores (arXiv 2205.14135, algorithm 1).
 *
 * A workgroup owns TILE queries of one head and walks over the keys, TILE at a time. Per tile: scores (`score-tile`), each row's maximum m raised, the scores
 * turned into weights exp(s − m) in workgroup memory, the running sum l and output rescaled by exp(m_old − m), and the tile's
 * weights · values added. A thread keeps 4 rows × `columns` vec4 of the output in registers. At the end m and l are the row statistics that
 * `attention-map` needs. A hidden key scores −3e38, so that its weight underflows to 0 (infinities are not portable in WGSL).
 *
 * Head sizes up to MAX_HEAD fit in registers; longer heads (the VAE's single head of 512) go through GEMM and softmax.
 */
import { headLoader, SCORE_PARAMS, scoreBindings, scoreDeclarations, scoreTile } from './score-tile.ts'
import { type Shader, shader, unroll } from './wgsl.ts'

const THREADS = 8
/** Queries of a workgroup. */
export const QUERIES = 4 * THREADS
export const MAX_HEAD = 256

export interface AttentionVariant {
  headSize: number
  /** Vec4 loads and stores: the head size is divisible by 4. */
  vec: boolean
  causal: boolean
  stats: boolean
}

export function attention(v: AttentionVariant): Shader {
  const four = Math.ceil(v.headSize / 4)
  const columns = Math.ceil(four / THREADS)
  const type = { type: 'f32', vec4: v.vec } as const
  const hidden = (i: number) => {
    const key = 'firstK + lid.x * 4u + vec4<u32>(0u, 1u, 2u, 3u)'
    const past = `(${key}) >= vec4<u32>(p.keys)`
    return v.causal ? `(${past}) | ((${key}) > vec4<u32>(firstQ + lid.y * 4u + ${i}u))` : past
  }
  /** What the threads of a row have found, each over its four keys. */
  const parts = Array.from({ length: THREADS }, (_, t) => `part[${t}][local]`)
  const cell = (r: number, c: number) => `o${r}_${c}`
  const store = (r: number, c: number) => {
    const column = `(lid.x + ${c * THREADS}u) * 4u`
    const value = `${cell(r, c)} * inverse`
    return v.vec
      ? `    if (${column} < p.headSize) { out[(at + ${column}) >> 2u] = ${value}; }`
      : unroll(4, (j) => `    if (${column} + ${j}u < p.headSize) { out[at + ${column} + ${j}u] = (${value})[${j}]; }`)
  }
  return shader({
    name: 'attention',
    params: SCORE_PARAMS,
    bindings: {
      ...scoreBindings(v.vec),
      v: type,
      out: { ...type, access: 'read_write' },
      ...(v.stats ? { stats: { type: 'f32', access: 'read_write' } as const } : {}),
    },
    workgroup: [THREADS, THREADS],
    declarations: `${scoreDeclarations(THREADS, v.vec)}
${headLoader('v', v.vec)}
var<workgroup> weights: array<array<f32, ${QUERIES}>, ${QUERIES}>; // [key][query]
var<workgroup> part: array<array<f32, ${QUERIES}>, ${THREADS}>;
var<workgroup> rowMax: array<f32, ${QUERIES}>;
var<workgroup> rowSum: array<f32, ${QUERIES}>;
var<workgroup> shrink: array<f32, ${QUERIES}>;`,
    main: `  let image = wid.z;
  let head = wid.y;
  let firstQ = wid.x * ${QUERIES}u;
  let row = lid.y * 4u;
${unroll(4, (r) => unroll(columns, (c) => `  var ${cell(r, c)} = vec4<f32>();`))}
  if (local < ${QUERIES}u) { rowMax[local] = -3.0e38; rowSum[local] = 0.0; }
  for (var firstK = 0u; firstK < p.keys; firstK += ${QUERIES}u) {
${scoreTile(THREADS)}
${unroll(
  4,
  (i) => `  s${i} = select(s${i}, vec4<f32>(-3.0e38), ${hidden(i)});
  part[lid.x][row + ${i}u] = max(max(s${i}.x, s${i}.y), max(s${i}.z, s${i}.w));`,
)}
  workgroupBarrier();
  if (local < ${QUERIES}u) {
    let old = rowMax[local];
    let top = ${['old', ...parts].reduce((a, b) => `max(${a}, ${b})`)};
    rowMax[local] = top;
    shrink[local] = exp(old - top);
  }
  workgroupBarrier();
${unroll(
  4,
  (i) => `  {
    let e = exp(s${i} - rowMax[row + ${i}u]);
${unroll(4, (j) => `    weights[lid.x * 4u + ${j}u][row + ${i}u] = e[${j}];`)}
    part[lid.x][row + ${i}u] = (e.x + e.y) + (e.z + e.w);
    let factor = shrink[row + ${i}u];
${unroll(columns, (c) => `    ${cell(i, c)} *= factor;`)}
  }`,
)}
  workgroupBarrier();
  if (local < ${QUERIES}u) { rowSum[local] = rowSum[local] * shrink[local] + ${parts.join(' + ')}; }
  for (var j = 0u; j < min(${QUERIES}u, p.keys - firstK); j++) {
    let at = (image * p.keys + firstK + j) * p.channels + head * p.headSize;
${unroll(columns, (c) => `    let v${c} = four_v(at, min((lid.x + ${c * THREADS}u) * 4u, ${(four - 1) * 4}u));`)}
${unroll(4, (r) => `    let w${r} = weights[j][row + ${r}u];\n${unroll(columns, (c) => `    ${cell(r, c)} += w${r} * v${c};`)}`)}
  }
  }
  workgroupBarrier();
${unroll(
  4,
  (r) => `  if (firstQ + row + ${r}u < p.queries) {
    let at = (image * p.queries + firstQ + row + ${r}u) * p.channels + head * p.headSize;
    let inverse = 1.0 / rowSum[row + ${r}u];
${unroll(columns, (c) => store(r, c))}
  }`,
)}
${
  v.stats
    ? `  if (local < ${QUERIES}u && firstQ + local < p.queries) {
    let at = ((image * p.heads + head) * p.queries + firstQ + local) * 2u;
    stats[at] = rowMax[local];
    stats[at + 1u] = rowSum[local];
  }`
    : ''
}`,
  })
}
