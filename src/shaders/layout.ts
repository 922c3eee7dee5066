/**
 * @file Moving numbers: nearest upsampling, concatenation, transposition, slices, gathering rows.
 * One thread a number of the result, or four.
 */
import { elementwise, input, output, type Shader, type Width } from './wgsl.ts'

/** Source pixel ⌊i·H/OH⌋, in integers. */
export function upsampleNearest(width: Width): Shader {
  return elementwise({
    name: 'upsampleNearest',
    params: { channels: 'u32', height: 'u32', width: 'u32', outHeight: 'u32', outWidth: 'u32' },
    bindings: { x: input(width), out: output(width) },
    main: `  let c = i % p.channels;
  let column = (i / p.channels) % p.outWidth;
  let row = (i / p.channels / p.outWidth) % p.outHeight;
  let image = i / p.channels / p.outWidth / p.outHeight;
  let y = row * p.height / p.outHeight;
  let x0 = column * p.width / p.outWidth;
  out[i] = x[((image * p.height + y) * p.width + x0) * p.channels + c];`,
  })
}

/** a [rows, ca] and b [rows, cb] side by side. */
export function concat(width: Width): Shader {
  return elementwise({
    name: 'concat',
    params: { ca: 'u32', cb: 'u32' },
    bindings: { a: input(width), b: input(width), out: output(width) },
    main: `  let row = i / (p.ca + p.cb);
  let c = i % (p.ca + p.cb);
  if (c < p.ca) { out[i] = a[row * p.ca + c]; } else { out[i] = b[row * p.cb + c - p.ca]; }`,
  })
}

/** out has lengths d0…d3; s0…s3 are the strides of x along out's axes. */
export function permute(width: Width): Shader {
  return elementwise({
    name: 'permute',
    params: { d1: 'u32', d2: 'u32', d3: 'u32', s0: 'u32', s1: 'u32', s2: 'u32', s3: 'u32' },
    bindings: { x: input(width), out: output(width) },
    main: `  let i3 = i % p.d3;
  let i2 = (i / p.d3) % p.d2;
  let i1 = (i / p.d3 / p.d2) % p.d1;
  let i0 = i / p.d3 / p.d2 / p.d1;
  out[i] = x[i0 * p.s0 + i1 * p.s1 + i2 * p.s2 + i3 * p.s3];`,
  })
}

/** x [outer, length] → [outer, count], from `start` on. */
export function slice(width: Width): Shader {
  return elementwise({
    name: 'slice',
    params: { length: 'u32', start: 'u32', count: 'u32' },
    bindings: { x: input(width), out: output(width) },
    main: '  out[i] = x[(i / p.count) * p.length + p.start + i % p.count];',
  })
}

export function gatherRows(table: 'f32' | 'f16', width: Width): Shader {
  return elementwise({
    name: 'gatherRows',
    params: { channels: 'u32' },
    bindings: { table: { ...input(width), type: table }, indices: { type: 'i32' }, out: output(width) },
    main: `  out[i] = ${width === 4 ? 'load4_table' : 'load_table'}(u32(indices[i / p.channels]) * p.channels + i % p.channels);`,
  })
}
