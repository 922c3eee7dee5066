/**
 * @file The probabilities themselves (pass B): map[q,k] += Σ_h weight[h] · exp(scale·q·kᵀ − m)/l,
 * with the row statistics m and l of pass A.
 *
 * A tile of scores a workgroup (`score-tile`), with the loop over heads *inside*: every score
 * becomes a probability in its register and is added to the thread's sum, so memory holds one
 * [queries, keys] map and never heads × queries × keys. Each tile owns its cells: no atomics. Heads
 * of weight 0 are skipped (`workgroupUniformLoad` makes that decision uniform).
 */
import { hiddenKeys, SCORE_PARAMS, scoreBindings, scoreDeclarations, scoreTile } from './score-tile.ts'
import { rolledRows, runtimeBound, type Shader, shader, unroll } from './wgsl.ts'

const THREADS = 16
/** Queries and keys of a workgroup. */
export const MAP_TILE = 4 * THREADS

export function attentionMap(vec: boolean): Shader {
  return shader({
    name: 'attentionMap',
    params: SCORE_PARAMS,
    bindings: {
      ...scoreBindings(vec),
      stats: { type: 'f32' },
      headWeights: { type: 'f32' },
      out: { type: 'f32', access: 'read_write' },
    },
    workgroup: [THREADS, THREADS],
    declarations: `${scoreDeclarations(THREADS, vec)}\nvar<workgroup> headWeight: f32;`,
    main: `  let image = wid.z;
  let firstK = wid.x * ${MAP_TILE}u;
  let firstQ = wid.y * ${MAP_TILE}u;
${unroll(4, (i) => `  var sum${i} = vec4<f32>();`)}
  for (var head = 0u; head < p.heads; head++) {
  if (local == 0u) { headWeight = headWeights[head]; }
  let weight = workgroupUniformLoad(&headWeight);
  if (weight == 0.0) { continue; }
${scoreTile(THREADS)}
${rolledRows(
  'queries',
  ['s', 'sum'],
  `    let row = min(firstQ + lid.y * 4u + i, p.queries - 1u);
    let at = ((image * p.heads + head) * p.queries + row) * 2u;
    // Rounding may leave a score a little above its row's maximum.
    sum0 += weight / stats[at + 1u] * exp(min(s0 - stats[at], vec4<f32>(0.0)));`,
)}
  }
${rolledRows(
  'queries',
  ['sum'],
  `    let row = firstQ + lid.y * 4u + i;
    if (row < p.queries) {
      let at = (image * p.queries + row) * p.keys + firstK + lid.x * 4u;
      let hidden = ${hiddenKeys('row')};
      for (var j = 0u; j < ${runtimeBound(4, 'queries')}; j++) {
        if (!hidden[j]) { out[at + j] += sum0[j]; }
      }
    }`,
)}`,
  })
}
