// Adds an upsampled map: out[Q, K] += weight · up(map[q])[K] / sums[q], where q is the coarse cell
// of Q. Both maps are bands of whole rows of their grids.

const WIDTH = 4u; // keys of a thread, of one row: 1 or 4
alias Value = vec4<f32>;

struct Params {
  size: u32,
  rows: u32, // of map
  h: u32, // the coarse grid
  w: u32,
  height: u32, // the fine one
  width: u32,
  firstRow: u32, // grid row at which out begins
  mapFirstRow: u32, // and map
  weight: f32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> map: array<f32>; // map [rows, h · w]
@group(0) @binding(2) var<storage, read> sums: array<f32>; // sums [rows]
@group(0) @binding(3) var<storage, read_write> out: array<Value>; // out [Q, height · width]

fn each(i: u32) {
  // 1 which query and key, and which row of the map
  let cells = p.height * p.width / WIDTH;
  let query = i / cells;
  let key = i % cells * WIDTH;
  let coarseRow = (p.firstRow + query / p.width) * p.h / p.height;
  if (coarseRow < p.mapFirstRow) { return; }
  let q = (coarseRow - p.mapFirstRow) * p.w + query % p.width * p.w / p.width;
  if (q >= p.rows) { return; }

  // 2 sample it
  let y = tapOf(key / p.width, p.h, p.height);
  let x = key % p.width;
  var value = Value();
  value[0] = sample(q * p.h * p.w, y, tapOf(x, p.w, p.width));
  value[1] = sample(q * p.h * p.w, y, tapOf(x + 1u, p.w, p.width));
  value[2] = sample(q * p.h * p.w, y, tapOf(x + 2u, p.w, p.width));
  value[3] = sample(q * p.h * p.w, y, tapOf(x + 3u, p.w, p.width));
  out[i] += p.weight / sums[q] * value;
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
