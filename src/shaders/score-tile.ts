/**
 * @file One tile of attention scores, as a text that the fused attention and the attention map
 * import.
 */

/**
 * Declares `scoreTile` and `hiddenKeys`. Needs the bindings q and k, the uniforms of an attention,
 * the constants THREADS, TILE and VEC, and the type Factor.
 */
export const scoreTile = /* wgsl */ `
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
      //#unroll
      for (var i = 0u; i < 4u; i++) {
        let query = tileQ[c][lid.y * 4u + i];
        s[i] += vec4<f32>(vec4<Factor>(dot(query, k0), dot(query, k1), dot(query, k2), dot(query, k3)));
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
//#if VEC

// Channels c … c + 3 of the head whose numbers begin at q[at].
fn fourOfQ(at: u32, c: u32) -> vec4<f32> { return q[(at + c) / 4u]; }
fn fourOfK(at: u32, c: u32) -> vec4<f32> { return k[(at + c) / 4u]; }
//#else

// Channels c … c + 3 of the head whose numbers begin at q[at]; zeros past its end.
fn fourOfQ(at: u32, c: u32) -> vec4<f32> {
  var four = vec4<f32>();
  if (c < p.headSize) { four.x = q[at + c]; }
  if (c + 1u < p.headSize) { four.y = q[at + c + 1u]; }
  if (c + 2u < p.headSize) { four.z = q[at + c + 2u]; }
  if (c + 3u < p.headSize) { four.w = q[at + c + 3u]; }
  return four;
}

fn fourOfK(at: u32, c: u32) -> vec4<f32> {
  var four = vec4<f32>();
  if (c < p.headSize) { four.x = k[at + c]; }
  if (c + 1u < p.headSize) { four.y = k[at + c + 1u]; }
  if (c + 2u < p.headSize) { four.z = k[at + c + 2u]; }
  if (c + 3u < p.headSize) { four.w = k[at + c + 3u]; }
  return four;
}
//#end
`

/** The uniforms of an attention: the same for its kernels. */
export const attentionParams = /* wgsl */ `
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
`
