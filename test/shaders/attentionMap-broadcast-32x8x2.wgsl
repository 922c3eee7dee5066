enable subgroups;
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

struct Params {
  queries: u32,
  keys: u32,
  channels: u32, // of all heads: heads · headSize
  heads: u32,
  headSize: u32,
  scale: f32,
  causal: u32, // 1: a query sees the keys up to its own place
}
@group(0) @binding(0) var<uniform> p: Params;
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
    query[0] = (image * p.queries + min(firstQ, p.queries - 1u)) * p.channels + atHead + own;
    query[1] = (image * p.queries + min(firstQ + 1u, p.queries - 1u)) * p.channels + atHead + own;
    query[2] = (image * p.queries + min(firstQ + 2u, p.queries - 1u)) * p.channels + atHead + own;
    query[3] = (image * p.queries + min(firstQ + 3u, p.queries - 1u)) * p.channels + atHead + own;
    query[4] = (image * p.queries + min(firstQ + 4u, p.queries - 1u)) * p.channels + atHead + own;
    query[5] = (image * p.queries + min(firstQ + 5u, p.queries - 1u)) * p.channels + atHead + own;
    query[6] = (image * p.queries + min(firstQ + 6u, p.queries - 1u)) * p.channels + atHead + own;
    query[7] = (image * p.queries + min(firstQ + 7u, p.queries - 1u)) * p.channels + atHead + own;
    key[0] = (image * p.keys + min(firstKey, p.keys - 1u)) * p.channels + atHead;
    key[1] = (image * p.keys + min(firstKey + THREADS, p.keys - 1u)) * p.channels + atHead;

    // 2 scores of this head, LANES channels at a time (with its value written out, since not every
    //   compiler makes a variable in a loop 0 again)
    var s = array<array<f32, ROWS>, COLUMNS>();
    for (var c0 = 0u; c0 < p.headSize; c0 += LANES) {
      var mine: array<f32, ROWS>;
      mine[0] = q[query[0] + c0];
      mine[1] = q[query[1] + c0];
      mine[2] = q[query[2] + c0];
      mine[3] = q[query[3] + c0];
      mine[4] = q[query[4] + c0];
      mine[5] = q[query[5] + c0];
      mine[6] = q[query[6] + c0];
      mine[7] = q[query[7] + c0];
      var kc: array<array<vec4<f32>, LANES / 4u>, COLUMNS>;
      kc[0][0] = k[(key[0] + c0) / 4u];
      kc[0][1] = k[(key[0] + c0) / 4u + 1u];
      kc[1][0] = k[(key[1] + c0) / 4u];
      kc[1][1] = k[(key[1] + c0) / 4u + 1u];
      {
        let qc = subgroupBroadcast(mine[0], 0u);
        s[0][0] = fma(qc, kc[0][0][0], s[0][0]);
        s[1][0] = fma(qc, kc[1][0][0], s[1][0]);
      }
      {
        let qc = subgroupBroadcast(mine[0], 1u);
        s[0][0] = fma(qc, kc[0][0][1], s[0][0]);
        s[1][0] = fma(qc, kc[1][0][1], s[1][0]);
      }
      {
        let qc = subgroupBroadcast(mine[0], 2u);
        s[0][0] = fma(qc, kc[0][0][2], s[0][0]);
        s[1][0] = fma(qc, kc[1][0][2], s[1][0]);
      }
      {
        let qc = subgroupBroadcast(mine[0], 3u);
        s[0][0] = fma(qc, kc[0][0][3], s[0][0]);
        s[1][0] = fma(qc, kc[1][0][3], s[1][0]);
      }
      {
        let qc = subgroupBroadcast(mine[0], 4u);
        s[0][0] = fma(qc, kc[0][1][0], s[0][0]);
        s[1][0] = fma(qc, kc[1][1][0], s[1][0]);
      }
      {
        let qc = subgroupBroadcast(mine[0], 5u);
        s[0][0] = fma(qc, kc[0][1][1], s[0][0]);
        s[1][0] = fma(qc, kc[1][1][1], s[1][0]);
      }
      {
        let qc = subgroupBroadcast(mine[0], 6u);
        s[0][0] = fma(qc, kc[0][1][2], s[0][0]);
        s[1][0] = fma(qc, kc[1][1][2], s[1][0]);
      }
      {
        let qc = subgroupBroadcast(mine[0], 7u);
        s[0][0] = fma(qc, kc[0][1][3], s[0][0]);
        s[1][0] = fma(qc, kc[1][1][3], s[1][0]);
      }
      {
        let qc = subgroupBroadcast(mine[1], 0u);
        s[0][1] = fma(qc, kc[0][0][0], s[0][1]);
        s[1][1] = fma(qc, kc[1][0][0], s[1][1]);
      }
      {
        let qc = subgroupBroadcast(mine[1], 1u);
        s[0][1] = fma(qc, kc[0][0][1], s[0][1]);
        s[1][1] = fma(qc, kc[1][0][1], s[1][1]);
      }
      {
        let qc = subgroupBroadcast(mine[1], 2u);
        s[0][1] = fma(qc, kc[0][0][2], s[0][1]);
        s[1][1] = fma(qc, kc[1][0][2], s[1][1]);
      }
      {
        let qc = subgroupBroadcast(mine[1], 3u);
        s[0][1] = fma(qc, kc[0][0][3], s[0][1]);
        s[1][1] = fma(qc, kc[1][0][3], s[1][1]);
      }
      {
        let qc = subgroupBroadcast(mine[1], 4u);
        s[0][1] = fma(qc, kc[0][1][0], s[0][1]);
        s[1][1] = fma(qc, kc[1][1][0], s[1][1]);
      }
      {
        let qc = subgroupBroadcast(mine[1], 5u);
        s[0][1] = fma(qc, kc[0][1][1], s[0][1]);
        s[1][1] = fma(qc, kc[1][1][1], s[1][1]);
      }
      {
        let qc = subgroupBroadcast(mine[1], 6u);
        s[0][1] = fma(qc, kc[0][1][2], s[0][1]);
        s[1][1] = fma(qc, kc[1][1][2], s[1][1]);
      }
      {
        let qc = subgroupBroadcast(mine[1], 7u);
        s[0][1] = fma(qc, kc[0][1][3], s[0][1]);
        s[1][1] = fma(qc, kc[1][1][3], s[1][1]);
      }
      {
        let qc = subgroupBroadcast(mine[2], 0u);
        s[0][2] = fma(qc, kc[0][0][0], s[0][2]);
        s[1][2] = fma(qc, kc[1][0][0], s[1][2]);
      }
      {
        let qc = subgroupBroadcast(mine[2], 1u);
        s[0][2] = fma(qc, kc[0][0][1], s[0][2]);
        s[1][2] = fma(qc, kc[1][0][1], s[1][2]);
      }
      {
        let qc = subgroupBroadcast(mine[2], 2u);
        s[0][2] = fma(qc, kc[0][0][2], s[0][2]);
        s[1][2] = fma(qc, kc[1][0][2], s[1][2]);
      }
      {
        let qc = subgroupBroadcast(mine[2], 3u);
        s[0][2] = fma(qc, kc[0][0][3], s[0][2]);
        s[1][2] = fma(qc, kc[1][0][3], s[1][2]);
      }
      {
        let qc = subgroupBroadcast(mine[2], 4u);
        s[0][2] = fma(qc, kc[0][1][0], s[0][2]);
        s[1][2] = fma(qc, kc[1][1][0], s[1][2]);
      }
      {
        let qc = subgroupBroadcast(mine[2], 5u);
        s[0][2] = fma(qc, kc[0][1][1], s[0][2]);
        s[1][2] = fma(qc, kc[1][1][1], s[1][2]);
      }
      {
        let qc = subgroupBroadcast(mine[2], 6u);
        s[0][2] = fma(qc, kc[0][1][2], s[0][2]);
        s[1][2] = fma(qc, kc[1][1][2], s[1][2]);
      }
      {
        let qc = subgroupBroadcast(mine[2], 7u);
        s[0][2] = fma(qc, kc[0][1][3], s[0][2]);
        s[1][2] = fma(qc, kc[1][1][3], s[1][2]);
      }
      {
        let qc = subgroupBroadcast(mine[3], 0u);
        s[0][3] = fma(qc, kc[0][0][0], s[0][3]);
        s[1][3] = fma(qc, kc[1][0][0], s[1][3]);
      }
      {
        let qc = subgroupBroadcast(mine[3], 1u);
        s[0][3] = fma(qc, kc[0][0][1], s[0][3]);
        s[1][3] = fma(qc, kc[1][0][1], s[1][3]);
      }
      {
        let qc = subgroupBroadcast(mine[3], 2u);
        s[0][3] = fma(qc, kc[0][0][2], s[0][3]);
        s[1][3] = fma(qc, kc[1][0][2], s[1][3]);
      }
      {
        let qc = subgroupBroadcast(mine[3], 3u);
        s[0][3] = fma(qc, kc[0][0][3], s[0][3]);
        s[1][3] = fma(qc, kc[1][0][3], s[1][3]);
      }
      {
        let qc = subgroupBroadcast(mine[3], 4u);
        s[0][3] = fma(qc, kc[0][1][0], s[0][3]);
        s[1][3] = fma(qc, kc[1][1][0], s[1][3]);
      }
      {
        let qc = subgroupBroadcast(mine[3], 5u);
        s[0][3] = fma(qc, kc[0][1][1], s[0][3]);
        s[1][3] = fma(qc, kc[1][1][1], s[1][3]);
      }
      {
        let qc = subgroupBroadcast(mine[3], 6u);
        s[0][3] = fma(qc, kc[0][1][2], s[0][3]);
        s[1][3] = fma(qc, kc[1][1][2], s[1][3]);
      }
      {
        let qc = subgroupBroadcast(mine[3], 7u);
        s[0][3] = fma(qc, kc[0][1][3], s[0][3]);
        s[1][3] = fma(qc, kc[1][1][3], s[1][3]);
      }
      {
        let qc = subgroupBroadcast(mine[4], 0u);
        s[0][4] = fma(qc, kc[0][0][0], s[0][4]);
        s[1][4] = fma(qc, kc[1][0][0], s[1][4]);
      }
      {
        let qc = subgroupBroadcast(mine[4], 1u);
        s[0][4] = fma(qc, kc[0][0][1], s[0][4]);
        s[1][4] = fma(qc, kc[1][0][1], s[1][4]);
      }
      {
        let qc = subgroupBroadcast(mine[4], 2u);
        s[0][4] = fma(qc, kc[0][0][2], s[0][4]);
        s[1][4] = fma(qc, kc[1][0][2], s[1][4]);
      }
      {
        let qc = subgroupBroadcast(mine[4], 3u);
        s[0][4] = fma(qc, kc[0][0][3], s[0][4]);
        s[1][4] = fma(qc, kc[1][0][3], s[1][4]);
      }
      {
        let qc = subgroupBroadcast(mine[4], 4u);
        s[0][4] = fma(qc, kc[0][1][0], s[0][4]);
        s[1][4] = fma(qc, kc[1][1][0], s[1][4]);
      }
      {
        let qc = subgroupBroadcast(mine[4], 5u);
        s[0][4] = fma(qc, kc[0][1][1], s[0][4]);
        s[1][4] = fma(qc, kc[1][1][1], s[1][4]);
      }
      {
        let qc = subgroupBroadcast(mine[4], 6u);
        s[0][4] = fma(qc, kc[0][1][2], s[0][4]);
        s[1][4] = fma(qc, kc[1][1][2], s[1][4]);
      }
      {
        let qc = subgroupBroadcast(mine[4], 7u);
        s[0][4] = fma(qc, kc[0][1][3], s[0][4]);
        s[1][4] = fma(qc, kc[1][1][3], s[1][4]);
      }
      {
        let qc = subgroupBroadcast(mine[5], 0u);
        s[0][5] = fma(qc, kc[0][0][0], s[0][5]);
        s[1][5] = fma(qc, kc[1][0][0], s[1][5]);
      }
      {
        let qc = subgroupBroadcast(mine[5], 1u);
        s[0][5] = fma(qc, kc[0][0][1], s[0][5]);
        s[1][5] = fma(qc, kc[1][0][1], s[1][5]);
      }
      {
        let qc = subgroupBroadcast(mine[5], 2u);
        s[0][5] = fma(qc, kc[0][0][2], s[0][5]);
        s[1][5] = fma(qc, kc[1][0][2], s[1][5]);
      }
      {
        let qc = subgroupBroadcast(mine[5], 3u);
        s[0][5] = fma(qc, kc[0][0][3], s[0][5]);
        s[1][5] = fma(qc, kc[1][0][3], s[1][5]);
      }
      {
        let qc = subgroupBroadcast(mine[5], 4u);
        s[0][5] = fma(qc, kc[0][1][0], s[0][5]);
        s[1][5] = fma(qc, kc[1][1][0], s[1][5]);
      }
      {
        let qc = subgroupBroadcast(mine[5], 5u);
        s[0][5] = fma(qc, kc[0][1][1], s[0][5]);
        s[1][5] = fma(qc, kc[1][1][1], s[1][5]);
      }
      {
        let qc = subgroupBroadcast(mine[5], 6u);
        s[0][5] = fma(qc, kc[0][1][2], s[0][5]);
        s[1][5] = fma(qc, kc[1][1][2], s[1][5]);
      }
      {
        let qc = subgroupBroadcast(mine[5], 7u);
        s[0][5] = fma(qc, kc[0][1][3], s[0][5]);
        s[1][5] = fma(qc, kc[1][1][3], s[1][5]);
      }
      {
        let qc = subgroupBroadcast(mine[6], 0u);
        s[0][6] = fma(qc, kc[0][0][0], s[0][6]);
        s[1][6] = fma(qc, kc[1][0][0], s[1][6]);
      }
      {
        let qc = subgroupBroadcast(mine[6], 1u);
        s[0][6] = fma(qc, kc[0][0][1], s[0][6]);
        s[1][6] = fma(qc, kc[1][0][1], s[1][6]);
      }
      {
        let qc = subgroupBroadcast(mine[6], 2u);
        s[0][6] = fma(qc, kc[0][0][2], s[0][6]);
        s[1][6] = fma(qc, kc[1][0][2], s[1][6]);
      }
      {
        let qc = subgroupBroadcast(mine[6], 3u);
        s[0][6] = fma(qc, kc[0][0][3], s[0][6]);
        s[1][6] = fma(qc, kc[1][0][3], s[1][6]);
      }
      {
        let qc = subgroupBroadcast(mine[6], 4u);
        s[0][6] = fma(qc, kc[0][1][0], s[0][6]);
        s[1][6] = fma(qc, kc[1][1][0], s[1][6]);
      }
      {
        let qc = subgroupBroadcast(mine[6], 5u);
        s[0][6] = fma(qc, kc[0][1][1], s[0][6]);
        s[1][6] = fma(qc, kc[1][1][1], s[1][6]);
      }
      {
        let qc = subgroupBroadcast(mine[6], 6u);
        s[0][6] = fma(qc, kc[0][1][2], s[0][6]);
        s[1][6] = fma(qc, kc[1][1][2], s[1][6]);
      }
      {
        let qc = subgroupBroadcast(mine[6], 7u);
        s[0][6] = fma(qc, kc[0][1][3], s[0][6]);
        s[1][6] = fma(qc, kc[1][1][3], s[1][6]);
      }
      {
        let qc = subgroupBroadcast(mine[7], 0u);
        s[0][7] = fma(qc, kc[0][0][0], s[0][7]);
        s[1][7] = fma(qc, kc[1][0][0], s[1][7]);
      }
      {
        let qc = subgroupBroadcast(mine[7], 1u);
        s[0][7] = fma(qc, kc[0][0][1], s[0][7]);
        s[1][7] = fma(qc, kc[1][0][1], s[1][7]);
      }
      {
        let qc = subgroupBroadcast(mine[7], 2u);
        s[0][7] = fma(qc, kc[0][0][2], s[0][7]);
        s[1][7] = fma(qc, kc[1][0][2], s[1][7]);
      }
      {
        let qc = subgroupBroadcast(mine[7], 3u);
        s[0][7] = fma(qc, kc[0][0][3], s[0][7]);
        s[1][7] = fma(qc, kc[1][0][3], s[1][7]);
      }
      {
        let qc = subgroupBroadcast(mine[7], 4u);
        s[0][7] = fma(qc, kc[0][1][0], s[0][7]);
        s[1][7] = fma(qc, kc[1][1][0], s[1][7]);
      }
      {
        let qc = subgroupBroadcast(mine[7], 5u);
        s[0][7] = fma(qc, kc[0][1][1], s[0][7]);
        s[1][7] = fma(qc, kc[1][1][1], s[1][7]);
      }
      {
        let qc = subgroupBroadcast(mine[7], 6u);
        s[0][7] = fma(qc, kc[0][1][2], s[0][7]);
        s[1][7] = fma(qc, kc[1][1][2], s[1][7]);
      }
      {
        let qc = subgroupBroadcast(mine[7], 7u);
        s[0][7] = fma(qc, kc[0][1][3], s[0][7]);
        s[1][7] = fma(qc, kc[1][1][3], s[1][7]);
      }
    }

    // 3 probabilities; each lane reads the statistics of one query, and hands them to the others
    let at = ((image * p.heads + head) * p.queries + min(firstQ + lane % ROWS, p.queries - 1u)) * 2u;
    let ownTop = stats[at];
    let ownShare = weight / stats[at + 1u];
    {
      let top = subgroupBroadcast(ownTop, 0u);
      let share = subgroupBroadcast(ownShare, 0u);
      // Rounding may leave a score a little above its row's maximum.
      sums[0][0] += share * exp(min(p.scale * s[0][0] - top, 0.0));
      sums[1][0] += share * exp(min(p.scale * s[1][0] - top, 0.0));
    }
    {
      let top = subgroupBroadcast(ownTop, 1u);
      let share = subgroupBroadcast(ownShare, 1u);
      // Rounding may leave a score a little above its row's maximum.
      sums[0][1] += share * exp(min(p.scale * s[0][1] - top, 0.0));
      sums[1][1] += share * exp(min(p.scale * s[1][1] - top, 0.0));
    }
    {
      let top = subgroupBroadcast(ownTop, 2u);
      let share = subgroupBroadcast(ownShare, 2u);
      // Rounding may leave a score a little above its row's maximum.
      sums[0][2] += share * exp(min(p.scale * s[0][2] - top, 0.0));
      sums[1][2] += share * exp(min(p.scale * s[1][2] - top, 0.0));
    }
    {
      let top = subgroupBroadcast(ownTop, 3u);
      let share = subgroupBroadcast(ownShare, 3u);
      // Rounding may leave a score a little above its row's maximum.
      sums[0][3] += share * exp(min(p.scale * s[0][3] - top, 0.0));
      sums[1][3] += share * exp(min(p.scale * s[1][3] - top, 0.0));
    }
    {
      let top = subgroupBroadcast(ownTop, 4u);
      let share = subgroupBroadcast(ownShare, 4u);
      // Rounding may leave a score a little above its row's maximum.
      sums[0][4] += share * exp(min(p.scale * s[0][4] - top, 0.0));
      sums[1][4] += share * exp(min(p.scale * s[1][4] - top, 0.0));
    }
    {
      let top = subgroupBroadcast(ownTop, 5u);
      let share = subgroupBroadcast(ownShare, 5u);
      // Rounding may leave a score a little above its row's maximum.
      sums[0][5] += share * exp(min(p.scale * s[0][5] - top, 0.0));
      sums[1][5] += share * exp(min(p.scale * s[1][5] - top, 0.0));
    }
    {
      let top = subgroupBroadcast(ownTop, 6u);
      let share = subgroupBroadcast(ownShare, 6u);
      // Rounding may leave a score a little above its row's maximum.
      sums[0][6] += share * exp(min(p.scale * s[0][6] - top, 0.0));
      sums[1][6] += share * exp(min(p.scale * s[1][6] - top, 0.0));
    }
    {
      let top = subgroupBroadcast(ownTop, 7u);
      let share = subgroupBroadcast(ownShare, 7u);
      // Rounding may leave a score a little above its row's maximum.
      sums[0][7] += share * exp(min(p.scale * s[0][7] - top, 0.0));
      sums[1][7] += share * exp(min(p.scale * s[1][7] - top, 0.0));
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
      if (firstKey <= last) { out[at + firstKey] += sums[0][0]; }
      if (firstKey + THREADS <= last) { out[at + firstKey + THREADS] += sums[1][0]; }
    }
    {
      let first = sums[0][0];
      sums[0][0] = sums[0][1];
      sums[0][1] = sums[0][2];
      sums[0][2] = sums[0][3];
      sums[0][3] = sums[0][4];
      sums[0][4] = sums[0][5];
      sums[0][5] = sums[0][6];
      sums[0][6] = sums[0][7];
      sums[0][ROWS - 1u] = first;
    }
    {
      let first = sums[1][0];
      sums[1][0] = sums[1][1];
      sums[1][1] = sums[1][2];
      sums[1][2] = sums[1][3];
      sums[1][3] = sums[1][4];
      sums[1][4] = sums[1][5];
      sums[1][5] = sums[1][6];
      sums[1][6] = sums[1][7];
      sums[1][ROWS - 1u] = first;
    }
  }
}
