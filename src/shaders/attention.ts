/**
 * @file Fused attention (pass A). Head sizes up to MAX_HEAD fit in registers; longer heads (the
 * VAE's single head of 512) go through GEMM and softmax.
 */
import { type Kernel, kernel, type Shader } from './kernel.ts'
import { attentionParams, scoreTile } from './score-tile.ts'

/** The kernel's text; it imports `attentionParams` and `scoreTile`. */
export const attentionText = /* wgsl */ `
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

//#import attentionParams
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
    //#unroll
    for (var r = 0u; r < 4u; r++) {
      let factor = shrink[row + r];
      for (var c = 0u; c < COLUMNS; c++) { o[c][r] *= factor; }
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
      //#unroll
      for (var c = 0u; c < COLUMNS; c++) { value[c] = fourOfV(at, min((lid.x + c * THREADS) * 4u, lastColumn)); }
      //#unroll
      for (var r = 0u; r < 4u; r++) {
        let weight = weights[j][row + r];
        for (var c = 0u; c < COLUMNS; c++) { o[c][r] += weight * value[c]; }
      }
    }
  }

  // 5 divide by the sums and store
  workgroupBarrier();
  for (var r = 0u; r < 4u * one; r++) {
    if (firstQ + row + r < p.queries) {
      let at = (image * p.queries + firstQ + row + r) * p.channels + head * p.headSize;
      let inverse = 1.0 / rowSum[row + r];
      //#unroll
      for (var c = 0u; c < COLUMNS; c++) { store(at, (lid.x + c * THREADS) * 4u, o[c][0] * inverse); }
    }
    //#unroll
    for (var c = 0u; c < COLUMNS; c++) { o[c] = array<vec4<f32>, 4>(o[c][1], o[c][2], o[c][3], o[c][0]); }
  }
  if (local < TILE && firstQ + local < p.queries) {
    let at = ((image * p.heads + head) * p.queries + firstQ + local) * 2u;
    stats[at] = rowMax[local];
    stats[at + 1u] = rowSum[local];
  }
}

//#import scoreTile
//#if VEC

// Channels c … c + 3 of the head whose numbers begin at v[at].
fn fourOfV(at: u32, c: u32) -> vec4<f32> { return v[(at + c) / 4u]; }

// Stores channels c … c + 3 of the head that begins at out[at], if it has them.
fn store(at: u32, c: u32, four: vec4<f32>) {
  if (c < p.headSize) { out[(at + c) / 4u] = four; }
}
//#else

// Channels c … c + 3 of the head whose numbers begin at v[at]; zeros past its end.
fn fourOfV(at: u32, c: u32) -> vec4<f32> {
  var four = vec4<f32>();
  if (c < p.headSize) { four.x = v[at + c]; }
  if (c + 1u < p.headSize) { four.y = v[at + c + 1u]; }
  if (c + 2u < p.headSize) { four.z = v[at + c + 2u]; }
  if (c + 3u < p.headSize) { four.w = v[at + c + 3u]; }
  return four;
}

// Stores channels c … c + 3 of the head that begins at out[at], as far as it goes.
fn store(at: u32, c: u32, four: vec4<f32>) {
  if (c < p.headSize) { out[at + c] = four.x; }
  if (c + 1u < p.headSize) { out[at + c + 1u] = four.y; }
  if (c + 2u < p.headSize) { out[at + c + 2u] = four.z; }
  if (c + 3u < p.headSize) { out[at + c + 3u] = four.w; }
}
//#end
`

const instances: Kernel = kernel({ name: 'attention', text: attentionText, imports: { attentionParams, scoreTile } })

const THREADS = 8
/** Queries of a workgroup. */
export const QUERIES = 4 * THREADS
/** The longest head whose results fit in a thread's registers. */
export const MAX_HEAD = 256

/** A variant: how long heads are, in steps that a thread's registers take. */
export interface AttentionVariant {
  /** Vec4s of the output that a thread holds for each of its rows: ⌈head size / (4 · THREADS)⌉. */
  columns: number
  /** Vec4 loads and stores: the head size is divisible by 4. */
  vec: boolean
  /** In which queries and keys are multiplied (default f32). All that follows is f32. */
  products?: 'f32' | 'f16'
}

/** The variant for a head size of at most MAX_HEAD. */
export function attentionVariant(headSize: number): AttentionVariant {
  return { columns: Math.ceil(headSize / (4 * THREADS)), vec: headSize % 4 === 0 }
}

/** The instance of a variant. The exact head size is a uniform. */
export function attention({ columns, vec, products = 'f32' }: AttentionVariant): Shader {
  return instances({ THREADS, COLUMNS: columns, VEC: vec, Stored: vec ? 'vec4<f32>' : 'f32', Factor: products })
}
