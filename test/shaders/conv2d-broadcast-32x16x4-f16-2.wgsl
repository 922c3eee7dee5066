enable subgroups;
// Matrix product by exchange within subgroups, without workgroup memory:
//
//   s[m, n] = alpha · Σ_k A[m, k] · B[k, n] + bias[n]
//   out[m, n] = activation(s[m, n] + perImage[image, n]) + residual[m, n]
//   out[m, n] = s[m, n] · activation(s[m, N + n]) + residual[m, n], if gated
//
// A is stored row by row, or *gathered* from an image (an implicit im2col): row m is then an output
// pixel, and the sum runs over the taps of the window outside and over channels inside.
//
//                      thread 0  1  2 …            one column of B each; with COLUMNS > 1
//                            │  │  │               the next lies THREADS further right
//                            ▼  ▼  ▼
//   k0 … k0+LANES−1        ┌──┬──┬──┬───
//   ┌─┬─┬─┬─┐              │  │  │  │   LANES numbers of B's column, read by its thread
//   │0│1│2│3│  row m of A: └──┴──┴──┴───
//   └─┴─┴─┴─┘  lane j reads number j and hands it to all others (subgroupBroadcast)
//
// A thread keeps the sums of ROWS rows, which all threads of the workgroup share, and of COLUMNS
// columns. A row costs one load per LANES multiply-adds. On a CPU, where each lane of a load is an
// access of its own, that is a quarter of what tiles in workgroup memory cost.
//
// Needs subgroups of at least LANES threads. Where LANES does not divide k (TAIL), lanes past the
// end multiply the last numbers of B by zero.

const THREADS = 32u; // of a workgroup, at least LANES
const ROWS = 16u; // rows that a thread keeps sums of
const COLUMNS = 4u; // columns of B that it keeps sums of
const LANES = 8u; // threads that exchange numbers: 4 or 8
const TAIL = false; // LANES does not divide k
const GATES = 1u; // columns of B for one of out: 2 if gated
const GATHER = true; // A is gathered from an image
const TRANSPOSE_B = true; // B is stored as [n, k]
const VEC_B = true; // b is bound as vec4, along k
const PACKED_B = true; // b holds f16 in pairs
alias StoredA = f32;
alias StoredB = vec2<u32>;
alias StoredOut = f32;
alias Value = f32;

const RESULTS = COLUMNS / GATES; // columns of out of a thread

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

// Numbers i … i + 3 of b; i is divisible by 4.
fn fourOfB(i: u32) -> vec4<f32> {
  let four = b[i / 4u];
  return vec4<f32>(unpack2x16float(four.x), unpack2x16float(four.y));
}

// Activations: silu x·σ(x), gelu x·Φ(x), its tanh approximation, quick-GELU x·σ(1.702 x).
// ACTIVATION = none
fn activate(x: Value) -> Value {
  return x;
}

