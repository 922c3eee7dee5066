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
const ROWS = 8u; // rows that a thread keeps sums of
const COLUMNS = 2u; // vec4 columns of B that it keeps sums of
const TILE_K = 16u; // k of a step
const GATES = 1u; // columns of B for one of out: 2 if gated
const GATHER = true; // A is gathered from an image
const TRANSPOSE_B = true; // B is stored as [n, k]
const VEC_A = false; // a is bound as vec4
const VEC_B = false; // b is
const PACKED_B = true; // b holds f16 in pairs
const VEC_OUT = true; // out and residual are bound as vec4
alias StoredA = f32;
alias StoredB = u32;
alias StoredOut = vec4<f32>;
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

struct Params {
  m: u32, // rows of out
  n: u32, // its columns
  k: u32, // length of the sums; of an image, its channels
  tilesN: u32, // tiles of workgroups along n
  alpha: f32,
  aOffset: u32, // where A begins, in numbers
  aStride: u32, // from row to row
  aBatch: u32, // from product to product of the batch
  bOffset: u32, // the same for B
  bStride: u32,
  bBatch: u32,
  outOffset: u32, // and for out and residual
  outStride: u32,
  outBatch: u32,
  hasBias: u32,
  hasResidual: u32,
  hasPerImage: u32,
  taps: u32, // pixels of the window; 1 where A is no image
  kw: u32, // the window's width
  height: i32, // of the image
  width: i32,
  outWidth: u32, // of the result
  outPixels: u32, // of one result
  stride: i32, // of the window
  top: i32, // padding
  left: i32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> a: array<StoredA>; // a [batch, m, k] or [images, height, width, k]
@group(0) @binding(2) var<storage, read> b: array<StoredB>; // b [batch, n, taps·k] or [batch, k, n]
@group(0) @binding(3) var<storage, read_write> out: array<StoredOut>; // out [batch, m, n]
@group(0) @binding(4) var<storage, read> bias: array<f32>; // bias [n], values then gates if there are
@group(0) @binding(5) var<storage, read> residual: array<StoredOut>; // residual [batch, m, n]
@group(0) @binding(6) var<storage, read> perImage: array<f32>; // perImage [images, n]

fn numberOfB(i: u32) -> f32 {
  return unpack2x16float(b[i / 2u])[i % 2u];
}

// Activations: silu x·σ(x), gelu x·Φ(x), its tanh approximation, quick-GELU x·σ(1.702 x).
// ACTIVATION = none
fn activate(x: Value) -> Value {
  return x;
}

// Four numbers from column k of the row of A whose first number is a[at]; past the row's end zeros.
fn fourOfA(at: u32, k: u32) -> vec4<f32> {
  var four = vec4<f32>();
  if (k < p.k) { four.x = a[at + k]; }
  if (k + 1u < p.k) { four.y = a[at + k + 1u]; }
  if (k + 2u < p.k) { four.z = a[at + k + 2u]; }
  if (k + 3u < p.k) { four.w = a[at + k + 3u]; }
  return four;
}

// Four numbers from column c of a row of b as it is stored; it has end columns.
fn fourOfRowB(at: u32, c: u32, end: u32) -> vec4<f32> {
  var four = vec4<f32>();
  if (c < end) { four.x = numberOfB(at + c); }
  if (c + 1u < end) { four.y = numberOfB(at + c + 1u); }
  if (c + 2u < end) { four.z = numberOfB(at + c + 2u); }
  if (c + 3u < end) { four.w = numberOfB(at + c + 3u); }
  return four;
}

// Adds the residual and stores what lies left of column p.n; value begins at column n.
fn store(at: u32, n: u32, value: vec4<f32>) {
  var four = value;
  if (p.hasResidual != 0u) { four += residual[at / 4u]; }
  out[at / 4u] = four;
}

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

