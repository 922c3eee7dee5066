/**
 * @file The GEMM kernel for every adapter: tiles of A and B in workgroup memory.
 */
import { activation } from './activation.ts'
import { type Kernel, kernel, type Shader } from './kernel.ts'
import { type Operands, operandConstants, product, productName } from './product.ts'
import { tileStorage } from './tile-storage.ts'

const text = /* wgsl */ `
// Matrix product by tiles in workgroup memory (Volkov and Demmel, 2008):
//
//   s[m, n] = alpha · Σ_k A[m, k] · B[k, n] + bias[n]
//   out[m, n] = activation(s[m, n] + perImage[image, n]) + residual[m, n]
//   out[m, n] = s[m, n] · activation(s[m, N + n]) + residual[m, n], if gated
//
// A is stored row by row, or *gathered* from an image (an implicit im2col): row m is then an output
// pixel, and the sum runs over the taps of the window outside and over channels inside, so that no
// index is divided in the loop and four channels never cross a tap.
//
//                            TILE_N = 4 · THREADS_N · COLUMNS
//                          ┌──────────────────────────────┐
//                   TILE_K │ tileB   all threads load it, │
//                          │         a vec4 each in turn  │
//               TILE_K     └──────────────────────────────┘
//             ┌─────────┐  ┌────┬────┬────┬────┬────┬─────┐
//    TILE_M = │ tileA   │  │    │ ▒▒ │    │    │ ▒▒ │     │  a thread (lid.x, lid.y) keeps the sums
//  ROWS ·     │         │  │    │ ▒▒ │    │    │ ▒▒ │     │  of ROWS rows and COLUMNS vec4 columns,
//   THREADS_M │         │  │    │    │    │    │    │     │  which lie THREADS_N vec4s apart
//             └─────────┘  └────┴────┴────┴────┴────┴─────┘
//
// In a step of four k, 4 · COLUMNS + ROWS loads of a vec4 feed 4 · COLUMNS · ROWS multiply-adds of
// one. Where Factor is f16, four products are added up as such before they go to the sums, which
// are f32. Gated, the first half of a thread's columns are values, the other half their gates.

const THREADS_M = 8u; // threads of a workgroup along m
const THREADS_N = 8u; // and along n
const ROWS = 4u; // rows that a thread keeps sums of
const COLUMNS = 1u; // vec4 columns of B that it keeps sums of
const TILE_K = 16u; // k of a step
const GATES = 1u; // columns of B for one of out: 2 if gated
const GATHER = false; // A is gathered from an image
const TRANSPOSE_B = true; // B is stored as [n, k]
const VEC_A = false; // a is bound as vec4
const VEC_B = false; // b is
const PACKED_B = false; // b holds f16 in pairs
const VEC_OUT = false; // out and residual are bound as vec4
alias StoredA = f32;
alias StoredB = f32;
alias StoredOut = f32;
alias Factor = f32; // in which numbers are multiplied: f32 or f16; that of tileA
alias NumberB = f32; // of tileB: f16 where b is read as that, or factors are
alias Value = vec4<f32>;

const THREADS = THREADS_M * THREADS_N;
const RESULTS = COLUMNS / GATES; // vec4 columns of out of a thread
const TILE_M = ROWS * THREADS_M;
const TILE_N = 4u * THREADS_N * RESULTS; // columns of out; of B there are GATES as many
const TILE_K4 = TILE_K / 4u; // vec4s of a row of tileA
const TILE_N4 = THREADS_N * COLUMNS; // vec4s of a row of tileB
const LOADS_A = TILE_M * TILE_K4 / THREADS; // vec4s of tileA that a thread loads

//#import product

//#import tileStorage

var<workgroup> tileA: array<array<vec4<Factor>, TILE_K4>, TILE_M>; // [m][k / 4], vec4s along k
var<workgroup> tileB: array<array<vec4<NumberB>, TILE_N4>, TILE_K>; // [k][n / 4], vec4s along n

@compute @workgroup_size(THREADS_N, THREADS_M)
fn main(
  @builtin(local_invocation_id) lid: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
  @builtin(workgroup_id) wid: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
) {
  // 1 which tile is this workgroup's
  let index = wid.x + wid.y * groups.x;
  let firstM = index / p.tilesN * TILE_M;
  let firstN = index % p.tilesN * TILE_N;
  let batch = wid.z;
  let atA = p.aOffset + batch * p.aBatch;
  let atB = p.bOffset + batch * p.bBatch;
  // A loop whose bound holds this 1, which no compiler knows, stays a loop: its memory accesses are
  // compiled once, and on a CPU each costs 10 to 25 ms of compiling.
  let one = min(p.m, 1u);
  var sums: array<array<vec4<f32>, ROWS>, COLUMNS>;
  //#if GATHER

  // 2 where the window of each row lies that this thread loads: its image and first pixel
  var image: array<u32, LOADS_A>;
  var windowY: array<i32, LOADS_A>;
  var windowX: array<i32, LOADS_A>;
  //#unroll
  for (var l = 0u; l < LOADS_A; l++) {
    let m = firstM + (local + l * THREADS) / TILE_K4;
    let pixel = m % p.outPixels;
    image[l] = m / p.outPixels;
    windowY[l] = i32(pixel / p.outWidth) * p.stride - p.top;
    windowX[l] = i32(pixel % p.outWidth) * p.stride - p.left;
  }
  for (var tap = 0u; tap < p.taps; tap++) {
  //#else

  // 2 A is no image: one tap
  {
    let tap = 0u;
  //#end
    for (var k0 = 0u; k0 < p.k; k0 += TILE_K) {
      // 3 load tileA; what lies outside is 0
      //#if GATHER
      let ky = i32(tap / p.kw);
      let kx = i32(tap % p.kw);
      //#unroll
      for (var l = 0u; l < LOADS_A; l++) {
        let entry = local + l * THREADS;
        let k = k0 + entry % TILE_K4 * 4u;
        let y = windowY[l] + ky;
        let x = windowX[l] + kx;
        var four = vec4<f32>();
        if (firstM + entry / TILE_K4 < p.m && k < p.k && y >= 0 && y < p.height && x >= 0 && x < p.width) {
          four = fourOfA(((image[l] * u32(p.height) + u32(y)) * u32(p.width) + u32(x)) * p.k, k);
        }
        tileA[entry / TILE_K4][entry % TILE_K4] = vec4<Factor>(four);
      }
      //#else
      for (var entry = local; entry < TILE_M * TILE_K4 * one; entry += THREADS) {
        let m = firstM + entry / TILE_K4;
        let k = k0 + entry % TILE_K4 * 4u;
        var four = vec4<f32>();
        if (m < p.m && k < p.k) { four = fourOfA(atA + m * p.aStride, k); }
        tileA[entry / TILE_K4][entry % TILE_K4] = vec4<Factor>(four);
      }
      //#end

      // 4 load tileB; rows along k are turned into columns
      for (var entry = local; entry < TILE_K * TILE_N4; entry += THREADS) {
        if (TRANSPOSE_B) {
          let k = entry % TILE_K4 * 4u;
          let column = entry / TILE_K4;
          let n = firstN + column % TILE_N;
          let gate = select(0u, p.n, column >= TILE_N);
          var four = vec4<f32>();
          if (k0 + k < p.k && n < p.n) { four = fourOfRowB(atB + (n + gate) * p.bStride + tap * p.k, k0 + k, p.k); }
          tileB[k][column / 4u][column % 4u] = NumberB(four.x);
          tileB[k + 1u][column / 4u][column % 4u] = NumberB(four.y);
          tileB[k + 2u][column / 4u][column % 4u] = NumberB(four.z);
          tileB[k + 3u][column / 4u][column % 4u] = NumberB(four.w);
        } else {
          let k = entry / TILE_N4;
          let n = firstN + entry % TILE_N4 * 4u;
          var four = vec4<f32>();
          if (k0 + k < p.k && n < p.n) { four = fourOfRowB(atB + (k0 + k) * p.bStride, n, p.n); }
          tileB[k][entry % TILE_N4] = vec4<NumberB>(four);
        }
      }

      // 5 multiply: four rows of B, then each row of A
      workgroupBarrier();
      for (var k4 = 0u; k4 < TILE_K4; k4++) {
        var rows: array<array<vec4<Factor>, 4>, COLUMNS>;
        //#unroll
        for (var j = 0u; j < 4u; j++) {
          for (var c = 0u; c < COLUMNS; c++) { rows[c][j] = vec4<Factor>(tileB[k4 * 4u + j][lid.x + c * THREADS_N]); }
        }
        //#unroll
        for (var r = 0u; r < ROWS; r++) {
          let four = tileA[lid.y * ROWS + r][k4];
          for (var c = 0u; c < COLUMNS; c++) {
            sums[c][r] += vec4<f32>(four.x * rows[c][0] + four.y * rows[c][1] + four.z * rows[c][2] + four.w * rows[c][3]);
          }
        }
      }
      workgroupBarrier();
    }
  }

  // 6 finish and store, row by row: the sums turn round, so that the current row's are always at 0
  //#unroll
  for (var c = 0u; c < RESULTS; c++) {
    let n = firstN + (lid.x + c * THREADS_N) * 4u;
    let added = biasOf(n, 0u);
    let addedToGate = biasOf(n, p.n * (GATES - 1u));
    for (var r = 0u; r < ROWS * one; r++) {
      let m = firstM + lid.y * ROWS + r;
      if (m < p.m && n < p.n) {
        var value = sums[c][0] * p.alpha + added;
        if (GATHER && p.hasPerImage != 0u) { value += perImageOf(n, m / p.outPixels * p.n); }
        if (GATES == 2u) {
          value *= activate(sums[(c + RESULTS) % COLUMNS][0] * p.alpha + addedToGate);
        } else {
          value = activate(value);
        }
        store(p.outOffset + batch * p.outBatch + m * p.outStride + n, n, value);
      }
      for (var g = 0u; g < GATES; g++) {
        let first = sums[c + g * RESULTS][0];
        for (var i = 0u; i < ROWS - 1u; i++) { sums[c + g * RESULTS][i] = sums[c + g * RESULTS][i + 1u]; }
        sums[c + g * RESULTS][ROWS - 1u] = first;
      }
    }
  }
}

// Four numbers of the bias from column n on; those past the last column repeat it.
fn biasOf(n: u32, first: u32) -> vec4<f32> {
  if (p.hasBias == 0u) { return vec4<f32>(); }
  let last = p.n - 1u;
  return vec4<f32>(
    bias[first + min(n, last)], bias[first + min(n + 1u, last)], bias[first + min(n + 2u, last)], bias[first + min(n + 3u, last)],
  );
}

// The same of an image's own bias.
fn perImageOf(n: u32, first: u32) -> vec4<f32> {
  let last = p.n - 1u;
  return vec4<f32>(
    perImage[first + min(n, last)], perImage[first + min(n + 1u, last)],
    perImage[first + min(n + 2u, last)], perImage[first + min(n + 3u, last)],
  );
}
`

