// Which of several maps is largest, upsampled, at each pixel of a band of rows. Of equal ones the
// first counts.

struct Params {
  size: u32,
  h: u32,
  w: u32,
  height: u32,
  width: u32,
  firstRow: u32, // of the band
  count: u32, // maps
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> map: array<f32>; // map [count, h · w]
@group(0) @binding(2) var<storage, read_write> out: array<i32>; // out [rows, width]

fn each(i: u32) {
  let y = tapOf(p.firstRow + i / p.width, p.h, p.height);
  let x = tapOf(i % p.width, p.w, p.width);
  var best = 0u;
  var value = sample(0u, y, x);
  for (var m = 1u; m < p.count; m++) {
    let next = sample(m * p.h * p.w, y, x);
    if (next > value) {
      value = next;
      best = m;
    }
  }
  out[i] = i32(best);
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
