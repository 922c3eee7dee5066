// Attention map: map[query, key] += Σ_h weight[h] · exp(scale · q · kᵀ − m) / l, with the row
// statistics m and l that the fused attention has left.
//
//            TILE keys
//          ┌───────────┐   A workgroup owns TILE×TILE cells of the map, and the loop over heads is
//   TILE   │ ▒▒        │   inside: a thread makes 4×4 scores of a head (scoreTile), turns each into
//  queries │ ▒▒        │   a probability in its register, and adds it to its 4×4 sums.
//          └───────────┘
//            ▲ head 0, 1, 2 …
//
// So memory holds one [queries, keys] map and never heads × queries × keys; every tile owns its
// cells, which needs no atomics. Heads of weight 0 are left out.

const THREADS = 16u; // of a workgroup along queries and along keys
const TILE = 4u * THREADS; // queries and keys of a workgroup
const VEC = true; // headSize is divisible by 4: q and k are bound as vec4
alias Stored = vec4<f32>;
alias Factor = f32; // in which queries and keys are multiplied: f32 or f16

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
@group(0) @binding(1) var<storage, read> q: array<Stored>; // q [images, queries, heads · headSize]
@group(0) @binding(2) var<storage, read> k: array<Stored>; // k [images, keys, heads · headSize]
@group(0) @binding(3) var<storage, read> stats: array<f32>; // stats [images, heads, queries, 2]: m, l
@group(0) @binding(4) var<storage, read> headWeights: array<f32>; // headWeights [heads]
@group(0) @binding(5) var<storage, read_write> out: array<f32>; // out [images, queries, keys]

var<workgroup> headWeight: f32;

@compute @workgroup_size(THREADS, THREADS)
fn main(
  @builtin(local_invocation_id) lid: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
  @builtin(workgroup_id) wid: vec3<u32>,
) {
  let image = wid.z;
  let firstK = wid.x * TILE;
  let firstQ = wid.y * TILE;
  // A loop whose bound holds this 1, which no compiler knows, stays a loop: its memory accesses are
  // compiled once. The rows turn round, so that the current one is always at 0.
  let one = min(p.queries, 1u);
  var sums: array<vec4<f32>, 4>;

  for (var head = 0u; head < p.heads; head++) {
    // 1 leave out heads that do not count; all threads decide alike, which barriers need
    if (local == 0u) { headWeight = headWeights[head]; }
    let weight = workgroupUniformLoad(&headWeight);
    if (weight == 0.0) { continue; }

    // 2 scores of this head
    var s = scoreTile(image, head, firstQ, firstK, lid, local);

    // 3 probabilities; rounding may leave a score a little above its row's maximum
    for (var r = 0u; r < 4u * one; r++) {
      let query = min(firstQ + lid.y * 4u + r, p.queries - 1u);
      let at = ((image * p.heads + head) * p.queries + query) * 2u;
      sums[0] += weight / stats[at + 1u] * exp(min(s[0] - stats[at], vec4<f32>(0.0)));
      s = array<vec4<f32>, 4>(s[1], s[2], s[3], s[0]);
      sums = array<vec4<f32>, 4>(sums[1], sums[2], sums[3], sums[0]);
    }
  }

  // 4 add them to the map, without hidden keys
  for (var r = 0u; r < 4u * one; r++) {
    let query = firstQ + lid.y * 4u + r;
    if (query < p.queries) {
      let firstKey = firstK + lid.x * 4u;
      let at = (image * p.queries + query) * p.keys + firstKey;
      let hidden = hiddenKeys(query, firstKey);
      for (var j = 0u; j < 4u * one; j++) {
        if (!hidden[j]) { out[at + j] += sums[0][j]; }
      }
    }
    sums = array<vec4<f32>, 4>(sums[1], sums[2], sums[3], sums[0]);
  }
}

