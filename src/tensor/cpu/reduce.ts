/** @file Reductions along an axis, and dot products of rows. */
import type { OpTable } from '../backend.ts'
import { f32, i32 } from '../host/memory.ts'

/** Sum, mean, extreme or place of the extreme along the axis; ties go to the lowest index. */
export function reduce({ x, out, fn, outer, length, inner }: OpTable['reduce']): void {
  const from = f32(x)
  const isPlace = fn === 'argmax' || fn === 'argmin'
  const sign = fn === 'min' || fn === 'argmin' ? -1 : 1
  const to = isPlace ? i32(out) : f32(out)
  for (let o = 0; o < outer; o++)
    for (let i = 0; i < inner; i++) {
      const value = (place: number) => from[(o * length + place) * inner + i]
      let [sum, best] = [0, 0]
      for (let place = 0; place < length; place++) {
        sum += value(place)
        if (sign * value(place) > sign * value(best)) best = place
      }
      to[o * inner + i] = isPlace ? best : fn === 'sum' ? sum : fn === 'mean' ? sum / length : value(best)
    }
}

/** out[row] = Σ a·b of that row. */
export function rowDot({ a, b, out }: OpTable['rowDot']): void {
  const [rows, length] = a.shape
  const [x, y] = [f32(a), f32(b)]
  const to = f32(out)
  for (let row = 0; row < rows; row++) {
    let sum = 0
    for (let i = row * length; i < (row + 1) * length; i++) sum += x[i] * y[i]
    to[row] = sum
  }
}
