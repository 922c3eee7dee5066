/**
 * @file The GEMM kernel for adapters whose subgroups exchange values cheaply and whose loads are
 * dear.
 */
import { activation } from './activation.ts'
import { type Kernel, kernel, type Shader } from './kernel.ts'
import { type Operands, operandConstants, product, productName } from './product.ts'

const text = /* wgsl */ `
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
const GATHER = false; // A is gathered from an image
const TRANSPOSE_B = true; // B is stored as [n, k]
const VEC_B = false; // b is bound as vec4, along k
const PACKED_B = false; // b holds f16 in pairs
alias StoredA = f32;
alias StoredB = f32;
alias StoredOut = f32;
alias Value = f32;

const RESULTS = COLUMNS / GATES; // columns of out of a thread

//#import product

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
  //#unroll
  for (var r = 0u; r < ROWS; r++) {
    let m = min(firstM + r, p.m - 1u);
    if (GATHER) {
      let pixel = m % p.outPixels;
      atA[r] = m / p.outPixels * u32(p.height);
      windowY[r] = i32(pixel / p.outWidth) * p.stride - p.top;
      windowX[r] = i32(pixel % p.outWidth) * p.stride - p.left;
    } else {
      atA[r] = p.aOffset + batch * p.aBatch + m * p.aStride + own;
    }
  }
  var atB: array<u32, COLUMNS>;
  //#unroll
  for (var c = 0u; c < COLUMNS; c++) {
    let n = min(firstN + c % RESULTS * THREADS, p.n - 1u) + c / RESULTS * p.n;
    atB[c] = p.bOffset + batch * p.bBatch + n * select(1u, p.bStride, TRANSPOSE_B);
  }

  var sums: array<array<f32, ROWS>, COLUMNS>;
  //#if GATHER
  for (var tap = 0u; tap < p.taps; tap++) {
    // 2 where this tap's pixel of each row lies, and whether in the image
    var start: array<u32, ROWS>;
    var inside: array<bool, ROWS>;
    let ky = i32(tap / p.kw);
    let kx = i32(tap % p.kw);
    //#unroll
    for (var r = 0u; r < ROWS; r++) {
      let y = windowY[r] + ky;
      let x = windowX[r] + kx;
      inside[r] = y >= 0 && y < p.height && x >= 0 && x < p.width;
      start[r] = select(0u, ((atA[r] + u32(y)) * u32(p.width) + u32(x)) * p.k, inside[r]) + own;
    }
  //#else
  {
    // 2 A is no image: one tap, rows begin where they are stored
    let tap = 0u;
    let start = atA;
    var inside: array<bool, ROWS>;
  //#end
    for (var k0 = 0u; k0 < p.k; k0 += LANES) {
      // 3 each lane reads one number of every row
      var mine: array<f32, ROWS>;
      //#unroll
      for (var r = 0u; r < ROWS; r++) {
        let counts = (!GATHER || inside[r]) && (!TAIL || k0 + own < p.k);
        mine[r] = select(0.0, a[start[r] + k0], counts);
      }
      // 4 and LANES numbers of its own columns
      var bk: array<array<vec4<f32>, LANES / 4u>, COLUMNS>;
      //#unroll
      for (var c = 0u; c < COLUMNS; c++) {
        for (var q = 0u; q < LANES / 4u; q++) { bk[c][q] = fourOfColumn(atB[c], tap * p.k, k0 + 4u * q); }
      }
      // 5 every number goes round and is multiplied
      //#unroll
      for (var r = 0u; r < ROWS; r++) {
        for (var j = 0u; j < LANES; j++) {
          let ak = subgroupBroadcast(mine[r], j);
          for (var c = 0u; c < COLUMNS; c++) { sums[c][r] = fma(ak, bk[c][j / 4u][j % 4u], sums[c][r]); }
        }
      }
    }
  }

  // 6 finish and store, row by row: the sums turn round, so that the current row's are always at 0.
  //   No compiler knows that one = 1: the loop stays one, which is what saves time compiling it.
  let one = min(p.m, 1u);
  //#unroll
  for (var c = 0u; c < RESULTS; c++) {
    let n = firstN + c * THREADS;
    let added = biasOf(min(n, p.n - 1u));
    let addedToGate = biasOf(min(n, p.n - 1u) + p.n * (GATES - 1u));
    for (var r = 0u; r < ROWS * one; r++) {
      let m = firstM + r;
      if (m < p.m && n < p.n) {
        let at = p.outOffset + batch * p.outBatch + m * p.outStride + n;
        var value = sums[c][0] * p.alpha + added;
        if (GATHER && p.hasPerImage != 0u) { value += perImage[m / p.outPixels * p.n + n]; }
        if (GATES == 2u) {
          value *= activate(sums[(c + RESULTS) % COLUMNS][0] * p.alpha + addedToGate);
        } else {
          value = activate(value);
        }
        if (p.hasResidual != 0u) { value += residual[at]; }
        out[at] = value;
      }
      for (var g = 0u; g < GATES; g++) {
        let first = sums[c + g * RESULTS][0];
        for (var i = 0u; i < ROWS - 1u; i++) { sums[c + g * RESULTS][i] = sums[c + g * RESULTS][i + 1u]; }
        sums[c + g * RESULTS][ROWS - 1u] = first;
      }
    }
  }
}

// Numbers k … k + 3 of the column of B that begins at b[at], in the tap that begins at tapK.
fn fourOfColumn(at: u32, tapK: u32, k: u32) -> vec4<f32> {
  //#if VEC_B
  return fourOfB(at + tapK + k);
  //#else
  let step = select(p.bStride, 1u, TRANSPOSE_B);
  let first = at + tapK;
  return vec4<f32>(
    numberOfB(first + within(k) * step),
    numberOfB(first + within(k + 1u) * step),
    numberOfB(first + within(k + 2u) * step),
    numberOfB(first + within(k + 3u) * step),
  );
  //#end
}

// A place along k; past the end the last one.
fn within(k: u32) -> u32 { return select(k, min(k, p.k - 1u), TAIL); }

fn biasOf(n: u32) -> f32 {
  if (p.hasBias == 0u) { return 0.0; }
  return bias[n];
}
`

const instances: Kernel = kernel({ name: 'matmul', text, imports: { product, activation } })

/** A variant of the kernel: its operands and its tile. */
export interface BroadcastVariant extends Operands {
  /** Threads of a workgroup, at least `lanes`. */
  threads: number
  rows: number
  /** Columns of B of a thread: its columns of the result lie `threads` apart. */
  columns: number
  lanes: 4 | 8
  /** `lanes` does not divide k. */
  tail: boolean
  /** B is [n, k] and bound as vec4. */
  vecB: boolean
}

/** The instance of a variant. */
export function gemmBroadcast(v: BroadcastVariant): Shader {
  return instances(
    { ...operandConstants(v, v.vecB), THREADS: v.threads, ROWS: v.rows, COLUMNS: v.columns, LANES: v.lanes, TAIL: v.tail },
    productName(v),
  )
}
