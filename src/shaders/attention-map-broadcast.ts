/**
 * @file The probabilities themselves (pass B, see `attention-map`), for adapters whose subgroups
 * exchange values cheaply and whose loads are dear (see `gemm-broadcast`).
 *
 * Threads lie along the keys; all threads of a workgroup share `ROWS` queries, whose numbers they
 * read in turn and broadcast. A thread keeps ROWS × COLUMNS scores of the current head and as many
 * sums over heads. Needs a head size that is a multiple of `lanes`.
 */
import { multiplyBroadcast } from './broadcast.ts'
import { SCORE_PARAMS } from './score-tile.ts'
import { rolledRows, type Shader, shader, unroll } from './wgsl.ts'

const THREADS = 32
const COLUMNS = 2
/** Queries and keys of a workgroup. */
export const MAP_ROWS = 8
export const MAP_COLUMNS = THREADS * COLUMNS

export function attentionMapBroadcast(lanes: 4 | 8): Shader {
  const eachColumn = (line: (c: number) => string) => unroll(COLUMNS, line)
  const step = `${unroll(MAP_ROWS, (i) => `      let v${i} = q[q${i} + c0];`)}
${eachColumn((c) => unroll(lanes / 4, (j) => `      let w${c}_${j} = k[(k${c} + c0 + ${4 * j}u) >> 2u];`))}
${multiplyBroadcast('s', { rows: MAP_ROWS, columns: COLUMNS, lanes })}`
  const columns = (name: string) => Array.from({ length: COLUMNS }, (_, c) => `${name}${c}_`)
  return shader({
    name: 'attentionMap',
    params: SCORE_PARAMS,
    bindings: {
      q: { type: 'f32' },
      k: { type: 'f32', vec4: true },
      stats: { type: 'f32' },
      headWeights: { type: 'f32' },
      out: { type: 'f32', access: 'read_write' },
    },
    subgroups: true,
    workgroup: [THREADS],
    main: `  let image = wid.z;
  let firstQ = wid.y * ${MAP_ROWS}u;
  let own = lane & ${lanes - 1}u;
${eachColumn((c) => `  let key${c} = wid.x * ${MAP_COLUMNS}u + local + ${c * THREADS}u;`)}
${unroll(MAP_ROWS, (i) => eachColumn((c) => `  var sum${c}_${i} = 0.0;`))}
  for (var head = 0u; head < p.heads; head++) {
    let weight = headWeights[head];
    if (weight == 0.0) { continue; }
${unroll(MAP_ROWS, (i) => `    let q${i} = (image * p.queries + min(firstQ + ${i}u, p.queries - 1u)) * p.channels + head * p.headSize + own;`)}
${eachColumn((c) => `    let k${c} = (image * p.keys + min(key${c}, p.keys - 1u)) * p.channels + head * p.headSize;`)}
${unroll(MAP_ROWS, (i) => eachColumn((c) => `    var s${c}_${i} = 0.0;`))}
    for (var c0 = 0u; c0 < p.headSize; c0 += ${lanes}u) {
${step}
    }
    // Each lane reads the statistics of one row.
    let row = (image * p.heads + head) * p.queries + min(firstQ + (lane & ${MAP_ROWS - 1}u), p.queries - 1u);
    let ownTop = stats[2u * row];
    let ownShare = weight / stats[2u * row + 1u];
    // Rounding may leave a score a little above its row's maximum.
${unroll(
  MAP_ROWS,
  (i) => `    {
      let top = subgroupBroadcast(ownTop, ${i}u); let share = subgroupBroadcast(ownShare, ${i}u);
${eachColumn((c) => `      sum${c}_${i} += share * exp(min(p.scale * s${c}_${i} - top, 0.0));`)}
    }`,
)}
  }
${rolledRows(
  'queries',
  columns('sum'),
  `    let row = firstQ + i;
    if (row < p.queries) {
      let last = select(p.keys - 1u, min(p.keys - 1u, row), p.causal != 0u);
      let at = (image * p.queries + row) * p.keys;
${eachColumn((c) => `      if (key${c} <= last) { out[at + key${c}] += sum${c}_0; }`)}
    }`,
  MAP_ROWS,
)}`,
  })
}