@compute @workgroup_size(THREADS)
fn main(
  @builtin(local_invocation_index) local: u32,
  @builtin(workgroup_id) wid: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  // 1 which rows are this workgroup's, and which columns this thread's; what lies past the last one
  //   repeats it and is not stored
  let index = wid.x + wid.y * groups.x;
  let firstM = index / p.tilesN * ROWS;
  let firstN = index % p.tilesN * (THREADS * RESULTS) + local;
  let batch = wid.z;
  let own = lane % LANES;
  var atA: array<u32, ROWS>; // this lane's first number of the row, or its image's first row
  var windowY: array<i32, ROWS>;
  var windowX: array<i32, ROWS>;
  {
    let m = min(firstM, p.m - 1u);
    if (GATHER) {
      let pixel = m % p.outPixels;
      atA[0] = m / p.outPixels * u32(p.height);
      windowY[0] = i32(pixel / p.outWidth) * p.stride - p.top;
      windowX[0] = i32(pixel % p.outWidth) * p.stride - p.left;
    } else {
      atA[0] = p.aOffset + batch * p.aBatch + m * p.aStride + own;
    }
  }
  {
    let m = min(firstM + 1u, p.m - 1u);
    if (GATHER) {
      let pixel = m % p.outPixels;
      atA[1] = m / p.outPixels * u32(p.height);
      windowY[1] = i32(pixel / p.outWidth) * p.stride - p.top;
      windowX[1] = i32(pixel % p.outWidth) * p.stride - p.left;
    } else {
      atA[1] = p.aOffset + batch * p.aBatch + m * p.aStride + own;
    }
  }
  {
    let m = min(firstM + 2u, p.m - 1u);
    if (GATHER) {
      let pixel = m % p.outPixels;
      atA[2] = m / p.outPixels * u32(p.height);
      windowY[2] = i32(pixel / p.outWidth) * p.stride - p.top;
      windowX[2] = i32(pixel % p.outWidth) * p.stride - p.left;
    } else {
      atA[2] = p.aOffset + batch * p.aBatch + m * p.aStride + own;
    }
  }
  {
    let m = min(firstM + 3u, p.m - 1u);
    if (GATHER) {
      let pixel = m % p.outPixels;
      atA[3] = m / p.outPixels * u32(p.height);
      windowY[3] = i32(pixel / p.outWidth) * p.stride - p.top;
      windowX[3] = i32(pixel % p.outWidth) * p.stride - p.left;
    } else {
      atA[3] = p.aOffset + batch * p.aBatch + m * p.aStride + own;
    }
  }
  {
    let m = min(firstM + 4u, p.m - 1u);
    if (GATHER) {
      let pixel = m % p.outPixels;
      atA[4] = m / p.outPixels * u32(p.height);
      windowY[4] = i32(pixel / p.outWidth) * p.stride - p.top;
      windowX[4] = i32(pixel % p.outWidth) * p.stride - p.left;
    } else {
      atA[4] = p.aOffset + batch * p.aBatch + m * p.aStride + own;
    }
  }
  {
    let m = min(firstM + 5u, p.m - 1u);
    if (GATHER) {
      let pixel = m % p.outPixels;
      atA[5] = m / p.outPixels * u32(p.height);
      windowY[5] = i32(pixel / p.outWidth) * p.stride - p.top;
      windowX[5] = i32(pixel % p.outWidth) * p.stride - p.left;
    } else {
      atA[5] = p.aOffset + batch * p.aBatch + m * p.aStride + own;
    }
  }
  {
    let m = min(firstM + 6u, p.m - 1u);
    if (GATHER) {
      let pixel = m % p.outPixels;
      atA[6] = m / p.outPixels * u32(p.height);
      windowY[6] = i32(pixel / p.outWidth) * p.stride - p.top;
      windowX[6] = i32(pixel % p.outWidth) * p.stride - p.left;
    } else {
      atA[6] = p.aOffset + batch * p.aBatch + m * p.aStride + own;
    }
  }
  {
    let m = min(firstM + 7u, p.m - 1u);
    if (GATHER) {
      let pixel = m % p.outPixels;
      atA[7] = m / p.outPixels * u32(p.height);
      windowY[7] = i32(pixel / p.outWidth) * p.stride - p.top;
      windowX[7] = i32(pixel % p.outWidth) * p.stride - p.left;
    } else {
      atA[7] = p.aOffset + batch * p.aBatch + m * p.aStride + own;
    }
  }
  {
    let m = min(firstM + 8u, p.m - 1u);
    if (GATHER) {
      let pixel = m % p.outPixels;
      atA[8] = m / p.outPixels * u32(p.height);
      windowY[8] = i32(pixel / p.outWidth) * p.stride - p.top;
      windowX[8] = i32(pixel % p.outWidth) * p.stride - p.left;
    } else {
      atA[8] = p.aOffset + batch * p.aBatch + m * p.aStride + own;
    }
  }
  {
    let m = min(firstM + 9u, p.m - 1u);
    if (GATHER) {
      let pixel = m % p.outPixels;
      atA[9] = m / p.outPixels * u32(p.height);
      windowY[9] = i32(pixel / p.outWidth) * p.stride - p.top;
      windowX[9] = i32(pixel % p.outWidth) * p.stride - p.left;
    } else {
      atA[9] = p.aOffset + batch * p.aBatch + m * p.aStride + own;
    }
  }
  {
    let m = min(firstM + 10u, p.m - 1u);
    if (GATHER) {
      let pixel = m % p.outPixels;
      atA[10] = m / p.outPixels * u32(p.height);
      windowY[10] = i32(pixel / p.outWidth) * p.stride - p.top;
      windowX[10] = i32(pixel % p.outWidth) * p.stride - p.left;
    } else {
      atA[10] = p.aOffset + batch * p.aBatch + m * p.aStride + own;
    }
  }
  {
    let m = min(firstM + 11u, p.m - 1u);
    if (GATHER) {
      let pixel = m % p.outPixels;
      atA[11] = m / p.outPixels * u32(p.height);
      windowY[11] = i32(pixel / p.outWidth) * p.stride - p.top;
      windowX[11] = i32(pixel % p.outWidth) * p.stride - p.left;
    } else {
      atA[11] = p.aOffset + batch * p.aBatch + m * p.aStride + own;
    }
  }
  {
    let m = min(firstM + 12u, p.m - 1u);
    if (GATHER) {
      let pixel = m % p.outPixels;
      atA[12] = m / p.outPixels * u32(p.height);
      windowY[12] = i32(pixel / p.outWidth) * p.stride - p.top;
      windowX[12] = i32(pixel % p.outWidth) * p.stride - p.left;
    } else {
      atA[12] = p.aOffset + batch * p.aBatch + m * p.aStride + own;
    }
  }
  {
    let m = min(firstM + 13u, p.m - 1u);
    if (GATHER) {
      let pixel = m % p.outPixels;
      atA[13] = m / p.outPixels * u32(p.height);
      windowY[13] = i32(pixel / p.outWidth) * p.stride - p.top;
      windowX[13] = i32(pixel % p.outWidth) * p.stride - p.left;
    } else {
      atA[13] = p.aOffset + batch * p.aBatch + m * p.aStride + own;
    }
  }
  {
    let m = min(firstM + 14u, p.m - 1u);
    if (GATHER) {
      let pixel = m % p.outPixels;
      atA[14] = m / p.outPixels * u32(p.height);
      windowY[14] = i32(pixel / p.outWidth) * p.stride - p.top;
      windowX[14] = i32(pixel % p.outWidth) * p.stride - p.left;
    } else {
      atA[14] = p.aOffset + batch * p.aBatch + m * p.aStride + own;
    }
  }
  {
    let m = min(firstM + 15u, p.m - 1u);
    if (GATHER) {
      let pixel = m % p.outPixels;
      atA[15] = m / p.outPixels * u32(p.height);
      windowY[15] = i32(pixel / p.outWidth) * p.stride - p.top;
      windowX[15] = i32(pixel % p.outWidth) * p.stride - p.left;
    } else {
      atA[15] = p.aOffset + batch * p.aBatch + m * p.aStride + own;
    }
  }
  var atB: array<u32, COLUMNS>;
  {
    let n = min(firstN + 0u % RESULTS * THREADS, p.n - 1u) + 0u / RESULTS * p.n;
    atB[0] = p.bOffset + batch * p.bBatch + n * select(1u, p.bStride, TRANSPOSE_B);
  }
  {
    let n = min(firstN + 1u % RESULTS * THREADS, p.n - 1u) + 1u / RESULTS * p.n;
    atB[1] = p.bOffset + batch * p.bBatch + n * select(1u, p.bStride, TRANSPOSE_B);
  }
  {
    let n = min(firstN + 2u % RESULTS * THREADS, p.n - 1u) + 2u / RESULTS * p.n;
    atB[2] = p.bOffset + batch * p.bBatch + n * select(1u, p.bStride, TRANSPOSE_B);
  }
  {
    let n = min(firstN + 3u % RESULTS * THREADS, p.n - 1u) + 3u / RESULTS * p.n;
    atB[3] = p.bOffset + batch * p.bBatch + n * select(1u, p.bStride, TRANSPOSE_B);
  }

  var sums: array<array<f32, ROWS>, COLUMNS>;
  for (var tap = 0u; tap < p.taps; tap++) {
    // 2 where this tap's pixel of each row lies, and whether in the image
    var start: array<u32, ROWS>;
    var inside: array<bool, ROWS>;
    let ky = i32(tap / p.kw);
    let kx = i32(tap % p.kw);
    {
      let y = windowY[0] + ky;
      let x = windowX[0] + kx;
      inside[0] = y >= 0 && y < p.height && x >= 0 && x < p.width;
      start[0] = select(0u, ((atA[0] + u32(y)) * u32(p.width) + u32(x)) * p.k, inside[0]) + own;
    }
    {
      let y = windowY[1] + ky;
      let x = windowX[1] + kx;
      inside[1] = y >= 0 && y < p.height && x >= 0 && x < p.width;
      start[1] = select(0u, ((atA[1] + u32(y)) * u32(p.width) + u32(x)) * p.k, inside[1]) + own;
    }
    {
      let y = windowY[2] + ky;
      let x = windowX[2] + kx;
      inside[2] = y >= 0 && y < p.height && x >= 0 && x < p.width;
      start[2] = select(0u, ((atA[2] + u32(y)) * u32(p.width) + u32(x)) * p.k, inside[2]) + own;
    }
    {
      let y = windowY[3] + ky;
      let x = windowX[3] + kx;
      inside[3] = y >= 0 && y < p.height && x >= 0 && x < p.width;
      start[3] = select(0u, ((atA[3] + u32(y)) * u32(p.width) + u32(x)) * p.k, inside[3]) + own;
    }
    {
      let y = windowY[4] + ky;
      let x = windowX[4] + kx;
      inside[4] = y >= 0 && y < p.height && x >= 0 && x < p.width;
      start[4] = select(0u, ((atA[4] + u32(y)) * u32(p.width) + u32(x)) * p.k, inside[4]) + own;
    }
    {
      let y = windowY[5] + ky;
      let x = windowX[5] + kx;
      inside[5] = y >= 0 && y < p.height && x >= 0 && x < p.width;
      start[5] = select(0u, ((atA[5] + u32(y)) * u32(p.width) + u32(x)) * p.k, inside[5]) + own;
    }
    {
      let y = windowY[6] + ky;
      let x = windowX[6] + kx;
      inside[6] = y >= 0 && y < p.height && x >= 0 && x < p.width;
      start[6] = select(0u, ((atA[6] + u32(y)) * u32(p.width) + u32(x)) * p.k, inside[6]) + own;
    }
    {
      let y = windowY[7] + ky;
      let x = windowX[7] + kx;
      inside[7] = y >= 0 && y < p.height && x >= 0 && x < p.width;
      start[7] = select(0u, ((atA[7] + u32(y)) * u32(p.width) + u32(x)) * p.k, inside[7]) + own;
    }
    {
      let y = windowY[8] + ky;
      let x = windowX[8] + kx;
      inside[8] = y >= 0 && y < p.height && x >= 0 && x < p.width;
      start[8] = select(0u, ((atA[8] + u32(y)) * u32(p.width) + u32(x)) * p.k, inside[8]) + own;
    }
    {
      let y = windowY[9] + ky;
      let x = windowX[9] + kx;
      inside[9] = y >= 0 && y < p.height && x >= 0 && x < p.width;
      start[9] = select(0u, ((atA[9] + u32(y)) * u32(p.width) + u32(x)) * p.k, inside[9]) + own;
    }
    {
      let y = windowY[10] + ky;
      let x = windowX[10] + kx;
      inside[10] = y >= 0 && y < p.height && x >= 0 && x < p.width;
      start[10] = select(0u, ((atA[10] + u32(y)) * u32(p.width) + u32(x)) * p.k, inside[10]) + own;
    }
    {
      let y = windowY[11] + ky;
      let x = windowX[11] + kx;
      inside[11] = y >= 0 && y < p.height && x >= 0 && x < p.width;
      start[11] = select(0u, ((atA[11] + u32(y)) * u32(p.width) + u32(x)) * p.k, inside[11]) + own;
    }
    {
      let y = windowY[12] + ky;
      let x = windowX[12] + kx;
      inside[12] = y >= 0 && y < p.height && x >= 0 && x < p.width;
      start[12] = select(0u, ((atA[12] + u32(y)) * u32(p.width) + u32(x)) * p.k, inside[12]) + own;
    }
    {
      let y = windowY[13] + ky;
      let x = windowX[13] + kx;
      inside[13] = y >= 0 && y < p.height && x >= 0 && x < p.width;
      start[13] = select(0u, ((atA[13] + u32(y)) * u32(p.width) + u32(x)) * p.k, inside[13]) + own;
    }
    {
      let y = windowY[14] + ky;
      let x = windowX[14] + kx;
      inside[14] = y >= 0 && y < p.height && x >= 0 && x < p.width;
      start[14] = select(0u, ((atA[14] + u32(y)) * u32(p.width) + u32(x)) * p.k, inside[14]) + own;
    }
    {
      let y = windowY[15] + ky;
      let x = windowX[15] + kx;
      inside[15] = y >= 0 && y < p.height && x >= 0 && x < p.width;
      start[15] = select(0u, ((atA[15] + u32(y)) * u32(p.width) + u32(x)) * p.k, inside[15]) + own;
    }
    for (var k0 = 0u; k0 < p.k; k0 += LANES) {
      // 3 each lane reads one number of every row
      var mine: array<f32, ROWS>;
      {
        let counts = (!GATHER || inside[0]) && (!TAIL || k0 + own < p.k);
        mine[0] = select(0.0, a[start[0] + k0], counts);
      }
      {
        let counts = (!GATHER || inside[1]) && (!TAIL || k0 + own < p.k);
        mine[1] = select(0.0, a[start[1] + k0], counts);
      }
      {
        let counts = (!GATHER || inside[2]) && (!TAIL || k0 + own < p.k);
        mine[2] = select(0.0, a[start[2] + k0], counts);
      }
      {
        let counts = (!GATHER || inside[3]) && (!TAIL || k0 + own < p.k);
        mine[3] = select(0.0, a[start[3] + k0], counts);
      }
      {
        let counts = (!GATHER || inside[4]) && (!TAIL || k0 + own < p.k);
        mine[4] = select(0.0, a[start[4] + k0], counts);
      }
      {
        let counts = (!GATHER || inside[5]) && (!TAIL || k0 + own < p.k);
        mine[5] = select(0.0, a[start[5] + k0], counts);
      }
      {
        let counts = (!GATHER || inside[6]) && (!TAIL || k0 + own < p.k);
        mine[6] = select(0.0, a[start[6] + k0], counts);
      }
      {
        let counts = (!GATHER || inside[7]) && (!TAIL || k0 + own < p.k);
        mine[7] = select(0.0, a[start[7] + k0], counts);
      }
      {
        let counts = (!GATHER || inside[8]) && (!TAIL || k0 + own < p.k);
        mine[8] = select(0.0, a[start[8] + k0], counts);
      }
      {
        let counts = (!GATHER || inside[9]) && (!TAIL || k0 + own < p.k);
        mine[9] = select(0.0, a[start[9] + k0], counts);
      }
      {
        let counts = (!GATHER || inside[10]) && (!TAIL || k0 + own < p.k);
        mine[10] = select(0.0, a[start[10] + k0], counts);
      }
      {
        let counts = (!GATHER || inside[11]) && (!TAIL || k0 + own < p.k);
        mine[11] = select(0.0, a[start[11] + k0], counts);
      }
      {
        let counts = (!GATHER || inside[12]) && (!TAIL || k0 + own < p.k);
        mine[12] = select(0.0, a[start[12] + k0], counts);
      }
      {
        let counts = (!GATHER || inside[13]) && (!TAIL || k0 + own < p.k);
        mine[13] = select(0.0, a[start[13] + k0], counts);
      }
      {
        let counts = (!GATHER || inside[14]) && (!TAIL || k0 + own < p.k);
        mine[14] = select(0.0, a[start[14] + k0], counts);
      }
      {
        let counts = (!GATHER || inside[15]) && (!TAIL || k0 + own < p.k);
        mine[15] = select(0.0, a[start[15] + k0], counts);
      }
      // 4 and LANES numbers of its own columns
      var bk: array<array<vec4<f32>, LANES / 4u>, COLUMNS>;
      bk[0][0] = fourOfColumn(atB[0], tap * p.k, k0);
      bk[0][1] = fourOfColumn(atB[0], tap * p.k, k0 + 4u);
      bk[1][0] = fourOfColumn(atB[1], tap * p.k, k0);
      bk[1][1] = fourOfColumn(atB[1], tap * p.k, k0 + 4u);
      bk[2][0] = fourOfColumn(atB[2], tap * p.k, k0);
      bk[2][1] = fourOfColumn(atB[2], tap * p.k, k0 + 4u);
      bk[3][0] = fourOfColumn(atB[3], tap * p.k, k0);
      bk[3][1] = fourOfColumn(atB[3], tap * p.k, k0 + 4u);
      // 5 every number goes round and is multiplied
      {
        let ak = subgroupBroadcast(mine[0], 0u);
        sums[0][0] = fma(ak, bk[0][0][0], sums[0][0]);
        sums[1][0] = fma(ak, bk[1][0][0], sums[1][0]);
        sums[2][0] = fma(ak, bk[2][0][0], sums[2][0]);
        sums[3][0] = fma(ak, bk[3][0][0], sums[3][0]);
      }
      {
        let ak = subgroupBroadcast(mine[0], 1u);
        sums[0][0] = fma(ak, bk[0][0][1], sums[0][0]);
        sums[1][0] = fma(ak, bk[1][0][1], sums[1][0]);
        sums[2][0] = fma(ak, bk[2][0][1], sums[2][0]);
        sums[3][0] = fma(ak, bk[3][0][1], sums[3][0]);
      }
      {
        let ak = subgroupBroadcast(mine[0], 2u);
        sums[0][0] = fma(ak, bk[0][0][2], sums[0][0]);
        sums[1][0] = fma(ak, bk[1][0][2], sums[1][0]);
        sums[2][0] = fma(ak, bk[2][0][2], sums[2][0]);
        sums[3][0] = fma(ak, bk[3][0][2], sums[3][0]);
      }
      {
        let ak = subgroupBroadcast(mine[0], 3u);
        sums[0][0] = fma(ak, bk[0][0][3], sums[0][0]);
        sums[1][0] = fma(ak, bk[1][0][3], sums[1][0]);
        sums[2][0] = fma(ak, bk[2][0][3], sums[2][0]);
        sums[3][0] = fma(ak, bk[3][0][3], sums[3][0]);
      }
      {
        let ak = subgroupBroadcast(mine[0], 4u);
        sums[0][0] = fma(ak, bk[0][1][0], sums[0][0]);
        sums[1][0] = fma(ak, bk[1][1][0], sums[1][0]);
        sums[2][0] = fma(ak, bk[2][1][0], sums[2][0]);
        sums[3][0] = fma(ak, bk[3][1][0], sums[3][0]);
      }
      {
        let ak = subgroupBroadcast(mine[0], 5u);
        sums[0][0] = fma(ak, bk[0][1][1], sums[0][0]);
        sums[1][0] = fma(ak, bk[1][1][1], sums[1][0]);
        sums[2][0] = fma(ak, bk[2][1][1], sums[2][0]);
        sums[3][0] = fma(ak, bk[3][1][1], sums[3][0]);
      }
      {
        let ak = subgroupBroadcast(mine[0], 6u);
        sums[0][0] = fma(ak, bk[0][1][2], sums[0][0]);
        sums[1][0] = fma(ak, bk[1][1][2], sums[1][0]);
        sums[2][0] = fma(ak, bk[2][1][2], sums[2][0]);
        sums[3][0] = fma(ak, bk[3][1][2], sums[3][0]);
      }
      {
        let ak = subgroupBroadcast(mine[0], 7u);
        sums[0][0] = fma(ak, bk[0][1][3], sums[0][0]);
        sums[1][0] = fma(ak, bk[1][1][3], sums[1][0]);
        sums[2][0] = fma(ak, bk[2][1][3], sums[2][0]);
        sums[3][0] = fma(ak, bk[3][1][3], sums[3][0]);
      }
      {
        let ak = subgroupBroadcast(mine[1], 0u);
        sums[0][1] = fma(ak, bk[0][0][0], sums[0][1]);
        sums[1][1] = fma(ak, bk[1][0][0], sums[1][1]);
        sums[2][1] = fma(ak, bk[2][0][0], sums[2][1]);
        sums[3][1] = fma(ak, bk[3][0][0], sums[3][1]);
      }
      {
        let ak = subgroupBroadcast(mine[1], 1u);
        sums[0][1] = fma(ak, bk[0][0][1], sums[0][1]);
        sums[1][1] = fma(ak, bk[1][0][1], sums[1][1]);
        sums[2][1] = fma(ak, bk[2][0][1], sums[2][1]);
        sums[3][1] = fma(ak, bk[3][0][1], sums[3][1]);
      }
      {
        let ak = subgroupBroadcast(mine[1], 2u);
        sums[0][1] = fma(ak, bk[0][0][2], sums[0][1]);
        sums[1][1] = fma(ak, bk[1][0][2], sums[1][1]);
        sums[2][1] = fma(ak, bk[2][0][2], sums[2][1]);
        sums[3][1] = fma(ak, bk[3][0][2], sums[3][1]);
      }
      {
        let ak = subgroupBroadcast(mine[1], 3u);
        sums[0][1] = fma(ak, bk[0][0][3], sums[0][1]);
        sums[1][1] = fma(ak, bk[1][0][3], sums[1][1]);
        sums[2][1] = fma(ak, bk[2][0][3], sums[2][1]);
        sums[3][1] = fma(ak, bk[3][0][3], sums[3][1]);
      }
      {
        let ak = subgroupBroadcast(mine[1], 4u);
        sums[0][1] = fma(ak, bk[0][1][0], sums[0][1]);
        sums[1][1] = fma(ak, bk[1][1][0], sums[1][1]);
        sums[2][1] = fma(ak, bk[2][1][0], sums[2][1]);
        sums[3][1] = fma(ak, bk[3][1][0], sums[3][1]);
      }
      {
        let ak = subgroupBroadcast(mine[1], 5u);
        sums[0][1] = fma(ak, bk[0][1][1], sums[0][1]);
        sums[1][1] = fma(ak, bk[1][1][1], sums[1][1]);
        sums[2][1] = fma(ak, bk[2][1][1], sums[2][1]);
        sums[3][1] = fma(ak, bk[3][1][1], sums[3][1]);
      }
      {
        let ak = subgroupBroadcast(mine[1], 6u);
        sums[0][1] = fma(ak, bk[0][1][2], sums[0][1]);
        sums[1][1] = fma(ak, bk[1][1][2], sums[1][1]);
        sums[2][1] = fma(ak, bk[2][1][2], sums[2][1]);
        sums[3][1] = fma(ak, bk[3][1][2], sums[3][1]);
      }
      {
        let ak = subgroupBroadcast(mine[1], 7u);
        sums[0][1] = fma(ak, bk[0][1][3], sums[0][1]);
        sums[1][1] = fma(ak, bk[1][1][3], sums[1][1]);
        sums[2][1] = fma(ak, bk[2][1][3], sums[2][1]);
        sums[3][1] = fma(ak, bk[3][1][3], sums[3][1]);
      }
      {
        let ak = subgroupBroadcast(mine[2], 0u);
        sums[0][2] = fma(ak, bk[0][0][0], sums[0][2]);
        sums[1][2] = fma(ak, bk[1][0][0], sums[1][2]);
        sums[2][2] = fma(ak, bk[2][0][0], sums[2][2]);
        sums[3][2] = fma(ak, bk[3][0][0], sums[3][2]);
      }
      {
        let ak = subgroupBroadcast(mine[2], 1u);
        sums[0][2] = fma(ak, bk[0][0][1], sums[0][2]);
        sums[1][2] = fma(ak, bk[1][0][1], sums[1][2]);
        sums[2][2] = fma(ak, bk[2][0][1], sums[2][2]);
        sums[3][2] = fma(ak, bk[3][0][1], sums[3][2]);
      }
      {
        let ak = subgroupBroadcast(mine[2], 2u);
        sums[0][2] = fma(ak, bk[0][0][2], sums[0][2]);
        sums[1][2] = fma(ak, bk[1][0][2], sums[1][2]);
        sums[2][2] = fma(ak, bk[2][0][2], sums[2][2]);
        sums[3][2] = fma(ak, bk[3][0][2], sums[3][2]);
      }
      {
        let ak = subgroupBroadcast(mine[2], 3u);
        sums[0][2] = fma(ak, bk[0][0][3], sums[0][2]);
        sums[1][2] = fma(ak, bk[1][0][3], sums[1][2]);
        sums[2][2] = fma(ak, bk[2][0][3], sums[2][2]);
        sums[3][2] = fma(ak, bk[3][0][3], sums[3][2]);
      }
      {
        let ak = subgroupBroadcast(mine[2], 4u);
        sums[0][2] = fma(ak, bk[0][1][0], sums[0][2]);
        sums[1][2] = fma(ak, bk[1][1][0], sums[1][2]);
        sums[2][2] = fma(ak, bk[2][1][0], sums[2][2]);
        sums[3][2] = fma(ak, bk[3][1][0], sums[3][2]);
      }
      {
        let ak = subgroupBroadcast(mine[2], 5u);
        sums[0][2] = fma(ak, bk[0][1][1], sums[0][2]);
        sums[1][2] = fma(ak, bk[1][1][1], sums[1][2]);
        sums[2][2] = fma(ak, bk[2][1][1], sums[2][2]);
        sums[3][2] = fma(ak, bk[3][1][1], sums[3][2]);
      }
      {
        let ak = subgroupBroadcast(mine[2], 6u);
        sums[0][2] = fma(ak, bk[0][1][2], sums[0][2]);
        sums[1][2] = fma(ak, bk[1][1][2], sums[1][2]);
        sums[2][2] = fma(ak, bk[2][1][2], sums[2][2]);
        sums[3][2] = fma(ak, bk[3][1][2], sums[3][2]);
      }
      {
        let ak = subgroupBroadcast(mine[2], 7u);
        sums[0][2] = fma(ak, bk[0][1][3], sums[0][2]);
        sums[1][2] = fma(ak, bk[1][1][3], sums[1][2]);
        sums[2][2] = fma(ak, bk[2][1][3], sums[2][2]);
        sums[3][2] = fma(ak, bk[3][1][3], sums[3][2]);
      }
      {
        let ak = subgroupBroadcast(mine[3], 0u);
        sums[0][3] = fma(ak, bk[0][0][0], sums[0][3]);
        sums[1][3] = fma(ak, bk[1][0][0], sums[1][3]);
        sums[2][3] = fma(ak, bk[2][0][0], sums[2][3]);
        sums[3][3] = fma(ak, bk[3][0][0], sums[3][3]);
      }
      {
        let ak = subgroupBroadcast(mine[3], 1u);
        sums[0][3] = fma(ak, bk[0][0][1], sums[0][3]);
        sums[1][3] = fma(ak, bk[1][0][1], sums[1][3]);
        sums[2][3] = fma(ak, bk[2][0][1], sums[2][3]);
        sums[3][3] = fma(ak, bk[3][0][1], sums[3][3]);
      }
      {
        let ak = subgroupBroadcast(mine[3], 2u);
        sums[0][3] = fma(ak, bk[0][0][2], sums[0][3]);
        sums[1][3] = fma(ak, bk[1][0][2], sums[1][3]);
        sums[2][3] = fma(ak, bk[2][0][2], sums[2][3]);
        sums[3][3] = fma(ak, bk[3][0][2], sums[3][3]);
      }
      {
        let ak = subgroupBroadcast(mine[3], 3u);
        sums[0][3] = fma(ak, bk[0][0][3], sums[0][3]);
        sums[1][3] = fma(ak, bk[1][0][3], sums[1][3]);
        sums[2][3] = fma(ak, bk[2][0][3], sums[2][3]);
        sums[3][3] = fma(ak, bk[3][0][3], sums[3][3]);
      }
      {
        let ak = subgroupBroadcast(mine[3], 4u);
        sums[0][3] = fma(ak, bk[0][1][0], sums[0][3]);
        sums[1][3] = fma(ak, bk[1][1][0], sums[1][3]);
        sums[2][3] = fma(ak, bk[2][1][0], sums[2][3]);
        sums[3][3] = fma(ak, bk[3][1][0], sums[3][3]);
      }
      {
        let ak = subgroupBroadcast(mine[3], 5u);
        sums[0][3] = fma(ak, bk[0][1][1], sums[0][3]);
        sums[1][3] = fma(ak, bk[1][1][1], sums[1][3]);
        sums[2][3] = fma(ak, bk[2][1][1], sums[2][3]);
        sums[3][3] = fma(ak, bk[3][1][1], sums[3][3]);
      }
      {
        let ak = subgroupBroadcast(mine[3], 6u);
        sums[0][3] = fma(ak, bk[0][1][2], sums[0][3]);
        sums[1][3] = fma(ak, bk[1][1][2], sums[1][3]);
        sums[2][3] = fma(ak, bk[2][1][2], sums[2][3]);
        sums[3][3] = fma(ak, bk[3][1][2], sums[3][3]);
      }
      {
        let ak = subgroupBroadcast(mine[3], 7u);
        sums[0][3] = fma(ak, bk[0][1][3], sums[0][3]);
        sums[1][3] = fma(ak, bk[1][1][3], sums[1][3]);
        sums[2][3] = fma(ak, bk[2][1][3], sums[2][3]);
        sums[3][3] = fma(ak, bk[3][1][3], sums[3][3]);
      }
      {
        let ak = subgroupBroadcast(mine[4], 0u);
        sums[0][4] = fma(ak, bk[0][0][0], sums[0][4]);
        sums[1][4] = fma(ak, bk[1][0][0], sums[1][4]);
        sums[2][4] = fma(ak, bk[2][0][0], sums[2][4]);
        sums[3][4] = fma(ak, bk[3][0][0], sums[3][4]);
      }
      {
        let ak = subgroupBroadcast(mine[4], 1u);
        sums[0][4] = fma(ak, bk[0][0][1], sums[0][4]);
        sums[1][4] = fma(ak, bk[1][0][1], sums[1][4]);
        sums[2][4] = fma(ak, bk[2][0][1], sums[2][4]);
        sums[3][4] = fma(ak, bk[3][0][1], sums[3][4]);
      }
      {
        let ak = subgroupBroadcast(mine[4], 2u);
        sums[0][4] = fma(ak, bk[0][0][2], sums[0][4]);
        sums[1][4] = fma(ak, bk[1][0][2], sums[1][4]);
        sums[2][4] = fma(ak, bk[2][0][2], sums[2][4]);
        sums[3][4] = fma(ak, bk[3][0][2], sums[3][4]);
      }
      {
        let ak = subgroupBroadcast(mine[4], 3u);
        sums[0][4] = fma(ak, bk[0][0][3], sums[0][4]);
        sums[1][4] = fma(ak, bk[1][0][3], sums[1][4]);
        sums[2][4] = fma(ak, bk[2][0][3], sums[2][4]);
        sums[3][4] = fma(ak, bk[3][0][3], sums[3][4]);
      }
      {
        let ak = subgroupBroadcast(mine[4], 4u);
        sums[0][4] = fma(ak, bk[0][1][0], sums[0][4]);
        sums[1][4] = fma(ak, bk[1][1][0], sums[1][4]);
        sums[2][4] = fma(ak, bk[2][1][0], sums[2][4]);
        sums[3][4] = fma(ak, bk[3][1][0], sums[3][4]);
      }
      {
        let ak = subgroupBroadcast(mine[4], 5u);
        sums[0][4] = fma(ak, bk[0][1][1], sums[0][4]);
        sums[1][4] = fma(ak, bk[1][1][1], sums[1][4]);
        sums[2][4] = fma(ak, bk[2][1][1], sums[2][4]);
        sums[3][4] = fma(ak, bk[3][1][1], sums[3][4]);
      }
      {
        let ak = subgroupBroadcast(mine[4], 6u);
        sums[0][4] = fma(ak, bk[0][1][2], sums[0][4]);
        sums[1][4] = fma(ak, bk[1][1][2], sums[1][4]);
        sums[2][4] = fma(ak, bk[2][1][2], sums[2][4]);
        sums[3][4] = fma(ak, bk[3][1][2], sums[3][4]);
      }
      {
        let ak = subgroupBroadcast(mine[4], 7u);
        sums[0][4] = fma(ak, bk[0][1][3], sums[0][4]);
        sums[1][4] = fma(ak, bk[1][1][3], sums[1][4]);
        sums[2][4] = fma(ak, bk[2][1][3], sums[2][4]);
        sums[3][4] = fma(ak, bk[3][1][3], sums[3][4]);
      }
      {
        let ak = subgroupBroadcast(mine[5], 0u);
        sums[0][5] = fma(ak, bk[0][0][0], sums[0][5]);
        sums[1][5] = fma(ak, bk[1][0][0], sums[1][5]);
        sums[2][5] = fma(ak, bk[2][0][0], sums[2][5]);
        sums[3][5] = fma(ak, bk[3][0][0], sums[3][5]);
      }
      {
        let ak = subgroupBroadcast(mine[5], 1u);
        sums[0][5] = fma(ak, bk[0][0][1], sums[0][5]);
        sums[1][5] = fma(ak, bk[1][0][1], sums[1][5]);
        sums[2][5] = fma(ak, bk[2][0][1], sums[2][5]);
        sums[3][5] = fma(ak, bk[3][0][1], sums[3][5]);
      }
      {
        let ak = subgroupBroadcast(mine[5], 2u);
        sums[0][5] = fma(ak, bk[0][0][2], sums[0][5]);
        sums[1][5] = fma(ak, bk[1][0][2], sums[1][5]);
        sums[2][5] = fma(ak, bk[2][0][2], sums[2][5]);
        sums[3][5] = fma(ak, bk[3][0][2], sums[3][5]);
      }
      {
        let ak = subgroupBroadcast(mine[5], 3u);
        sums[0][5] = fma(ak, bk[0][0][3], sums[0][5]);
        sums[1][5] = fma(ak, bk[1][0][3], sums[1][5]);
        sums[2][5] = fma(ak, bk[2][0][3], sums[2][5]);
        sums[3][5] = fma(ak, bk[3][0][3], sums[3][5]);
      }
      {
        let ak = subgroupBroadcast(mine[5], 4u);
        sums[0][5] = fma(ak, bk[0][1][0], sums[0][5]);
        sums[1][5] = fma(ak, bk[1][1][0], sums[1][5]);
        sums[2][5] = fma(ak, bk[2][1][0], sums[2][5]);
        sums[3][5] = fma(ak, bk[3][1][0], sums[3][5]);
      }
      {
        let ak = subgroupBroadcast(mine[5], 5u);
        sums[0][5] = fma(ak, bk[0][1][1], sums[0][5]);
        sums[1][5] = fma(ak, bk[1][1][1], sums[1][5]);
        sums[2][5] = fma(ak, bk[2][1][1], sums[2][5]);
        sums[3][5] = fma(ak, bk[3][1][1], sums[3][5]);
      }
      {
        let ak = subgroupBroadcast(mine[5], 6u);
        sums[0][5] = fma(ak, bk[0][1][2], sums[0][5]);
        sums[1][5] = fma(ak, bk[1][1][2], sums[1][5]);
        sums[2][5] = fma(ak, bk[2][1][2], sums[2][5]);
        sums[3][5] = fma(ak, bk[3][1][2], sums[3][5]);
      }
      {
        let ak = subgroupBroadcast(mine[5], 7u);
        sums[0][5] = fma(ak, bk[0][1][3], sums[0][5]);
        sums[1][5] = fma(ak, bk[1][1][3], sums[1][5]);
        sums[2][5] = fma(ak, bk[2][1][3], sums[2][5]);
        sums[3][5] = fma(ak, bk[3][1][3], sums[3][5]);
      }
      {
        let ak = subgroupBroadcast(mine[6], 0u);
        sums[0][6] = fma(ak, bk[0][0][0], sums[0][6]);
        sums[1][6] = fma(ak, bk[1][0][0], sums[1][6]);
        sums[2][6] = fma(ak, bk[2][0][0], sums[2][6]);
        sums[3][6] = fma(ak, bk[3][0][0], sums[3][6]);
      }
      {
        let ak = subgroupBroadcast(mine[6], 1u);
        sums[0][6] = fma(ak, bk[0][0][1], sums[0][6]);
        sums[1][6] = fma(ak, bk[1][0][1], sums[1][6]);
        sums[2][6] = fma(ak, bk[2][0][1], sums[2][6]);
        sums[3][6] = fma(ak, bk[3][0][1], sums[3][6]);
      }
      {
        let ak = subgroupBroadcast(mine[6], 2u);
        sums[0][6] = fma(ak, bk[0][0][2], sums[0][6]);
        sums[1][6] = fma(ak, bk[1][0][2], sums[1][6]);
        sums[2][6] = fma(ak, bk[2][0][2], sums[2][6]);
        sums[3][6] = fma(ak, bk[3][0][2], sums[3][6]);
      }
      {
        let ak = subgroupBroadcast(mine[6], 3u);
        sums[0][6] = fma(ak, bk[0][0][3], sums[0][6]);
        sums[1][6] = fma(ak, bk[1][0][3], sums[1][6]);
        sums[2][6] = fma(ak, bk[2][0][3], sums[2][6]);
        sums[3][6] = fma(ak, bk[3][0][3], sums[3][6]);
      }
      {
        let ak = subgroupBroadcast(mine[6], 4u);
        sums[0][6] = fma(ak, bk[0][1][0], sums[0][6]);
        sums[1][6] = fma(ak, bk[1][1][0], sums[1][6]);
        sums[2][6] = fma(ak, bk[2][1][0], sums[2][6]);
        sums[3][6] = fma(ak, bk[3][1][0], sums[3][6]);
      }
      {
        let ak = subgroupBroadcast(mine[6], 5u);
        sums[0][6] = fma(ak, bk[0][1][1], sums[0][6]);
        sums[1][6] = fma(ak, bk[1][1][1], sums[1][6]);
        sums[2][6] = fma(ak, bk[2][1][1], sums[2][6]);
        sums[3][6] = fma(ak, bk[3][1][1], sums[3][6]);
      }
      {
        let ak = subgroupBroadcast(mine[6], 6u);
        sums[0][6] = fma(ak, bk[0][1][2], sums[0][6]);
        sums[1][6] = fma(ak, bk[1][1][2], sums[1][6]);
        sums[2][6] = fma(ak, bk[2][1][2], sums[2][6]);
        sums[3][6] = fma(ak, bk[3][1][2], sums[3][6]);
      }
      {
        let ak = subgroupBroadcast(mine[6], 7u);
        sums[0][6] = fma(ak, bk[0][1][3], sums[0][6]);
        sums[1][6] = fma(ak, bk[1][1][3], sums[1][6]);
        sums[2][6] = fma(ak, bk[2][1][3], sums[2][6]);
        sums[3][6] = fma(ak, bk[3][1][3], sums[3][6]);
      }
      {
        let ak = subgroupBroadcast(mine[7], 0u);
        sums[0][7] = fma(ak, bk[0][0][0], sums[0][7]);
        sums[1][7] = fma(ak, bk[1][0][0], sums[1][7]);
        sums[2][7] = fma(ak, bk[2][0][0], sums[2][7]);
        sums[3][7] = fma(ak, bk[3][0][0], sums[3][7]);
      }
      {
        let ak = subgroupBroadcast(mine[7], 1u);
        sums[0][7] = fma(ak, bk[0][0][1], sums[0][7]);
        sums[1][7] = fma(ak, bk[1][0][1], sums[1][7]);
        sums[2][7] = fma(ak, bk[2][0][1], sums[2][7]);
        sums[3][7] = fma(ak, bk[3][0][1], sums[3][7]);
      }
      {
        let ak = subgroupBroadcast(mine[7], 2u);
        sums[0][7] = fma(ak, bk[0][0][2], sums[0][7]);
        sums[1][7] = fma(ak, bk[1][0][2], sums[1][7]);
        sums[2][7] = fma(ak, bk[2][0][2], sums[2][7]);
        sums[3][7] = fma(ak, bk[3][0][2], sums[3][7]);
      }
      {
        let ak = subgroupBroadcast(mine[7], 3u);
        sums[0][7] = fma(ak, bk[0][0][3], sums[0][7]);
        sums[1][7] = fma(ak, bk[1][0][3], sums[1][7]);
        sums[2][7] = fma(ak, bk[2][0][3], sums[2][7]);
        sums[3][7] = fma(ak, bk[3][0][3], sums[3][7]);
      }
      {
        let ak = subgroupBroadcast(mine[7], 4u);
        sums[0][7] = fma(ak, bk[0][1][0], sums[0][7]);
        sums[1][7] = fma(ak, bk[1][1][0], sums[1][7]);
        sums[2][7] = fma(ak, bk[2][1][0], sums[2][7]);
        sums[3][7] = fma(ak, bk[3][1][0], sums[3][7]);
      }
      {
        let ak = subgroupBroadcast(mine[7], 5u);
        sums[0][7] = fma(ak, bk[0][1][1], sums[0][7]);
        sums[1][7] = fma(ak, bk[1][1][1], sums[1][7]);
        sums[2][7] = fma(ak, bk[2][1][1], sums[2][7]);
        sums[3][7] = fma(ak, bk[3][1][1], sums[3][7]);
      }
      {
        let ak = subgroupBroadcast(mine[7], 6u);
        sums[0][7] = fma(ak, bk[0][1][2], sums[0][7]);
        sums[1][7] = fma(ak, bk[1][1][2], sums[1][7]);
        sums[2][7] = fma(ak, bk[2][1][2], sums[2][7]);
        sums[3][7] = fma(ak, bk[3][1][2], sums[3][7]);
      }
      {
        let ak = subgroupBroadcast(mine[7], 7u);
        sums[0][7] = fma(ak, bk[0][1][3], sums[0][7]);
        sums[1][7] = fma(ak, bk[1][1][3], sums[1][7]);
        sums[2][7] = fma(ak, bk[2][1][3], sums[2][7]);
        sums[3][7] = fma(ak, bk[3][1][3], sums[3][7]);
      }
      {
        let ak = subgroupBroadcast(mine[8], 0u);
        sums[0][8] = fma(ak, bk[0][0][0], sums[0][8]);
        sums[1][8] = fma(ak, bk[1][0][0], sums[1][8]);
        sums[2][8] = fma(ak, bk[2][0][0], sums[2][8]);
        sums[3][8] = fma(ak, bk[3][0][0], sums[3][8]);
      }
      {
        let ak = subgroupBroadcast(mine[8], 1u);
        sums[0][8] = fma(ak, bk[0][0][1], sums[0][8]);
        sums[1][8] = fma(ak, bk[1][0][1], sums[1][8]);
        sums[2][8] = fma(ak, bk[2][0][1], sums[2][8]);
        sums[3][8] = fma(ak, bk[3][0][1], sums[3][8]);
      }
      {
        let ak = subgroupBroadcast(mine[8], 2u);
        sums[0][8] = fma(ak, bk[0][0][2], sums[0][8]);
        sums[1][8] = fma(ak, bk[1][0][2], sums[1][8]);
        sums[2][8] = fma(ak, bk[2][0][2], sums[2][8]);
        sums[3][8] = fma(ak, bk[3][0][2], sums[3][8]);
      }
      {
        let ak = subgroupBroadcast(mine[8], 3u);
        sums[0][8] = fma(ak, bk[0][0][3], sums[0][8]);
        sums[1][8] = fma(ak, bk[1][0][3], sums[1][8]);
        sums[2][8] = fma(ak, bk[2][0][3], sums[2][8]);
        sums[3][8] = fma(ak, bk[3][0][3], sums[3][8]);
      }
      {
        let ak = subgroupBroadcast(mine[8], 4u);
        sums[0][8] = fma(ak, bk[0][1][0], sums[0][8]);
        sums[1][8] = fma(ak, bk[1][1][0], sums[1][8]);
        sums[2][8] = fma(ak, bk[2][1][0], sums[2][8]);
        sums[3][8] = fma(ak, bk[3][1][0], sums[3][8]);
      }
      {
        let ak = subgroupBroadcast(mine[8], 5u);
        sums[0][8] = fma(ak, bk[0][1][1], sums[0][8]);
        sums[1][8] = fma(ak, bk[1][1][1], sums[1][8]);
        sums[2][8] = fma(ak, bk[2][1][1], sums[2][8]);
        sums[3][8] = fma(ak, bk[3][1][1], sums[3][8]);
      }
      {
        let ak = subgroupBroadcast(mine[8], 6u);
        sums[0][8] = fma(ak, bk[0][1][2], sums[0][8]);
        sums[1][8] = fma(ak, bk[1][1][2], sums[1][8]);
        sums[2][8] = fma(ak, bk[2][1][2], sums[2][8]);
        sums[3][8] = fma(ak, bk[3][1][2], sums[3][8]);
      }
      {
        let ak = subgroupBroadcast(mine[8], 7u);
        sums[0][8] = fma(ak, bk[0][1][3], sums[0][8]);
        sums[1][8] = fma(ak, bk[1][1][3], sums[1][8]);
        sums[2][8] = fma(ak, bk[2][1][3], sums[2][8]);
        sums[3][8] = fma(ak, bk[3][1][3], sums[3][8]);
      }
      {
        let ak = subgroupBroadcast(mine[9], 0u);
        sums[0][9] = fma(ak, bk[0][0][0], sums[0][9]);
        sums[1][9] = fma(ak, bk[1][0][0], sums[1][9]);
        sums[2][9] = fma(ak, bk[2][0][0], sums[2][9]);
        sums[3][9] = fma(ak, bk[3][0][0], sums[3][9]);
      }
      {
        let ak = subgroupBroadcast(mine[9], 1u);
        sums[0][9] = fma(ak, bk[0][0][1], sums[0][9]);
        sums[1][9] = fma(ak, bk[1][0][1], sums[1][9]);
        sums[2][9] = fma(ak, bk[2][0][1], sums[2][9]);
        sums[3][9] = fma(ak, bk[3][0][1], sums[3][9]);
      }
      {
        let ak = subgroupBroadcast(mine[9], 2u);
        sums[0][9] = fma(ak, bk[0][0][2], sums[0][9]);
        sums[1][9] = fma(ak, bk[1][0][2], sums[1][9]);
        sums[2][9] = fma(ak, bk[2][0][2], sums[2][9]);
        sums[3][9] = fma(ak, bk[3][0][2], sums[3][9]);
      }
      {
        let ak = subgroupBroadcast(mine[9], 3u);
        sums[0][9] = fma(ak, bk[0][0][3], sums[0][9]);
        sums[1][9] = fma(ak, bk[1][0][3], sums[1][9]);
        sums[2][9] = fma(ak, bk[2][0][3], sums[2][9]);
        sums[3][9] = fma(ak, bk[3][0][3], sums[3][9]);
      }
      {
        let ak = subgroupBroadcast(mine[9], 4u);
        sums[0][9] = fma(ak, bk[0][1][0], sums[0][9]);
        sums[1][9] = fma(ak, bk[1][1][0], sums[1][9]);
        sums[2][9] = fma(ak, bk[2][1][0], sums[2][9]);
        sums[3][9] = fma(ak, bk[3][1][0], sums[3][9]);
      }
      {
        let ak = subgroupBroadcast(mine[9], 5u);
        sums[0][9] = fma(ak, bk[0][1][1], sums[0][9]);
        sums[1][9] = fma(ak, bk[1][1][1], sums[1][9]);
        sums[2][9] = fma(ak, bk[2][1][1], sums[2][9]);
        sums[3][9] = fma(ak, bk[3][1][1], sums[3][9]);
      }
      {
        let ak = subgroupBroadcast(mine[9], 6u);
        sums[0][9] = fma(ak, bk[0][1][2], sums[0][9]);
        sums[1][9] = fma(ak, bk[1][1][2], sums[1][9]);
        sums[2][9] = fma(ak, bk[2][1][2], sums[2][9]);
        sums[3][9] = fma(ak, bk[3][1][2], sums[3][9]);
      }
      {
        let ak = subgroupBroadcast(mine[9], 7u);
        sums[0][9] = fma(ak, bk[0][1][3], sums[0][9]);
        sums[1][9] = fma(ak, bk[1][1][3], sums[1][9]);
        sums[2][9] = fma(ak, bk[2][1][3], sums[2][9]);
        sums[3][9] = fma(ak, bk[3][1][3], sums[3][9]);
      }
      {
        let ak = subgroupBroadcast(mine[10], 0u);
        sums[0][10] = fma(ak, bk[0][0][0], sums[0][10]);
        sums[1][10] = fma(ak, bk[1][0][0], sums[1][10]);
        sums[2][10] = fma(ak, bk[2][0][0], sums[2][10]);
        sums[3][10] = fma(ak, bk[3][0][0], sums[3][10]);
      }
      {
        let ak = subgroupBroadcast(mine[10], 1u);
        sums[0][10] = fma(ak, bk[0][0][1], sums[0][10]);
        sums[1][10] = fma(ak, bk[1][0][1], sums[1][10]);
        sums[2][10] = fma(ak, bk[2][0][1], sums[2][10]);
        sums[3][10] = fma(ak, bk[3][0][1], sums[3][10]);
      }
      {
        let ak = subgroupBroadcast(mine[10], 2u);
        sums[0][10] = fma(ak, bk[0][0][2], sums[0][10]);
        sums[1][10] = fma(ak, bk[1][0][2], sums[1][10]);
        sums[2][10] = fma(ak, bk[2][0][2], sums[2][10]);
        sums[3][10] = fma(ak, bk[3][0][2], sums[3][10]);
      }
      {
        let ak = subgroupBroadcast(mine[10], 3u);
        sums[0][10] = fma(ak, bk[0][0][3], sums[0][10]);
        sums[1][10] = fma(ak, bk[1][0][3], sums[1][10]);
        sums[2][10] = fma(ak, bk[2][0][3], sums[2][10]);
        sums[3][10] = fma(ak, bk[3][0][3], sums[3][10]);
      }
      {
        let ak = subgroupBroadcast(mine[10], 4u);
        sums[0][10] = fma(ak, bk[0][1][0], sums[0][10]);
        sums[1][10] = fma(ak, bk[1][1][0], sums[1][10]);
        sums[2][10] = fma(ak, bk[2][1][0], sums[2][10]);
        sums[3][10] = fma(ak, bk[3][1][0], sums[3][10]);
      }
      {
        let ak = subgroupBroadcast(mine[10], 5u);
        sums[0][10] = fma(ak, bk[0][1][1], sums[0][10]);
        sums[1][10] = fma(ak, bk[1][1][1], sums[1][10]);
        sums[2][10] = fma(ak, bk[2][1][1], sums[2][10]);
        sums[3][10] = fma(ak, bk[3][1][1], sums[3][10]);
      }
      {
        let ak = subgroupBroadcast(mine[10], 6u);
        sums[0][10] = fma(ak, bk[0][1][2], sums[0][10]);
        sums[1][10] = fma(ak, bk[1][1][2], sums[1][10]);
        sums[2][10] = fma(ak, bk[2][1][2], sums[2][10]);
        sums[3][10] = fma(ak, bk[3][1][2], sums[3][10]);
      }
      {
        let ak = subgroupBroadcast(mine[10], 7u);
        sums[0][10] = fma(ak, bk[0][1][3], sums[0][10]);
        sums[1][10] = fma(ak, bk[1][1][3], sums[1][10]);
        sums[2][10] = fma(ak, bk[2][1][3], sums[2][10]);
        sums[3][10] = fma(ak, bk[3][1][3], sums[3][10]);
      }
      {
        let ak = subgroupBroadcast(mine[11], 0u);
        sums[0][11] = fma(ak, bk[0][0][0], sums[0][11]);
        sums[1][11] = fma(ak, bk[1][0][0], sums[1][11]);
        sums[2][11] = fma(ak, bk[2][0][0], sums[2][11]);
        sums[3][11] = fma(ak, bk[3][0][0], sums[3][11]);
      }
      {
        let ak = subgroupBroadcast(mine[11], 1u);
        sums[0][11] = fma(ak, bk[0][0][1], sums[0][11]);
        sums[1][11] = fma(ak, bk[1][0][1], sums[1][11]);
        sums[2][11] = fma(ak, bk[2][0][1], sums[2][11]);
        sums[3][11] = fma(ak, bk[3][0][1], sums[3][11]);
      }
      {
        let ak = subgroupBroadcast(mine[11], 2u);
        sums[0][11] = fma(ak, bk[0][0][2], sums[0][11]);
        sums[1][11] = fma(ak, bk[1][0][2], sums[1][11]);
        sums[2][11] = fma(ak, bk[2][0][2], sums[2][11]);
        sums[3][11] = fma(ak, bk[3][0][2], sums[3][11]);
      }
      {
        let ak = subgroupBroadcast(mine[11], 3u);
        sums[0][11] = fma(ak, bk[0][0][3], sums[0][11]);
        sums[1][11] = fma(ak, bk[1][0][3], sums[1][11]);
        sums[2][11] = fma(ak, bk[2][0][3], sums[2][11]);
        sums[3][11] = fma(ak, bk[3][0][3], sums[3][11]);
      }
      {
        let ak = subgroupBroadcast(mine[11], 4u);
        sums[0][11] = fma(ak, bk[0][1][0], sums[0][11]);
        sums[1][11] = fma(ak, bk[1][1][0], sums[1][11]);
        sums[2][11] = fma(ak, bk[2][1][0], sums[2][11]);
        sums[3][11] = fma(ak, bk[3][1][0], sums[3][11]);
      }
      {
        let ak = subgroupBroadcast(mine[11], 5u);
        sums[0][11] = fma(ak, bk[0][1][1], sums[0][11]);
        sums[1][11] = fma(ak, bk[1][1][1], sums[1][11]);
        sums[2][11] = fma(ak, bk[2][1][1], sums[2][11]);
        sums[3][11] = fma(ak, bk[3][1][1], sums[3][11]);
      }
      {
        let ak = subgroupBroadcast(mine[11], 6u);
        sums[0][11] = fma(ak, bk[0][1][2], sums[0][11]);
        sums[1][11] = fma(ak, bk[1][1][2], sums[1][11]);
        sums[2][11] = fma(ak, bk[2][1][2], sums[2][11]);
        sums[3][11] = fma(ak, bk[3][1][2], sums[3][11]);
      }
      {
        let ak = subgroupBroadcast(mine[11], 7u);
        sums[0][11] = fma(ak, bk[0][1][3], sums[0][11]);
        sums[1][11] = fma(ak, bk[1][1][3], sums[1][11]);
        sums[2][11] = fma(ak, bk[2][1][3], sums[2][11]);
        sums[3][11] = fma(ak, bk[3][1][3], sums[3][11]);
      }
      {
        let ak = subgroupBroadcast(mine[12], 0u);
        sums[0][12] = fma(ak, bk[0][0][0], sums[0][12]);
        sums[1][12] = fma(ak, bk[1][0][0], sums[1][12]);
        sums[2][12] = fma(ak, bk[2][0][0], sums[2][12]);
        sums[3][12] = fma(ak, bk[3][0][0], sums[3][12]);
      }
      {
        let ak = subgroupBroadcast(mine[12], 1u);
        sums[0][12] = fma(ak, bk[0][0][1], sums[0][12]);
        sums[1][12] = fma(ak, bk[1][0][1], sums[1][12]);
        sums[2][12] = fma(ak, bk[2][0][1], sums[2][12]);
        sums[3][12] = fma(ak, bk[3][0][1], sums[3][12]);
      }
      {
        let ak = subgroupBroadcast(mine[12], 2u);
        sums[0][12] = fma(ak, bk[0][0][2], sums[0][12]);
        sums[1][12] = fma(ak, bk[1][0][2], sums[1][12]);
        sums[2][12] = fma(ak, bk[2][0][2], sums[2][12]);
        sums[3][12] = fma(ak, bk[3][0][2], sums[3][12]);
      }
      {
        let ak = subgroupBroadcast(mine[12], 3u);
        sums[0][12] = fma(ak, bk[0][0][3], sums[0][12]);
        sums[1][12] = fma(ak, bk[1][0][3], sums[1][12]);
        sums[2][12] = fma(ak, bk[2][0][3], sums[2][12]);
        sums[3][12] = fma(ak, bk[3][0][3], sums[3][12]);
      }
      {
        let ak = subgroupBroadcast(mine[12], 4u);
        sums[0][12] = fma(ak, bk[0][1][0], sums[0][12]);
        sums[1][12] = fma(ak, bk[1][1][0], sums[1][12]);
        sums[2][12] = fma(ak, bk[2][1][0], sums[2][12]);
        sums[3][12] = fma(ak, bk[3][1][0], sums[3][12]);
      }
      {
        let ak = subgroupBroadcast(mine[12], 5u);
        sums[0][12] = fma(ak, bk[0][1][1], sums[0][12]);
        sums[1][12] = fma(ak, bk[1][1][1], sums[1][12]);
        sums[2][12] = fma(ak, bk[2][1][1], sums[2][12]);
        sums[3][12] = fma(ak, bk[3][1][1], sums[3][12]);
      }
      {
        let ak = subgroupBroadcast(mine[12], 6u);
        sums[0][12] = fma(ak, bk[0][1][2], sums[0][12]);
        sums[1][12] = fma(ak, bk[1][1][2], sums[1][12]);
        sums[2][12] = fma(ak, bk[2][1][2], sums[2][12]);
        sums[3][12] = fma(ak, bk[3][1][2], sums[3][12]);
      }
      {
        let ak = subgroupBroadcast(mine[12], 7u);
        sums[0][12] = fma(ak, bk[0][1][3], sums[0][12]);
        sums[1][12] = fma(ak, bk[1][1][3], sums[1][12]);
        sums[2][12] = fma(ak, bk[2][1][3], sums[2][12]);
        sums[3][12] = fma(ak, bk[3][1][3], sums[3][12]);
      }
      {
        let ak = subgroupBroadcast(mine[13], 0u);
        sums[0][13] = fma(ak, bk[0][0][0], sums[0][13]);
        sums[1][13] = fma(ak, bk[1][0][0], sums[1][13]);
        sums[2][13] = fma(ak, bk[2][0][0], sums[2][13]);
        sums[3][13] = fma(ak, bk[3][0][0], sums[3][13]);
      }
      {
        let ak = subgroupBroadcast(mine[13], 1u);
        sums[0][13] = fma(ak, bk[0][0][1], sums[0][13]);
        sums[1][13] = fma(ak, bk[1][0][1], sums[1][13]);
        sums[2][13] = fma(ak, bk[2][0][1], sums[2][13]);
        sums[3][13] = fma(ak, bk[3][0][1], sums[3][13]);
      }
      {
        let ak = subgroupBroadcast(mine[13], 2u);
        sums[0][13] = fma(ak, bk[0][0][2], sums[0][13]);
        sums[1][13] = fma(ak, bk[1][0][2], sums[1][13]);
        sums[2][13] = fma(ak, bk[2][0][2], sums[2][13]);
        sums[3][13] = fma(ak, bk[3][0][2], sums[3][13]);
      }
      {
        let ak = subgroupBroadcast(mine[13], 3u);
        sums[0][13] = fma(ak, bk[0][0][3], sums[0][13]);
        sums[1][13] = fma(ak, bk[1][0][3], sums[1][13]);
        sums[2][13] = fma(ak, bk[2][0][3], sums[2][13]);
        sums[3][13] = fma(ak, bk[3][0][3], sums[3][13]);
      }
      {
        let ak = subgroupBroadcast(mine[13], 4u);
        sums[0][13] = fma(ak, bk[0][1][0], sums[0][13]);
        sums[1][13] = fma(ak, bk[1][1][0], sums[1][13]);
        sums[2][13] = fma(ak, bk[2][1][0], sums[2][13]);
        sums[3][13] = fma(ak, bk[3][1][0], sums[3][13]);
      }
      {
        let ak = subgroupBroadcast(mine[13], 5u);
        sums[0][13] = fma(ak, bk[0][1][1], sums[0][13]);
        sums[1][13] = fma(ak, bk[1][1][1], sums[1][13]);
        sums[2][13] = fma(ak, bk[2][1][1], sums[2][13]);
        sums[3][13] = fma(ak, bk[3][1][1], sums[3][13]);
      }
      {
        let ak = subgroupBroadcast(mine[13], 6u);
        sums[0][13] = fma(ak, bk[0][1][2], sums[0][13]);
        sums[1][13] = fma(ak, bk[1][1][2], sums[1][13]);
        sums[2][13] = fma(ak, bk[2][1][2], sums[2][13]);
        sums[3][13] = fma(ak, bk[3][1][2], sums[3][13]);
      }
      {
        let ak = subgroupBroadcast(mine[13], 7u);
        sums[0][13] = fma(ak, bk[0][1][3], sums[0][13]);
        sums[1][13] = fma(ak, bk[1][1][3], sums[1][13]);
        sums[2][13] = fma(ak, bk[2][1][3], sums[2][13]);
        sums[3][13] = fma(ak, bk[3][1][3], sums[3][13]);
      }
      {
        let ak = subgroupBroadcast(mine[14], 0u);
        sums[0][14] = fma(ak, bk[0][0][0], sums[0][14]);
        sums[1][14] = fma(ak, bk[1][0][0], sums[1][14]);
        sums[2][14] = fma(ak, bk[2][0][0], sums[2][14]);
        sums[3][14] = fma(ak, bk[3][0][0], sums[3][14]);
      }
      {
        let ak = subgroupBroadcast(mine[14], 1u);
        sums[0][14] = fma(ak, bk[0][0][1], sums[0][14]);
        sums[1][14] = fma(ak, bk[1][0][1], sums[1][14]);
        sums[2][14] = fma(ak, bk[2][0][1], sums[2][14]);
        sums[3][14] = fma(ak, bk[3][0][1], sums[3][14]);
      }
      {
        let ak = subgroupBroadcast(mine[14], 2u);
        sums[0][14] = fma(ak, bk[0][0][2], sums[0][14]);
        sums[1][14] = fma(ak, bk[1][0][2], sums[1][14]);
        sums[2][14] = fma(ak, bk[2][0][2], sums[2][14]);
        sums[3][14] = fma(ak, bk[3][0][2], sums[3][14]);
      }
      {
        let ak = subgroupBroadcast(mine[14], 3u);
        sums[0][14] = fma(ak, bk[0][0][3], sums[0][14]);
        sums[1][14] = fma(ak, bk[1][0][3], sums[1][14]);
        sums[2][14] = fma(ak, bk[2][0][3], sums[2][14]);
        sums[3][14] = fma(ak, bk[3][0][3], sums[3][14]);
      }
      {
        let ak = subgroupBroadcast(mine[14], 4u);
        sums[0][14] = fma(ak, bk[0][1][0], sums[0][14]);
        sums[1][14] = fma(ak, bk[1][1][0], sums[1][14]);
        sums[2][14] = fma(ak, bk[2][1][0], sums[2][14]);
        sums[3][14] = fma(ak, bk[3][1][0], sums[3][14]);
      }
      {
        let ak = subgroupBroadcast(mine[14], 5u);
        sums[0][14] = fma(ak, bk[0][1][1], sums[0][14]);
        sums[1][14] = fma(ak, bk[1][1][1], sums[1][14]);
        sums[2][14] = fma(ak, bk[2][1][1], sums[2][14]);
        sums[3][14] = fma(ak, bk[3][1][1], sums[3][14]);
      }
      {
        let ak = subgroupBroadcast(mine[14], 6u);
        sums[0][14] = fma(ak, bk[0][1][2], sums[0][14]);
        sums[1][14] = fma(ak, bk[1][1][2], sums[1][14]);
        sums[2][14] = fma(ak, bk[2][1][2], sums[2][14]);
        sums[3][14] = fma(ak, bk[3][1][2], sums[3][14]);
      }
      {
        let ak = subgroupBroadcast(mine[14], 7u);
        sums[0][14] = fma(ak, bk[0][1][3], sums[0][14]);
        sums[1][14] = fma(ak, bk[1][1][3], sums[1][14]);
        sums[2][14] = fma(ak, bk[2][1][3], sums[2][14]);
        sums[3][14] = fma(ak, bk[3][1][3], sums[3][14]);
      }
      {
        let ak = subgroupBroadcast(mine[15], 0u);
        sums[0][15] = fma(ak, bk[0][0][0], sums[0][15]);
        sums[1][15] = fma(ak, bk[1][0][0], sums[1][15]);
        sums[2][15] = fma(ak, bk[2][0][0], sums[2][15]);
        sums[3][15] = fma(ak, bk[3][0][0], sums[3][15]);
      }
      {
        let ak = subgroupBroadcast(mine[15], 1u);
        sums[0][15] = fma(ak, bk[0][0][1], sums[0][15]);
        sums[1][15] = fma(ak, bk[1][0][1], sums[1][15]);
        sums[2][15] = fma(ak, bk[2][0][1], sums[2][15]);
        sums[3][15] = fma(ak, bk[3][0][1], sums[3][15]);
      }
      {
        let ak = subgroupBroadcast(mine[15], 2u);
        sums[0][15] = fma(ak, bk[0][0][2], sums[0][15]);
        sums[1][15] = fma(ak, bk[1][0][2], sums[1][15]);
        sums[2][15] = fma(ak, bk[2][0][2], sums[2][15]);
        sums[3][15] = fma(ak, bk[3][0][2], sums[3][15]);
      }
      {
        let ak = subgroupBroadcast(mine[15], 3u);
        sums[0][15] = fma(ak, bk[0][0][3], sums[0][15]);
        sums[1][15] = fma(ak, bk[1][0][3], sums[1][15]);
        sums[2][15] = fma(ak, bk[2][0][3], sums[2][15]);
        sums[3][15] = fma(ak, bk[3][0][3], sums[3][15]);
      }
      {
        let ak = subgroupBroadcast(mine[15], 4u);
        sums[0][15] = fma(ak, bk[0][1][0], sums[0][15]);
        sums[1][15] = fma(ak, bk[1][1][0], sums[1][15]);
        sums[2][15] = fma(ak, bk[2][1][0], sums[2][15]);
        sums[3][15] = fma(ak, bk[3][1][0], sums[3][15]);
      }
      {
        let ak = subgroupBroadcast(mine[15], 5u);
        sums[0][15] = fma(ak, bk[0][1][1], sums[0][15]);
        sums[1][15] = fma(ak, bk[1][1][1], sums[1][15]);
        sums[2][15] = fma(ak, bk[2][1][1], sums[2][15]);
        sums[3][15] = fma(ak, bk[3][1][1], sums[3][15]);
      }
      {
        let ak = subgroupBroadcast(mine[15], 6u);
        sums[0][15] = fma(ak, bk[0][1][2], sums[0][15]);
        sums[1][15] = fma(ak, bk[1][1][2], sums[1][15]);
        sums[2][15] = fma(ak, bk[2][1][2], sums[2][15]);
        sums[3][15] = fma(ak, bk[3][1][2], sums[3][15]);
      }
      {
        let ak = subgroupBroadcast(mine[15], 7u);
        sums[0][15] = fma(ak, bk[0][1][3], sums[0][15]);
        sums[1][15] = fma(ak, bk[1][1][3], sums[1][15]);
        sums[2][15] = fma(ak, bk[2][1][3], sums[2][15]);
        sums[3][15] = fma(ak, bk[3][1][3], sums[3][15]);
      }
    }
  }

  // 6 finish and store, row by row: the sums turn round, so that the current row's are always at 0.
  //   No compiler knows that one = 1: the loop stays one, which is what saves time compiling it.
  let one = min(p.m, 1u);
  {
    let n = firstN;
    let added = biasOf(min(n, p.n - 1u));
    let addedToGate = biasOf(min(n, p.n - 1u) + p.n * (GATES - 1u));
    for (var r = 0u; r < ROWS * one; r++) {
      let m = firstM + r;
      if (m < p.m && n < p.n) {
        let at = p.outOffset + batch * p.outBatch + m * p.outStride + n;
        var value = sums[0][0] * p.alpha + added;
        if (GATHER && p.hasPerImage != 0u) { value += perImage[m / p.outPixels * p.n + n]; }
        if (GATES == 2u) {
          value *= activate(sums[RESULTS % COLUMNS][0] * p.alpha + addedToGate);
        } else {
          value = activate(value);
        }
        if (p.hasResidual != 0u) { value += residual[at]; }
        out[at] = value;
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
        sums[0][7] = sums[0][8];
        sums[0][8] = sums[0][9];
        sums[0][9] = sums[0][10];
        sums[0][10] = sums[0][11];
        sums[0][11] = sums[0][12];
        sums[0][12] = sums[0][13];
        sums[0][13] = sums[0][14];
        sums[0][14] = sums[0][15];
        sums[0][ROWS - 1u] = first;
      }
    }
  }
  {
    let n = firstN + THREADS;
    let added = biasOf(min(n, p.n - 1u));
    let addedToGate = biasOf(min(n, p.n - 1u) + p.n * (GATES - 1u));
    for (var r = 0u; r < ROWS * one; r++) {
      let m = firstM + r;
      if (m < p.m && n < p.n) {
        let at = p.outOffset + batch * p.outBatch + m * p.outStride + n;
        var value = sums[1][0] * p.alpha + added;
        if (GATHER && p.hasPerImage != 0u) { value += perImage[m / p.outPixels * p.n + n]; }
        if (GATES == 2u) {
          value *= activate(sums[(1u + RESULTS) % COLUMNS][0] * p.alpha + addedToGate);
        } else {
          value = activate(value);
        }
        if (p.hasResidual != 0u) { value += residual[at]; }
        out[at] = value;
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
        sums[1][7] = sums[1][8];
        sums[1][8] = sums[1][9];
        sums[1][9] = sums[1][10];
        sums[1][10] = sums[1][11];
        sums[1][11] = sums[1][12];
        sums[1][12] = sums[1][13];
        sums[1][13] = sums[1][14];
        sums[1][14] = sums[1][15];
        sums[1][ROWS - 1u] = first;
      }
    }
  }
  {
    let n = firstN + 2u * THREADS;
    let added = biasOf(min(n, p.n - 1u));
    let addedToGate = biasOf(min(n, p.n - 1u) + p.n * (GATES - 1u));
    for (var r = 0u; r < ROWS * one; r++) {
      let m = firstM + r;
      if (m < p.m && n < p.n) {
        let at = p.outOffset + batch * p.outBatch + m * p.outStride + n;
        var value = sums[2][0] * p.alpha + added;
        if (GATHER && p.hasPerImage != 0u) { value += perImage[m / p.outPixels * p.n + n]; }
        if (GATES == 2u) {
          value *= activate(sums[(2u + RESULTS) % COLUMNS][0] * p.alpha + addedToGate);
        } else {
          value = activate(value);
        }
        if (p.hasResidual != 0u) { value += residual[at]; }
        out[at] = value;
      }
      {
        let first = sums[2][0];
        sums[2][0] = sums[2][1];
        sums[2][1] = sums[2][2];
        sums[2][2] = sums[2][3];
        sums[2][3] = sums[2][4];
        sums[2][4] = sums[2][5];
        sums[2][5] = sums[2][6];
        sums[2][6] = sums[2][7];
        sums[2][7] = sums[2][8];
        sums[2][8] = sums[2][9];
        sums[2][9] = sums[2][10];
        sums[2][10] = sums[2][11];
        sums[2][11] = sums[2][12];
        sums[2][12] = sums[2][13];
        sums[2][13] = sums[2][14];
        sums[2][14] = sums[2][15];
        sums[2][ROWS - 1u] = first;
      }
    }
  }
  {
    let n = firstN + 3u * THREADS;
    let added = biasOf(min(n, p.n - 1u));
    let addedToGate = biasOf(min(n, p.n - 1u) + p.n * (GATES - 1u));
    for (var r = 0u; r < ROWS * one; r++) {
      let m = firstM + r;
      if (m < p.m && n < p.n) {
        let at = p.outOffset + batch * p.outBatch + m * p.outStride + n;
        var value = sums[3][0] * p.alpha + added;
        if (GATHER && p.hasPerImage != 0u) { value += perImage[m / p.outPixels * p.n + n]; }
        if (GATES == 2u) {
          value *= activate(sums[(3u + RESULTS) % COLUMNS][0] * p.alpha + addedToGate);
        } else {
          value = activate(value);
        }
        if (p.hasResidual != 0u) { value += residual[at]; }
        out[at] = value;
      }
      {
        let first = sums[3][0];
        sums[3][0] = sums[3][1];
        sums[3][1] = sums[3][2];
        sums[3][2] = sums[3][3];
        sums[3][3] = sums[3][4];
        sums[3][4] = sums[3][5];
        sums[3][5] = sums[3][6];
        sums[3][6] = sums[3][7];
        sums[3][7] = sums[3][8];
        sums[3][8] = sums[3][9];
        sums[3][9] = sums[3][10];
        sums[3][10] = sums[3][11];
        sums[3][11] = sums[3][12];
        sums[3][12] = sums[3][13];
        sums[3][13] = sums[3][14];
        sums[3][14] = sums[3][15];
        sums[3][ROWS - 1u] = first;
      }
    }
  }
}

// Numbers k … k + 3 of the column of B that begins at b[at], in the tap that begins at tapK.
fn fourOfColumn(at: u32, tapK: u32, k: u32) -> vec4<f32> {
  return fourOfB(at + tapK + k);
}

// A place along k; past the end the last one.
fn within(k: u32) -> u32 { return select(k, min(k, p.k - 1u), TAIL); }

fn biasOf(n: u32) -> f32 {
  if (p.hasBias == 0u) { return 0.0; }
  return bias[n];
}
