/**
 * @file Moving numbers: filling, nearest upsampling, concatenation, transposition, slices,
 * gathering rows, conversion of storage. Runs of neighbours are copied as a whole.
 */
import type { OpTable } from '../../backend.ts'
import { floatToHalf, halfTable, halfToFloat } from '../../half.ts'
import { f16, f32, i32 } from '../../host/memory.ts'
import { sizeOf } from '../../shape.ts'

/** out = value everywhere. */
export function fill({ out, value }: OpTable['fill']): void {
  f32(out).fill(value)
}

/** The nearest pixel of x for every pixel of out. */
export function upsampleNearest({ x, out }: OpTable['upsampleNearest']): void {
  const [batch, height, width, channels] = x.shape
  const [, outHeight, outWidth] = out.shape
  const from = f32(x)
  const to = f32(out)
  let at = 0
  for (let image = 0; image < batch; image++)
    for (let row = 0; row < outHeight; row++)
      for (let column = 0; column < outWidth; column++) {
        const y = Math.floor((row * height) / outHeight)
        const source = ((image * height + y) * width + Math.floor((column * width) / outWidth)) * channels
        for (let c = 0; c < channels; c++) to[at++] = from[source + c]
      }
}

/** Rows of a, each continued by a row of b. */
export function concat({ a, b, out }: OpTable['concat']): void {
  const [rows, ca] = a.shape
  const cb = b.shape[1]
  const x = f32(a)
  const y = f32(b)
  const to = f32(out)
  for (let r = 0; r < rows; r++) {
    to.set(x.subarray(r * ca, (r + 1) * ca), r * (ca + cb))
    to.set(y.subarray(r * cb, (r + 1) * cb), r * (ca + cb) + ca)
  }
}

/** x with its axes in another order. */
export function permute({ x, out, axes }: OpTable['permute']): void {
  const lead = 4 - axes.length
  const lengths = [...Array(lead).fill(1), ...out.shape]
  const strides = [...Array(lead).fill(0), ...axes.map((axis) => sizeOf(x.shape.slice(axis + 1)))]
  const from = f32(x)
  const to = f32(out)
  let at = 0
  for (let i = 0; i < lengths[0]; i++)
    for (let j = 0; j < lengths[1]; j++)
      for (let k = 0; k < lengths[2]; k++) {
        const base = i * strides[0] + j * strides[1] + k * strides[2]
        for (let l = 0; l < lengths[3]; l++) to[at++] = from[base + l * strides[3]]
      }
}

/** `count` entries of the middle axis from `start` on. */
export function slice({ x, out, outer, length, inner, start, count }: OpTable['slice']): void {
  const from = f32(x)
  const to = f32(out)
  const run = count * inner
  for (let o = 0; o < outer; o++) {
    const at = (o * length + start) * inner
    to.set(from.subarray(at, at + run), o * run)
  }
}

/** Rows of the table by their indices. */
export function gatherRows({ table, indices, out }: OpTable['gatherRows']): void {
  const channels = table.shape[1]
  const rows = i32(indices)
  const to = f32(out)
  if (table.dtype === 'f16') {
    const bits = f16(table)
    const values = halfTable()
    rows.forEach((row, i) => {
      for (let c = 0; c < channels; c++) to[i * channels + c] = values[bits[row * channels + c]]
    })
  } else {
    const from = f32(table)
    rows.forEach((row, i) => {
      to.set(from.subarray(row * channels, (row + 1) * channels), i * channels)
    })
  }
}

/** Conversion between f32 and f16, rounded to nearest even. */
export function cast({ x, out }: OpTable['cast']): void {
  if (x.dtype === 'f16' && out.dtype === 'f16') f16(out).set(f16(x))
  else if (x.dtype === 'f16') halfToFloat(f16(x), f32(out))
  else if (out.dtype === 'f16') floatToHalf(f32(x), f16(out))
  else f32(out).set(f32(x))
}
