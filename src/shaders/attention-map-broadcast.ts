/**
 * @file The attention probabilities themselves (pass B), for adapters whose subgroups exchange
 * values cheaply and whose loads are dear.
 */
import { type Kernel, kernel, type Shader } from './kernel.ts'
import { attentionParams } from './score-tile.ts'

const text = /* wgsl */ `
// Attention map by exchange within subgroups:
//   map[query, key] += Σ_h weight[h] · exp(scale · q · kᵀ − m) / l
// with the row statistics m and l that the fused attention has left.
//
//            thread 0  1  2 … 31           Threads lie along the keys; all threads of a workgroup
//               ┌──┬──┬──┬───┐             share ROWS queries. Lane j reads number j of a query
//  ROWS queries │  │  │  │   │             and hands it to the others (subgroupBroadcast), as in
//               └──┴──┴──┴───┘             gemm-broadcast; of the keys a thread reads its own.
//
// A thread keeps ROWS × COLUMNS scores of the current head, and as many sums over heads. Needs a
// head size that LANES divides.

const THREADS = 32u; // of a workgroup
const ROWS = 8u; // queries of a workgroup
const COLUMNS = 2u; // keys of a thread, which lie THREADS apart
const LANES = 8u; // threads that exchange numbers: 4 or 8

//#import attentionParams
@group(0) @binding(1) var<storage, read> q: array<f32>; // q [images, queries, heads · headSize]
@group(0) @binding(2) var<storage, read> k: array<vec4<f32>>; // k [images, keys, heads · headSize]
@group(0) @binding(3) var<storage, read> stats: array<f32>; // stats [images, heads, queries, 2]: m, l
@group(0) @binding(4) var<storage, read> headWeights: array<f32>; // headWeights [heads]
@group(0) @binding(5) var<storage, read_write> out: array<f32>; // out [images, queries, keys]

@compute @workgroup_size(THREADS)
fn main(
  @builtin(local_invocation_index) local: u32,
  @builtin(workgroup_id) wid: vec3<u32>,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let image = wid.z;
  let firstQ = wid.y * ROWS;
  let firstKey = wid.x * (THREADS * COLUMNS) + local;
  let own = lane % LANES;
  var sums: array<array<f32, ROWS>, COLUMNS>;

  for (var head = 0u; head < p.heads; head++) {
    let weight = headWeights[head];
    if (weight == 0.0) { continue; }

    // 1 where queries and keys begin; past the last one they repeat it
    let atHead = head * p.headSize;
    var query: array<u32, ROWS>;
    var key: array<u32, COLUMNS>;
    //#unroll
    for (var r = 0u; r < ROWS; r++) { query[r] = (image * p.queries + min(firstQ + r, p.queries - 1u)) * p.channels + atHead + own; }
    //#unroll
    for (var c = 0u; c < COLUMNS; c++) { key[c] = (image * p.keys + min(firstKey + c * THREADS, p.keys - 1u)) * p.channels + atHead; }

    // 2 scores of this head, LANES channels at a time (with its value written out, since not every
    //   compiler makes a variable in a loop 0 again)
    var s = array<array<f32, ROWS>, COLUMNS>();
    for (var c0 = 0u; c0 < p.headSize; c0 += LANES) {
      var mine: array<f32, ROWS>;
      //#unroll
      for (var r = 0u; r < ROWS; r++) { mine[r] = q[query[r] + c0]; }
      var kc: array<array<vec4<f32>, LANES / 4u>, COLUMNS>;
      //#unroll
      for (var c = 0u; c < COLUMNS; c++) {
        for (var i = 0u; i < LANES / 4u; i++) { kc[c][i] = k[(key[c] + c0) / 4u + i]; }
      }
      //#unroll
      for (var r = 0u; r < ROWS; r++) {
        for (var j = 0u; j < LANES; j++) {
          let qc = subgroupBroadcast(mine[r], j);
          for (var c = 0u; c < COLUMNS; c++) { s[c][r] = fma(qc, kc[c][j / 4u][j % 4u], s[c][r]); }
        }
      }
    }

    // 3 probabilities; each lane reads the statistics of one query, and hands them to the others
    let at = ((image * p.heads + head) * p.queries + min(firstQ + lane % ROWS, p.queries - 1u)) * 2u;
    let ownTop = stats[at];
    let ownShare = weight / stats[at + 1u];
    //#unroll
    for (var r = 0u; r < ROWS; r++) {
      let top = subgroupBroadcast(ownTop, r);
      let share = subgroupBroadcast(ownShare, r);
      // Rounding may leave a score a little above its row's maximum.
      for (var c = 0u; c < COLUMNS; c++) { sums[c][r] += share * exp(min(p.scale * s[c][r] - top, 0.0)); }
    }
  }

  // 4 add them to the map, without hidden keys: row by row, the sums turn round, so that the
  //   current row's are always at 0. No compiler knows that one = 1: the loop stays one.
  let one = min(p.queries, 1u);
  for (var r = 0u; r < ROWS * one; r++) {
    let row = firstQ + r;
    let last = select(p.keys - 1u, min(p.keys - 1u, row), p.causal != 0u);
    let at = (image * p.queries + row) * p.keys;
    if (row < p.queries) {
      //#unroll
      for (var c = 0u; c < COLUMNS; c++) {
        if (firstKey + c * THREADS <= last) { out[at + firstKey + c * THREADS] += sums[c][0]; }
      }
    }
    //#unroll
    for (var c = 0u; c < COLUMNS; c++) {
      let first = sums[c][0];
      for (var i = 0u; i < ROWS - 1u; i++) { sums[c][i] = sums[c][i + 1u]; }
      sums[c][ROWS - 1u] = first;
    }
  }
}
`

const instances: Kernel = kernel({ name: 'attentionMap', text, imports: { attentionParams } })

const THREADS = 32
/** Queries and keys of a workgroup. */
export const MAP_ROWS = 8
export const MAP_COLUMNS = 2 * THREADS

/** The instance for subgroups of at least `lanes`, which divide the head size. */
export function attentionMapBroadcast(lanes: 4 | 8): Shader {
  return instances({ THREADS, ROWS: MAP_ROWS, COLUMNS: MAP_COLUMNS / THREADS, LANES: lanes })
}