  // 2 where the window of each row lies that this thread loads: its image and first pixel
  var image: array<u32, LOADS_A>;
  var windowY: array<i32, LOADS_A>;
  var windowX: array<i32, LOADS_A>;
  {
    let m = firstM + local / TILE_K4;
    let pixel = m % p.outPixels;
    image[0] = m / p.outPixels;
    windowY[0] = i32(pixel / p.outWidth) * p.stride - p.top;
    windowX[0] = i32(pixel % p.outWidth) * p.stride - p.left;
  }
  {
    let m = firstM + (local + THREADS) / TILE_K4;
    let pixel = m % p.outPixels;
    image[1] = m / p.outPixels;
    windowY[1] = i32(pixel / p.outWidth) * p.stride - p.top;
    windowX[1] = i32(pixel % p.outWidth) * p.stride - p.left;
  }
  {
    let m = firstM + (local + 2u * THREADS) / TILE_K4;
    let pixel = m % p.outPixels;
    image[2] = m / p.outPixels;
    windowY[2] = i32(pixel / p.outWidth) * p.stride - p.top;
    windowX[2] = i32(pixel % p.outWidth) * p.stride - p.left;
  }
  {
    let m = firstM + (local + 3u * THREADS) / TILE_K4;
    let pixel = m % p.outPixels;
    image[3] = m / p.outPixels;
    windowY[3] = i32(pixel / p.outWidth) * p.stride - p.top;
    windowX[3] = i32(pixel % p.outWidth) * p.stride - p.left;
  }
  for (var tap = 0u; tap < p.taps; tap++) {
    for (var k0 = 0u; k0 < p.k; k0 += TILE_K) {
      // 3 load tileA; what lies outside is 0
      let ky = i32(tap / p.kw);
      let kx = i32(tap % p.kw);
      {
        let entry = local;
        let k = k0 + entry % TILE_K4 * 4u;
        let y = windowY[0] + ky;
        let x = windowX[0] + kx;
        var four = vec4<f32>();
        if (firstM + entry / TILE_K4 < p.m && k < p.k && y >= 0 && y < p.height && x >= 0 && x < p.width) {
          four = fourOfA(((image[0] * u32(p.height) + u32(y)) * u32(p.width) + u32(x)) * p.k, k);
        }
        tileA[entry / TILE_K4][entry % TILE_K4] = vec4<Factor>(four);
      }
      {
        let entry = local + THREADS;
        let k = k0 + entry % TILE_K4 * 4u;
        let y = windowY[1] + ky;
        let x = windowX[1] + kx;
        var four = vec4<f32>();
        if (firstM + entry / TILE_K4 < p.m && k < p.k && y >= 0 && y < p.height && x >= 0 && x < p.width) {
          four = fourOfA(((image[1] * u32(p.height) + u32(y)) * u32(p.width) + u32(x)) * p.k, k);
        }
        tileA[entry / TILE_K4][entry % TILE_K4] = vec4<Factor>(four);
      }
      {
        let entry = local + 2u * THREADS;
        let k = k0 + entry % TILE_K4 * 4u;
        let y = windowY[2] + ky;
        let x = windowX[2] + kx;
        var four = vec4<f32>();
        if (firstM + entry / TILE_K4 < p.m && k < p.k && y >= 0 && y < p.height && x >= 0 && x < p.width) {
          four = fourOfA(((image[2] * u32(p.height) + u32(y)) * u32(p.width) + u32(x)) * p.k, k);
        }
        tileA[entry / TILE_K4][entry % TILE_K4] = vec4<Factor>(four);
      }
      {
        let entry = local + 3u * THREADS;
        let k = k0 + entry % TILE_K4 * 4u;
        let y = windowY[3] + ky;
        let x = windowX[3] + kx;
        var four = vec4<f32>();
        if (firstM + entry / TILE_K4 < p.m && k < p.k && y >= 0 && y < p.height && x >= 0 && x < p.width) {
          four = fourOfA(((image[3] * u32(p.height) + u32(y)) * u32(p.width) + u32(x)) * p.k, k);
        }
        tileA[entry / TILE_K4][entry % TILE_K4] = vec4<Factor>(four);
      }

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
        rows[0][0] = vec4<Factor>(tileB[k4 * 4u][lid.x]);
        rows[1][0] = vec4<Factor>(tileB[k4 * 4u][lid.x + THREADS_N]);
        rows[0][1] = vec4<Factor>(tileB[k4 * 4u + 1u][lid.x]);
        rows[1][1] = vec4<Factor>(tileB[k4 * 4u + 1u][lid.x + THREADS_N]);
        rows[0][2] = vec4<Factor>(tileB[k4 * 4u + 2u][lid.x]);
        rows[1][2] = vec4<Factor>(tileB[k4 * 4u + 2u][lid.x + THREADS_N]);
        rows[0][3] = vec4<Factor>(tileB[k4 * 4u + 3u][lid.x]);
        rows[1][3] = vec4<Factor>(tileB[k4 * 4u + 3u][lid.x + THREADS_N]);
        {
          let four = tileA[lid.y * ROWS][k4];
          sums[0][0] += vec4<f32>(four.x * rows[0][0] + four.y * rows[0][1] + four.z * rows[0][2] + four.w * rows[0][3]);
          sums[1][0] += vec4<f32>(four.x * rows[1][0] + four.y * rows[1][1] + four.z * rows[1][2] + four.w * rows[1][3]);
        }
        {
          let four = tileA[lid.y * ROWS + 1u][k4];
          sums[0][1] += vec4<f32>(four.x * rows[0][0] + four.y * rows[0][1] + four.z * rows[0][2] + four.w * rows[0][3]);
          sums[1][1] += vec4<f32>(four.x * rows[1][0] + four.y * rows[1][1] + four.z * rows[1][2] + four.w * rows[1][3]);
        }
        {
          let four = tileA[lid.y * ROWS + 2u][k4];
          sums[0][2] += vec4<f32>(four.x * rows[0][0] + four.y * rows[0][1] + four.z * rows[0][2] + four.w * rows[0][3]);
          sums[1][2] += vec4<f32>(four.x * rows[1][0] + four.y * rows[1][1] + four.z * rows[1][2] + four.w * rows[1][3]);
        }
        {
          let four = tileA[lid.y * ROWS + 3u][k4];
          sums[0][3] += vec4<f32>(four.x * rows[0][0] + four.y * rows[0][1] + four.z * rows[0][2] + four.w * rows[0][3]);
          sums[1][3] += vec4<f32>(four.x * rows[1][0] + four.y * rows[1][1] + four.z * rows[1][2] + four.w * rows[1][3]);
        }
        {
          let four = tileA[lid.y * ROWS + 4u][k4];
          sums[0][4] += vec4<f32>(four.x * rows[0][0] + four.y * rows[0][1] + four.z * rows[0][2] + four.w * rows[0][3]);
          sums[1][4] += vec4<f32>(four.x * rows[1][0] + four.y * rows[1][1] + four.z * rows[1][2] + four.w * rows[1][3]);
        }
        {
          let four = tileA[lid.y * ROWS + 5u][k4];
          sums[0][5] += vec4<f32>(four.x * rows[0][0] + four.y * rows[0][1] + four.z * rows[0][2] + four.w * rows[0][3]);
          sums[1][5] += vec4<f32>(four.x * rows[1][0] + four.y * rows[1][1] + four.z * rows[1][2] + four.w * rows[1][3]);
        }
        {
          let four = tileA[lid.y * ROWS + 6u][k4];
          sums[0][6] += vec4<f32>(four.x * rows[0][0] + four.y * rows[0][1] + four.z * rows[0][2] + four.w * rows[0][3]);
          sums[1][6] += vec4<f32>(four.x * rows[1][0] + four.y * rows[1][1] + four.z * rows[1][2] + four.w * rows[1][3]);
        }
        {
          let four = tileA[lid.y * ROWS + 7u][k4];
          sums[0][7] += vec4<f32>(four.x * rows[0][0] + four.y * rows[0][1] + four.z * rows[0][2] + four.w * rows[0][3]);
          sums[1][7] += vec4<f32>(four.x * rows[1][0] + four.y * rows[1][1] + four.z * rows[1][2] + four.w * rows[1][3]);
        }
      }
      workgroupBarrier();
    }
  }

  // 6 finish and store, row by row: the sums turn round, so that the current row's are always at 0
  {
    let n = firstN + (lid.x) * 4u;
    let added = biasOf(n, 0u);
    let addedToGate = biasOf(n, p.n * (GATES - 1u));
    for (var r = 0u; r < ROWS * one; r++) {
      let m = firstM + lid.y * ROWS + r;
      if (m < p.m && n < p.n) {
        var value = sums[0][0] * p.alpha + added;
        if (GATHER && p.hasPerImage != 0u) { value += perImageOf(n, m / p.outPixels * p.n); }
        if (GATES == 2u) {
          value *= activate(sums[RESULTS % COLUMNS][0] * p.alpha + addedToGate);
        } else {
          value = activate(value);
        }
        store(p.outOffset + batch * p.outBatch + m * p.outStride + n, n, value);
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
    }
  }
  {
    let n = firstN + (lid.x + THREADS_N) * 4u;
    let added = biasOf(n, 0u);
    let addedToGate = biasOf(n, p.n * (GATES - 1u));
    for (var r = 0u; r < ROWS * one; r++) {
      let m = firstM + lid.y * ROWS + r;
      if (m < p.m && n < p.n) {
        var value = sums[1][0] * p.alpha + added;
        if (GATHER && p.hasPerImage != 0u) { value += perImageOf(n, m / p.outPixels * p.n); }
        if (GATES == 2u) {
          value *= activate(sums[(1u + RESULTS) % COLUMNS][0] * p.alpha + addedToGate);
        } else {
          value = activate(value);
        }
        store(p.outOffset + batch * p.outBatch + m * p.outStride + n, n, value);
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
