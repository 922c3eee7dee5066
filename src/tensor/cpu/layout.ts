/** @file Ops that move numbers, index by index, and conversion of what is stored. */
import type { OpTable } from '../backend.ts'
import { floatToHalf } from '../half.ts'
import { decoded, f16, f32, i32 } from '../host/memory.ts'
import { sizeOf } from '../shape.ts'

/** out = value everywhere. */
export function fill({ out, value }: OpTable['fill']): void {
  f32(out).fill(value)
}

/** out[image, y, x] = the pixel ⌊y·H/OH⌋, ⌊x·W/OW⌋ of that image. */
export function upsampleNearest({ x, out }: OpTable['upsampleNearest']): void {
  const [batch, height, width, channels] = x.shape
  const [, outHeight, outWidth] = out.shape
  const from = f32(x)
  const to = f32(out)
  let at = 0
  for (let image = 0; image < batch; image++)
    for (let i = 0; i < outHeight; i++)
      for (let j = 0; j < outWidth; j++)
        for (let c = 0; c < channels; c++) {
          const [row, column] = [Math.floor((i * height) / outHeight), Math.floor((j * width) / outWidth)]
          to[at++] = from[((image * height + row) * width + column) * channels + c]
        }
}

/** Each row of out is a row of a and then one of b. */
export function concat({ a, b, out }: OpTable['concat']): void {
  const [rows, first] = a.shape
  const second = b.shape[1]
  const [x, y] = [f32(a), f32(b)]
  const to = f32(out)
  for (let row = 0; row < rows; row++)
    for (let c = 0; c < first + second; c++) to[row * (first + second) + c] = c < first ? x[row * first + c] : y[row * second + c - first]
}

/** Axis j of out is axis axes[j] of x. */
export function permute({ x, out, axes }: OpTable['permute']): void {
  const strides = axes.map((axis) => sizeOf(x.shape.slice(axis + 1)))
  const from = f32(x)
  const to = f32(out)
  for (let i = 0; i < to.length; i++) {
    // The index along each axis of out, from the last on, and what it adds to the place in x.
    let [rest, place] = [i, 0]
    for (let axis = axes.length - 1; axis >= 0; axis--) {
      const length = out.shape[axis]
      place += (rest % length) * strides[axis]
      rest = Math.floor(rest / length)
    }
    to[i] = from[place]
  }
}

/** out[o, i] = x[o, start + i]. */
export function slice({ x, out, outer, length, inner, start, count }: OpTable['slice']): void {
  const from = f32(x)
  const to = f32(out)
  for (let o = 0; o < outer; o++)
    for (let i = 0; i < count; i++)
      for (let c = 0; c < inner; c++) to[(o * count + i) * inner + c] = from[(o * length + start + i) * inner + c]
}

/** out[i] = row indices[i] of the table. */
export function gatherRows({ table, indices, out }: OpTable['gatherRows']): void {
  const channels = table.shape[1]
  const from = decoded(table)
  const rows = i32(indices)
  const to = f32(out)
  for (let i = 0; i < rows.length; i++) for (let c = 0; c < channels; c++) to[i * channels + c] = from[rows[i] * channels + c]
}

/** out = x as f32 or f16, rounded to nearest even. */
export function cast({ x, out }: OpTable['cast']): void {
  if (out.dtype === 'f16') floatToHalf(decoded(x), f16(out))
  else f32(out).set(decoded(x))
}
