// Fused attention, flash style: out = softmax(scale · q · kᵀ) · v, head by head, without ever
// storing the scores (Dao and others, arXiv 2205.14135, algorithm 1).
//
// A workgroup owns TILE queries of one head and walks over the keys, TILE at a time. Of the keys
// seen so far it knows, for each query, the largest score m, the sum l = Σ exp(s − m), and
// o = Σ exp(s − m) · v. A tile that raises m from m' shrinks what there was by exp(m' − m):
//
//   m = max(m', max s)
//   l = l' · exp(m' − m) + Σ exp(s − m)
//   o = o' · exp(m' − m) + Σ exp(s − m) · v
//
//               keys, TILE at a time ──▶                 headSize
//            ┌──────┬──────┬──────┬───              ┌──────────────────┐
//    TILE    │ s: 4×4 a    │      │          TILE   │ o: 4 queries ×   │
//   queries  │ thread      │      │         queries │ COLUMNS vec4s a  │
//            │      │      │      │                 │ thread           │
//            └──────┴──────┴──────┴───              └──────────────────┘
//
// Weights exp(s − m) go through workgroup memory, since the thread that makes one is not the one
// that multiplies by it. At the end m and l are the row statistics that the attention map needs.
// A hidden key scores −3e38, so that its weight underflows to 0: infinities are not portable.

const THREADS = 8u; // of a workgroup along queries, and along keys or channels
const TILE = 4u * THREADS; // queries of a workgroup, and keys at a time
const COLUMNS = 2u; // vec4s of o that a thread keeps for each query: ⌈headSize / (4 · THREADS)⌉
const VEC = true; // headSize is divisible by 4: q, k, v and out are bound as vec4
const HIDDEN = vec4<f32>(-3.0e38);
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
@group(0) @binding(3) var<storage, read> v: array<Stored>; // v [images, keys, heads · headSize]
@group(0) @binding(4) var<storage, read_write> out: array<Stored>; // out [images, queries, heads · headSize]
@group(0) @binding(5) var<storage, read_write> stats: array<f32>; // stats [images, heads, queries, 2]: m, l

var<workgroup> weights: array<array<f32, TILE>, TILE>; // [key][query]
var<workgroup> part: array<array<f32, TILE>, THREADS>; // [lid.x][query]: a thread's own maximum or sum
var<workgroup> rowMax: array<f32, TILE>; // m
var<workgroup> rowSum: array<f32, TILE>; // l
var<workgroup> shrink: array<f32, TILE>; // exp(m' − m)

