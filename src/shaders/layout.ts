/** @file Moving numbers: nearest upsampling, concatenation, transposition, slices, gathering rows. One thread an element of the result. */
import { elementwise, type Shader } from './wgsl.ts'

const OUT = { type: 'f32', access: 'read_write' } as const
const IN = { type: 'f32' } as const

/** Source pixel ⌊i·H/OH⌋, in integers. */
export function upsampleNearest(): Shader {
  return elementwise({
    name: 'upsampleNearest',
    params: { channels: 'u32', height: 'u32', width: 'u32', outHeight: 'u32', outWidth: 'u32' },
    bindings: { x: IN, out: OUT },
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
export function concat(): Shader {
  return elementwise({
    name: 'concat',
    params: { ca: 'u32', cb: 'u32' },
    bindings: { a: IN, b: IN, out: OUT },
    main: `  let row = i / (p.ca + p.cb);
  let c = i % (p.ca + p.cb);
  if (c < p.ca) { out[i] = a[row * p.ca + c]; } else { out[i] = b[row * p.cb + c - p.ca]; }`,
  })
}

/** out has lengths d0…d3; s0…s3 are the strides of x along out's axes. */
export function permute(): Shader {
  return elementwise({
    name: 'permute',
    params: { d1: 'u32', d2: 'u32', d3: 'u32', s0: 'u32', s1: 'u32', s2: 'u32', s3: 'u32' },
    bindings: { x: IN, out: OUT },
    main: `  let i3 = i % p.d3;
  let i2 = (i / p.d3) % p.d2;
  let i1 = (i / p.d3 / p.d2) % p.d1;
  let i0 = i / p.d3 / p.d2 / p.d1;
  out[i] = x[i0 * p.s0 + i1 * p.s1 + i2 * p.s2 + i3 * p.s3];`,
  })
}

/** x [outer, length, inner] → [outer, count, inner]. */
export function slice(): Shader {
  return elementwise({
    name: 'slice',
    params: { length: 'u32', inner: 'u32', start: 'u32', count: 'u32' },
    bindings: { x: IN, out: OUT },
    main: `  let run = p.count * p.inner;
  out[i] = x[((i / run) * p.length + p.start) * p.inner + i % run];`,
  })
}

export function gatherRows(table: 'f32' | 'f16'): Shader {
  return elementwise({
    name: 'gatherRows',
    params: { channels: 'u32' },
    bindings: { table: { type: table }, indices: { type: 'i32' }, out: OUT },
    main: '  out[i] = load_table(u32(indices[i / p.channels]) * p.channels + i % p.channels);',
  })
}
