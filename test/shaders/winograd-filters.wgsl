// Winograd's F(4×4, 3×3), first kernel: filters (Lavin and Gray, arXiv 1509.09308).
//
// A tile of 4×4 results takes 36 multiplications instead of 144. Of its 6×6 pixels d and a filter g
// it is
//
//   Y = Aᵀ · [(G · g · Gᵀ) ⊙ (Bᵀ · d · B)] · A
//
//   filters [O, 3, 3, C] ── G·g·Gᵀ ──▶ [36, O, C] ────┐  36 products
//                                                     ├──▶ [36, tiles, O] ── Aᵀ·m·A ──▶ result
//   pixels [N, H, W, C] ─── Bᵀ·d·B ──▶ [36, tiles, C] ┘
//
// The matrices are those of Toom and Cook for polynomials through 0, ±NEAR, ±FAR and ∞
// (src/toom-cook.ts). This kernel makes u = G · g · Gᵀ.
//
// A thread has a channel of a filter, and keeps its 9 numbers and 18 of the first product.

const NEAR = 0.75;
const FAR = 1.5;
const NEAR2 = NEAR * NEAR;
const FAR2 = FAR * FAR;

const BY_ZERO = 1.0 / (NEAR2 * FAR2);
const BY_NEAR = 1.0 / (2.0 * NEAR2 * (NEAR2 - FAR2));
const BY_FAR = 1.0 / (2.0 * FAR2 * (FAR2 - NEAR2));
const PACKED = false; // weight holds f16 in pairs
alias Stored = f32;

struct Params {
  size: u32, // filters · channels
  channels: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> weight: array<Stored>; // weight [O, 3, 3, C]
@group(0) @binding(2) var<storage, read_write> out: array<f32>; // out [36, O, C]

// G · g
fn transform(g: array<f32, 3>) -> array<f32, 6> {
  let near = BY_NEAR * g[0] + BY_NEAR * NEAR2 * g[2];
  let nearOdd = BY_NEAR * NEAR * g[1];
  let far = BY_FAR * g[0] + BY_FAR * FAR2 * g[2];
  let farOdd = BY_FAR * FAR * g[1];
  return array<f32, 6>(BY_ZERO * g[0], near + nearOdd, near - nearOdd, far + farOdd, far - farOdd, g[2]);
}

fn numberOf(i: u32) -> f32 {
  return weight[i];
}

fn each(i: u32) {
  // 1 load the filter's columns and transform them: G · g
  let at = i / p.channels * 9u * p.channels + i % p.channels;
  var half: array<array<f32, 6>, 3>; // [x][point]
  half[0] = transform(array<f32, 3>(
    numberOf(at), numberOf(at + 3u * p.channels), numberOf(at + 6u * p.channels),
  ));
  half[1] = transform(array<f32, 3>(
    numberOf(at + p.channels), numberOf(at + 4u * p.channels), numberOf(at + 7u * p.channels),
  ));
  half[2] = transform(array<f32, 3>(
    numberOf(at + 2u * p.channels), numberOf(at + 5u * p.channels), numberOf(at + 8u * p.channels),
  ));

  // 2 transform the rows, (G · g) · Gᵀ, and store each point's number where its product wants it
  {
    let u = transform(array<f32, 3>(half[0][0], half[1][0], half[2][0]));
    out[i] = u[0];
    out[p.size + i] = u[1];
    out[2u * p.size + i] = u[2];
    out[3u * p.size + i] = u[3];
    out[4u * p.size + i] = u[4];
    out[5u * p.size + i] = u[5];
  }
  {
    let u = transform(array<f32, 3>(half[0][1], half[1][1], half[2][1]));
    out[6u * p.size + i] = u[0];
    out[7u * p.size + i] = u[1];
    out[8u * p.size + i] = u[2];
    out[9u * p.size + i] = u[3];
    out[10u * p.size + i] = u[4];
    out[11u * p.size + i] = u[5];
  }
  {
    let u = transform(array<f32, 3>(half[0][2], half[1][2], half[2][2]));
    out[12u * p.size + i] = u[0];
    out[13u * p.size + i] = u[1];
    out[14u * p.size + i] = u[2];
    out[15u * p.size + i] = u[3];
    out[16u * p.size + i] = u[4];
    out[17u * p.size + i] = u[5];
  }
  {
    let u = transform(array<f32, 3>(half[0][3], half[1][3], half[2][3]));
    out[18u * p.size + i] = u[0];
    out[19u * p.size + i] = u[1];
    out[20u * p.size + i] = u[2];
    out[21u * p.size + i] = u[3];
    out[22u * p.size + i] = u[4];
    out[23u * p.size + i] = u[5];
  }
  {
    let u = transform(array<f32, 3>(half[0][4], half[1][4], half[2][4]));
    out[24u * p.size + i] = u[0];
    out[25u * p.size + i] = u[1];
    out[26u * p.size + i] = u[2];
    out[27u * p.size + i] = u[3];
    out[28u * p.size + i] = u[4];
    out[29u * p.size + i] = u[5];
  }
  {
    let u = transform(array<f32, 3>(half[0][5], half[1][5], half[2][5]));
    out[30u * p.size + i] = u[0];
    out[31u * p.size + i] = u[1];
    out[32u * p.size + i] = u[2];
    out[33u * p.size + i] = u[3];
    out[34u * p.size + i] = u[4];
    out[35u * p.size + i] = u[5];
  }
}

// A thread a number of the result (or four): p.size threads in all.
@compute @workgroup_size(64)
fn main(
  @builtin(local_invocation_index) local: u32,
  @builtin(workgroup_id) wid: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
) {
  let i = (wid.x + wid.y * groups.x) * 64u + local;
  if (i < p.size) { each(i); }
}
