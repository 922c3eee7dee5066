/**
 * @file The reductions that have no kernel: sums along an axis before others, and places of
 * extremes. x is read once, in memory order. Sums in f64; ties go to the lowest index.
 */
import type { OpTable } from '../../backend.ts'
import { f32, i32 } from '../../host/memory.ts'

/** Sum, mean, extreme or place of the extreme along the middle axis. */
export function reduce({ x, out, fn, outer, length, inner }: OpTable['reduce']): void {
  const from = f32(x)
  if (fn === 'sum' || fn === 'mean') sums(from, f32(out), outer, length, inner, fn === 'sum' ? 1 : 1 / length)
  else {
    const best = extremes(from, outer, length, inner, fn === 'min' || fn === 'argmin' ? -1 : 1)
    if (fn === 'argmax' || fn === 'argmin') i32(out).set(best)
    else pick(from, best, f32(out), length, inner)
  }
}

/** Walks x in memory order, a line of `inner` running results at a time. */
function sums(x: Float32Array, out: Float32Array, outer: number, length: number, inner: number, factor: number): void {
  const line = new Float64Array(inner)
  for (let o = 0; o < outer; o++) {
    line.fill(0)
    let at = o * length * inner
    for (let l = 0; l < length; l++) for (let i = 0; i < inner; i++) line[i] += x[at++]
    for (let i = 0; i < inner; i++) out[o * inner + i] = line[i] * factor
  }
}

/** For each result the place along the axis of the largest sign · x. */
function extremes(x: Float32Array, outer: number, length: number, inner: number, sign: number): Int32Array {
  const best = new Int32Array(outer * inner)
  const line = new Float64Array(inner)
  for (let o = 0; o < outer; o++) {
    line.fill(-Infinity)
    let at = o * length * inner
    for (let l = 0; l < length; l++)
      for (let i = 0; i < inner; i++) {
        const value = sign * x[at++]
        if (value > line[i]) {
          line[i] = value
          best[o * inner + i] = l
        }
      }
  }
  return best
}

function pick(x: Float32Array, places: Int32Array, out: Float32Array, length: number, inner: number): void {
  for (let at = 0; at < out.length; at++) {
    const o = Math.floor(at / inner)
    out[at] = x[(o * length + places[at]) * inner + (at - o * inner)]
  }
}
