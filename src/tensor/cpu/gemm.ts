/**
 * @file The CPU's one GEMM core: C[m,n] = Σₖ A(m,k)·B(n,k).
 *
 * Vocabulary: a *panel* holds 4 rows of one operand over up to DEPTH values of k, interleaved (4
 * values for k, 4 for k + 1, …), missing rows as zeros; *packing* copies an operand into panels. A
 * *tile* is TILE_M × TILE_N results, summed up panel pair by panel pair: a 4×4 block of sums stays
 * in local variables while two panels stream by.
 *
 * Where operands come from (dense rows, columns, f16, the patches of a convolution) is the packer's
 * business, and what becomes of the sums (bias, activation, softmax …) is up to `finish`; so no
 * patch matrix, unpacked weight or transposed copy larger than a tile exists.
 *
 * Panels and sums are f64. JavaScript multiplies in f64 anyway; converting once while packing
 * instead of at each of the 4 uses is faster, and long sums come out exact to f32. Of the block
 * shapes 2×2 … 6×2, 4×4 was the fastest; tile sizes keep the panels of A in the L2 cache.
 */

export const TILE_M = 64
export const TILE_N = 128
const DEPTH = 256

/**
 * Writes rows first … first+count of an operand, k from k0 to k0+depth, into ⌈count/4⌉ consecutive
 * panels.
 */
export type Pack = (panels: Float64Array, first: number, count: number, k0: number, depth: number) => void

/**
 * Receives the finished tile: rows m0 … and columns n0 … of C, sums[i·TILE_N + j]. May overwrite
 * `sums`.
 */
export type Finish = (sums: Float64Array, m0: number, rows: number, n0: number, columns: number) => void

// Kernels run one at a time and none runs inside another's `finish`, so one set of scratch memory
// is enough.
const panelsA = new Float64Array(TILE_M * DEPTH)
const panelsB = new Float64Array(TILE_N * DEPTH)
const sums = new Float64Array(TILE_M * TILE_N)

/**
 * Computes C tile by tile, hands each tile to `finish`. Must not be called from within a `finish`.
 */
export function gemm(m: number, n: number, k: number, packA: Pack, packB: Pack, finish: Finish): void {
  for (let m0 = 0; m0 < m; m0 += TILE_M) {
    const rows = Math.min(TILE_M, m - m0)
    for (let n0 = 0; n0 < n; n0 += TILE_N) {
      const columns = Math.min(TILE_N, n - n0)
      sums.fill(0, 0, ceil4(rows) * TILE_N)
      for (let k0 = 0; k0 < k; k0 += DEPTH) {
        const depth = Math.min(DEPTH, k - k0)
        // With a single block of k the panels of A serve all tiles of a row.
        if (n0 === 0 || k > DEPTH) packA(panelsA, m0, rows, k0, depth)
        packB(panelsB, n0, columns, k0, depth)
        multiply(rows, columns, depth)
      }
      finish(sums, m0, rows, n0, columns)
    }
  }
}

function ceil4(n: number): number {
  return (n + 3) & ~3
}

function multiply(rows: number, columns: number, depth: number): void {
  for (let j = 0; j < columns; j += 4)
    for (let i = 0; i < rows; i += 4) block(panelsA, i * depth, panelsB, j * depth, depth, sums, i * TILE_N + j)
}

/** c[4×4 at `at`] += (panel of a)ᵀ · (panel of b). */
function block(a: Float64Array, atA: number, b: Float64Array, atB: number, depth: number, c: Float64Array, at: number): void {
  let s00 = 0
  let s01 = 0
  let s02 = 0
  let s03 = 0
  let s10 = 0
  let s11 = 0
  let s12 = 0
  let s13 = 0
  let s20 = 0
  let s21 = 0
  let s22 = 0
  let s23 = 0
  let s30 = 0
  let s31 = 0
  let s32 = 0
  let s33 = 0
  const end = atA + 4 * depth
  for (let i = atA, j = atB; i < end; i += 4, j += 4) {
    const a0 = a[i]
    const a1 = a[i + 1]
    const a2 = a[i + 2]
    const a3 = a[i + 3]
    const b0 = b[j]
    s00 += a0 * b0
    s10 += a1 * b0
    s20 += a2 * b0
    s30 += a3 * b0
    const b1 = b[j + 1]
    s01 += a0 * b1
    s11 += a1 * b1
    s21 += a2 * b1
    s31 += a3 * b1
    const b2 = b[j + 2]
    s02 += a0 * b2
    s12 += a1 * b2
    s22 += a2 * b2
    s32 += a3 * b2
    const b3 = b[j + 3]
    s03 += a0 * b3
    s13 += a1 * b3
    s23 += a2 * b3
    s33 += a3 * b3
  }
  c[at] += s00
  c[at + 1] += s01
  c[at + 2] += s02
  c[at + 3] += s03
  at += TILE_N
  c[at] += s10
  c[at + 1] += s11
  c[at + 2] += s12
  c[at + 3] += s13
  at += TILE_N
  c[at] += s20
  c[at + 1] += s21
  c[at + 2] += s22
  c[at + 3] += s23
  at += TILE_N
  c[at] += s30
  c[at + 1] += s31
  c[at + 2] += s32
  c[at + 3] += s33
}