@compute @workgroup_size(THREADS, THREADS)
fn main(
  @builtin(local_invocation_id) lid: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
  @builtin(workgroup_id) wid: vec3<u32>,
) {
  let image = wid.z;
  let head = wid.y;
  let firstQ = wid.x * TILE;
  let row = lid.y * 4u; // this thread's first query of the tile
  let lastColumn = (p.headSize - 1u) & ~3u; // threads past a head's last vec4 repeat it and store nothing
  // A loop whose bound holds this 1, which no compiler knows, stays a loop: its memory accesses are
  // compiled once, and on a CPU each costs 10 to 25 ms of compiling. Where such a loop is over rows
  // in registers, the rows turn round, so that the current one is always at 0.
  let one = min(p.queries, 1u);
  var o: array<array<vec4<f32>, 4>, COLUMNS>;
  if (local < TILE) {
    rowMax[local] = HIDDEN.x;
    rowSum[local] = 0.0;
  }

  for (var firstK = 0u; firstK < p.keys; firstK += TILE) {
    // 1 scores of the tile
    var s = scoreTile(image, head, firstQ, firstK, lid, local);

    // 2 raise the maxima: of the thread's four keys, then of all
    for (var r = 0u; r < 4u * one; r++) {
      s[0] = select(s[0], HIDDEN, hiddenKeys(firstQ + row + r, firstK + lid.x * 4u));
      part[lid.x][row + r] = max(max(s[0].x, s[0].y), max(s[0].z, s[0].w));
      s = array<vec4<f32>, 4>(s[1], s[2], s[3], s[0]);
    }
    workgroupBarrier();
    if (local < TILE) {
      let old = rowMax[local];
      var top = old;
      for (var t = 0u; t < THREADS * one; t++) { top = max(top, part[t][local]); }
      rowMax[local] = top;
      shrink[local] = exp(old - top);
    }
    workgroupBarrier();

    // 3 scores become weights; what there was shrinks
    for (var r = 0u; r < 4u * one; r++) {
      let e = exp(s[0] - rowMax[row + r]);
      for (var j = 0u; j < 4u * one; j++) { weights[lid.x * 4u + j][row + r] = e[j]; }
      part[lid.x][row + r] = (e.x + e.y) + (e.z + e.w);
      s = array<vec4<f32>, 4>(s[1], s[2], s[3], s[0]);
    }
    {
      let factor = shrink[row];
      o[0][0] *= factor;
      o[1][0] *= factor;
    }
    {
      let factor = shrink[row + 1u];
      o[0][1] *= factor;
      o[1][1] *= factor;
    }
    {
      let factor = shrink[row + 2u];
      o[0][2] *= factor;
      o[1][2] *= factor;
    }
    {
      let factor = shrink[row + 3u];
      o[0][3] *= factor;
      o[1][3] *= factor;
    }
    workgroupBarrier();
    if (local < TILE) {
      var sum = rowSum[local] * shrink[local];
      for (var t = 0u; t < THREADS * one; t++) { sum += part[t][local]; }
      rowSum[local] = sum;
    }

    // 4 add weights · values
    for (var j = 0u; j < min(TILE, p.keys - firstK); j++) {
      let at = (image * p.keys + firstK + j) * p.channels + head * p.headSize;
      var value: array<vec4<f32>, COLUMNS>;
      value[0] = fourOfV(at, min((lid.x) * 4u, lastColumn));
      value[1] = fourOfV(at, min((lid.x + THREADS) * 4u, lastColumn));
      {
        let weight = weights[j][row];
        o[0][0] += weight * value[0];
        o[1][0] += weight * value[1];
      }
      {
        let weight = weights[j][row + 1u];
        o[0][1] += weight * value[0];
        o[1][1] += weight * value[1];
      }
      {
        let weight = weights[j][row + 2u];
        o[0][2] += weight * value[0];
        o[1][2] += weight * value[1];
      }
      {
        let weight = weights[j][row + 3u];
        o[0][3] += weight * value[0];
        o[1][3] += weight * value[1];
      }
    }
  }

  // 5 divide by the sums and store
  workgroupBarrier();
  for (var r = 0u; r < 4u * one; r++) {
    if (firstQ + row + r < p.queries) {
      let at = (image * p.queries + firstQ + row + r) * p.channels + head * p.headSize;
      let inverse = 1.0 / rowSum[row + r];
      store(at, (lid.x) * 4u, o[0][0] * inverse);
      store(at, (lid.x + THREADS) * 4u, o[1][0] * inverse);
    }
    o[0] = array<vec4<f32>, 4>(o[0][1], o[0][2], o[0][3], o[0][0]);
    o[1] = array<vec4<f32>, 4>(o[1][1], o[1][2], o[1][3], o[1][0]);
  }
  if (local < TILE && firstQ + local < p.queries) {
    let at = ((image * p.heads + head) * p.queries + firstQ + local) * 2u;
    stats[at] = rowMax[local];
    stats[at + 1u] = rowSum[local];
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

// Channels c … c + 3 of the head whose numbers begin at v[at].
fn fourOfV(at: u32, c: u32) -> vec4<f32> { return v[(at + c) / 4u]; }

// Stores channels c … c + 3 of the head that begins at out[at], if it has them.
fn store(at: u32, c: u32, four: vec4<f32>) {
  if (c < p.headSize) { out[(at + c) / 4u] = four; }
}
