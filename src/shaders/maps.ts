/**
 * @file Attention maps as pictures: bilinear upsampling with half-pixel centres and clamped edges
 * (PyTorch's `align_corners=False`).
 *
 * Sample y of H in a grid of h sits at c = (y + ½)·h/H − ½; it mixes rows ⌊c⌋ and ⌊c⌋ + 1, each
 * clamped, with weight frac(c).
 */

import { elementwise, output, type Shader, shader, unroll, vecType, type Width } from './wgsl.ts'
import { reductionThreads, reductionWorkgroup, total, type WorkgroupReduction } from './workgroup-reduce.ts'

const BILINEAR = `struct Tap { low: u32, high: u32, mix: f32 }
fn tapOf(at: u32, cells: u32, samples: u32) -> Tap {
  let c = (f32(at) + 0.5) * f32(cells) / f32(samples) - 0.5;
  let low = floor(c);
  let last = f32(cells - 1u);
  return Tap(u32(clamp(low, 0.0, last)), u32(clamp(low + 1.0, 0.0, last)), c - low);
}`

const sample = (name: string) => `fn sample(base: u32, y: Tap, x: Tap) -> f32 {
  let top = mix(${name}[base + y.low * p.w + x.low], ${name}[base + y.low * p.w + x.high], x.mix);
  let bottom = mix(${name}[base + y.high * p.w + x.low], ${name}[base + y.high * p.w + x.high], x.mix);
  return mix(top, bottom, y.mix);
}`

/**
 * map [rows, h·w] → sums [rows]: Σ over all H·W keys of each upsampled row. One workgroup a row.
 */
export function upsampledSums(reduction: WorkgroupReduction): Shader {
  const threads = reductionThreads(reduction)
  return shader({
    name: 'aggregateMap sums',
    params: { rows: 'u32', h: 'u32', w: 'u32', height: 'u32', width: 'u32' },
    bindings: { map: { type: 'f32' }, sums: { type: 'f32', access: 'read_write' } },
    ...reductionWorkgroup(reduction),
    declarations: `${BILINEAR}\n${sample('map')}\n${total(reduction)}`,
    main: `  let row = min(workgroupIndex(wid, groups), p.rows - 1u);
  let base = row * p.h * p.w;
  var sum = 0.0;
  for (var y = 0u; y < p.height; y++) {
    let ty = tapOf(y, p.h, p.height);
    for (var x = local; x < p.width; x += ${threads}u) { sum += sample(base, ty, tapOf(x, p.w, p.width)); }
  }
  sum = total(local, sum);
  if (local == 0u) { sums[row] = sum; }`,
  })
}

/**
 * out[Q, K] += weight · up(map[q])[K] / sums[q]; both maps are bands of whole grid rows. Four keys
 * of a row at a time where `width` says so.
 */
export function addUpsampled(width: Width): Shader {
  return elementwise({
    name: 'aggregateMap add',
    params: { rows: 'u32', h: 'u32', w: 'u32', height: 'u32', width: 'u32', firstRow: 'u32', mapFirstRow: 'u32', weight: 'f32' },
    bindings: { map: { type: 'f32' }, sums: { type: 'f32' }, out: output(width) },
    declarations: `${BILINEAR}\n${sample('map')}`,
    main: `  let cells = p.height * p.width / ${width}u;
  let query = i / cells;
  let key = i % cells * ${width}u;
  let coarseRow = (p.firstRow + query / p.width) * p.h / p.height;
  if (coarseRow < p.mapFirstRow) { return; }
  let q = (coarseRow - p.mapFirstRow) * p.w + query % p.width * p.w / p.width;
  if (q >= p.rows) { return; }
  let y = tapOf(key / p.width, p.h, p.height);
  let x = key % p.width;
  let value = ${vecType(width)}(${unroll(width, (j) => `sample(q * p.h * p.w, y, tapOf(x + ${j}u, p.w, p.width))`, ', ')});
  out[i] += p.weight / sums[q] * value;`,
  })
}

/** maps [count, h·w] → the index of the largest upsampled map at each pixel of a band of rows. */
export function argmaxMaps(): Shader {
  return elementwise({
    name: 'argmaxMaps',
    params: { h: 'u32', w: 'u32', height: 'u32', width: 'u32', firstRow: 'u32', count: 'u32' },
    bindings: { maps: { type: 'f32' }, out: { type: 'i32', access: 'read_write' } },
    declarations: `${BILINEAR}\n${sample('maps')}`,
    main: `  let y = tapOf(p.firstRow + i / p.width, p.h, p.height);
  let x = tapOf(i % p.width, p.w, p.width);
  var best = 0u;
  var value = sample(0u, y, x);
  for (var m = 1u; m < p.count; m++) {
    let next = sample(m * p.h * p.w, y, x);
    if (next > value) { value = next; best = m; }
  }
  out[i] = i32(best);`,
  })
}
