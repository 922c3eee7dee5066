/** @file The attention probabilities themselves, added up over heads (pass B). */
import { type Kernel, kernel, type Shader } from './kernel.ts'
import { attentionParams, scoreTile } from './score-tile.ts'

const text = /* wgsl */ `
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

//#import attentionParams
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

//#import scoreTile
`

const instances: Kernel = kernel({ name: 'attentionMap', text, imports: { attentionParams, scoreTile } })

/** Queries and keys of a workgroup. */
export const MAP_TILE = 64

/** The instance; `vec` where the head size is divisible by 4; `products` is the type of factors. */
export function attentionMap(vec: boolean, products: 'f32' | 'f16' = 'f32'): Shader {
  return instances({ THREADS: MAP_TILE / 4, VEC: vec, Stored: vec ? 'vec4<f32>' : 'f32', Factor: products })
}