const instances: Kernel = kernel({ name: 'matmul', text, imports: { product, tileStorage, activation } })

/** A variant of the kernel: its operands, how they are bound, and its tile. */
export interface GemmVariant extends Operands {
  /** Which operands are bound as vec4. */
  vecA: boolean
  vecB: boolean
  vecOut: boolean
  /** Threads along m and n. */
  threadsM: number
  threadsN: number
  /**
   * Rows, and vec4 columns of B, that a thread keeps sums for: the tile is rows · threadsM × 4 ·
   * columns · threadsN. Four rows and one column suit small products and small devices.
   */
  rows: number
  columns: number
  tileK: number
}

/** The instance of a variant. */
export function gemm(v: GemmVariant): Shader {
  return instances(
    {
      ...operandConstants(v, v.vecB),
      THREADS_M: v.threadsM,
      THREADS_N: v.threadsN,
      ROWS: v.rows,
      COLUMNS: v.columns,
      TILE_K: v.tileK,
      VEC_A: v.vecA,
      VEC_OUT: v.vecOut,
      StoredA: v.vecA ? 'vec4<f32>' : 'f32',
      StoredOut: v.vecOut ? 'vec4<f32>' : 'f32',
      Factor: v.products ?? 'f32',
      NumberB: v.half || v.products === 'f16' ? 'f16' : 'f32',
    },
    productName(v),
  )
}