// One tile of scores: s[i][j] = scale · q[firstQ + 4·lid.y + i] · k[firstK + 4·lid.x + j].
//
//                     TILE keys
//                   ┌───────────┐    A small matrix product whose operands are both read along the
//                   │ tileK     │    head's channels: STEP vec4s of TILE queries and of TILE keys
//                   └───────────┘    go through workgroup memory at a time.
//          ┌─────┐  ┌───────────┐    A thread (lid.x, lid.y) keeps 4×4 scores: 8 loads of a vec4
//   TILE   │tile │  │    ▒      │    feed 16 dot products. Queries are multiplied by the scale
//  queries │  Q  │  │           │    first, which keeps products small.
//          └─────┘  └───────────┘    They are multiplied as Factor, f32 or f16; sums are f32.
const STEP = 4u; // vec4s of a head at a time
var<workgroup> tileQ: array<array<vec4<Factor>, TILE>, STEP>; // [channel / 4][query]
var<workgroup> tileK: array<array<vec4<Factor>, TILE>, STEP>; // [channel / 4][key]

fn scoreTile(image: u32, head: u32, firstQ: u32, firstK: u32, lid: vec3<u32>, local: u32) -> array<vec4<f32>, 4> {
  var s = array<vec4<f32>, 4>(); // a query each; the vec4 holds the keys
  for (var c0 = 0u; c0 < p.headSize; c0 += STEP * 4u) {
    // load queries and keys; what lies outside is 0
    for (var entry = local; entry < TILE * STEP; entry += THREADS * THREADS) {
      let query = firstQ + entry / STEP;
      let c = c0 + entry % STEP * 4u;
      var four = vec4<f32>();
      if (query < p.queries && c < p.headSize) { four = fourOfQ((image * p.queries + query) * p.channels + head * p.headSize, c); }
      tileQ[entry % STEP][entry / STEP] = vec4<Factor>(four * p.scale);
    }
    for (var entry = local; entry < TILE * STEP; entry += THREADS * THREADS) {
      let key = firstK + entry / STEP;
      let c = c0 + entry % STEP * 4u;
      var four = vec4<f32>();
      if (key < p.keys && c < p.headSize) { four = fourOfK((image * p.keys + key) * p.channels + head * p.headSize, c); }
      tileK[entry % STEP][entry / STEP] = vec4<Factor>(four);
    }
    workgroupBarrier();

    // multiply
    for (var c = 0u; c < STEP; c++) {
      let k0 = tileK[c][lid.x * 4u];
      let k1 = tileK[c][lid.x * 4u + 1u];
      let k2 = tileK[c][lid.x * 4u + 2u];
      let k3 = tileK[c][lid.x * 4u + 3u];
      {
        let query = tileQ[c][lid.y * 4u];
        s[0] += vec4<f32>(vec4<Factor>(dot(query, k0), dot(query, k1), dot(query, k2), dot(query, k3)));
      }
      {
        let query = tileQ[c][lid.y * 4u + 1u];
        s[1] += vec4<f32>(vec4<Factor>(dot(query, k0), dot(query, k1), dot(query, k2), dot(query, k3)));
      }
      {
        let query = tileQ[c][lid.y * 4u + 2u];
        s[2] += vec4<f32>(vec4<Factor>(dot(query, k0), dot(query, k1), dot(query, k2), dot(query, k3)));
      }
      {
        let query = tileQ[c][lid.y * 4u + 3u];
        s[3] += vec4<f32>(vec4<Factor>(dot(query, k0), dot(query, k1), dot(query, k2), dot(query, k3)));
      }
    }
    workgroupBarrier();
  }
  return s;
}

// Which of four keys do not count for a query: those past the end and, if causal, those after it.
fn hiddenKeys(query: u32, firstKey: u32) -> vec4<bool> {
  let last = select(p.keys - 1u, min(p.keys - 1u, query), p.causal != 0u);
  return firstKey + vec4<u32>(0u, 1u, 2u, 3u) > vec4<u32>(last);
}

// Channels c … c + 3 of the head whose numbers begin at q[at].
fn fourOfQ(at: u32, c: u32) -> vec4<f32> { return q[(at + c) / 4u]; }
fn fourOfK(at: u32, c: u32) -> vec4<f32> { return k[(at + c) / 4u]; }
