/**
 * @file Attention maps as pictures: bilinear upsampling with half-pixel centres and clamped edges
 * (PyTorch's `align_corners=False`).
 */
import { each } from './each.ts'
import { type Kernel, kernel, type Shader, vecType, type Width } from './kernel.ts'
import { reductionConstants, total, type WorkgroupReduction } from './workgroup-reduce.ts'

/** Declares `tapOf` and `sample`; needs the binding `map` and the uniform w. */
const bilinear = /* wgsl */ `
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
`

const sumsText = /* wgsl */ `
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

//#import bilinear

//#import total
`

const addText = /* wgsl */ `
// Adds an upsampled map: out[Q, K] += weight · up(map[q])[K] / sums[q], where q is the coarse cell
// of Q. Both maps are bands of whole rows of their grids.

const WIDTH = 1u; // keys of a thread, of one row: 1 or 4
alias Value = f32;

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
  //#if WIDTH == 4
  //#unroll
  for (var j = 0u; j < WIDTH; j++) { value[j] = sample(q * p.h * p.w, y, tapOf(x + j, p.w, p.width)); }
  //#else
  value = sample(q * p.h * p.w, y, tapOf(x, p.w, p.width));
  //#end
  out[i] += p.weight / sums[q] * value;
}

//#import each

//#import bilinear
`

const argmaxText = /* wgsl */ `
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

//#import each

//#import bilinear
`

const sums: Kernel = kernel({ name: 'aggregateMap sums', text: sumsText, imports: { bilinear, total } })
const adds: Kernel = kernel({ name: 'aggregateMap add', text: addText, imports: { each, bilinear } })
const argmax: Kernel = kernel({ name: 'argmaxMaps', text: argmaxText, imports: { each, bilinear } })

/**
 * map [rows, h·w] → sums [rows]: Σ over all H·W keys of each upsampled row. One workgroup a row.
 */
export function upsampledSums(reduction: WorkgroupReduction): Shader {
  return sums(reductionConstants(reduction))
}

/**
 * out[Q, K] += weight · up(map[q])[K] / sums[q]; both maps are bands of whole grid rows. Four keys
 * of a row at a time where `width` says so.
 */
export function addUpsampled(width: Width): Shader {
  return adds({ WIDTH: width, Value: vecType(width) })
}

/** maps [count, h·w] → the index of the largest upsampled map at each pixel of a band of rows. */
export function argmaxMaps(): Shader {
  return argmax()
}
