/** @file How the tiled GEMM reads four numbers of A and B and writes four of the result. */

/** Imported by `gemm`, after `product`. */
export const tileStorage = /* wgsl */ `
// Four numbers from column k of the row of A whose first number is a[at]; past the row's end zeros.
fn fourOfA(at: u32, k: u32) -> vec4<f32> {
  //#if VEC_A
  return a[(at + k) / 4u];
  //#else
  var four = vec4<f32>();
  if (k < p.k) { four.x = a[at + k]; }
  if (k + 1u < p.k) { four.y = a[at + k + 1u]; }
  if (k + 2u < p.k) { four.z = a[at + k + 2u]; }
  if (k + 3u < p.k) { four.w = a[at + k + 3u]; }
  return four;
  //#end
}

// Four numbers from column c of a row of b as it is stored; it has end columns.
fn fourOfRowB(at: u32, c: u32, end: u32) -> vec4<f32> {
  //#if VEC_B
  return fourOfB(at + c);
  //#else
  var four = vec4<f32>();
  if (c < end) { four.x = numberOfB(at + c); }
  if (c + 1u < end) { four.y = numberOfB(at + c + 1u); }
  if (c + 2u < end) { four.z = numberOfB(at + c + 2u); }
  if (c + 3u < end) { four.w = numberOfB(at + c + 3u); }
  return four;
  //#end
}

// Adds the residual and stores what lies left of column p.n; value begins at column n.
fn store(at: u32, n: u32, value: vec4<f32>) {
  //#if VEC_OUT
  var four = value;
  if (p.hasResidual != 0u) { four += residual[at / 4u]; }
  out[at / 4u] = four;
  //#else
  for (var j = 0u; j < min(4u, p.n - n); j++) {
    var number = value[j];
    if (p.hasResidual != 0u) { number += residual[at + j]; }
    out[at + j] = number;
  }
  //#end
}
`
