// The sum over all keys of each row of a map, upsampled from h × w to height × width cells. A
// workgroup a row.

const THREADS = 64u; // of a workgroup
const SUBGROUP = false; // they are one subgroup

struct Params {
  rows: u32,
  h: u32,
  w: u32,
  height: u32,
  width: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> map: array<f32>; // map [rows, h · w]
@group(0) @binding(2) var<storage, read_write> sums: array<f32>; // sums [rows]

@compute @workgroup_size(THREADS)
fn main(
  @builtin(local_invocation_index) local: u32,
  @builtin(workgroup_id) wid: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
) {
  // A folded grid may have a few groups too many: they repeat the last row.
  let row = min(wid.x + wid.y * groups.x, p.rows - 1u);
  var sum = 0.0;
  for (var y = 0u; y < p.height; y++) {
    let tapY = tapOf(y, p.h, p.height);
    for (var x = local; x < p.width; x += THREADS) { sum += sample(row * p.h * p.w, tapY, tapOf(x, p.w, p.width)); }
  }
  sum = total(local, sum);
  if (local == 0u) { sums[row] = sum; }
}

// Bilinear upsampling: sample y of H in a grid of h cells sits at c = (y + ½)·h/H − ½. It mixes the
// cells ⌊c⌋ and ⌊c⌋ + 1, each clamped, with weight frac(c).
struct Tap { low: u32, high: u32, mix: f32 }
fn tapOf(at: u32, cells: u32, samples: u32) -> Tap {
  let c = (f32(at) + 0.5) * f32(cells) / f32(samples) - 0.5;
  let low = floor(c);
  let last = f32(cells - 1u);
  return Tap(u32(clamp(low, 0.0, last)), u32(clamp(low + 1.0, 0.0, last)), c - low);
}

// The grid that begins at map[base], between four cells.
fn sample(base: u32, y: Tap, x: Tap) -> f32 {
  let top = mix(map[base + y.low * p.w + x.low], map[base + y.low * p.w + x.high], x.mix);
  let bottom = mix(map[base + y.high * p.w + x.low], map[base + y.high * p.w + x.high], x.mix);
  return mix(top, bottom, y.mix);
}

// The sum of all threads' values, for each of them.
var<workgroup> totals: array<f32, THREADS>;
fn total(local: u32, value: f32) -> f32 {
  totals[local] = value;
  for (var half = THREADS / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (local < half) { totals[local] += totals[local + half]; }
  }
  workgroupBarrier();
  let result = totals[0];
  workgroupBarrier();
  return result;
}
