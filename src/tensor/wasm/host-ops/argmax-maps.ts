/** @file The largest of several maps at each pixel: rows are interpolated first, then columns. */
import type { OpTable } from '../../backend.ts'
import { f32, i32 } from '../../host/memory.ts'
import { type Taps, tapsOf } from './interpolation.ts'

/** Row y of the upsampled map before its columns are interpolated: `out` [w]. */
function mixRows(map: Float32Array, base: number, w: number, taps: Taps, y: number, out: Float64Array, outAt: number): void {
  const low = base + taps.low[y] * w
  const high = base + taps.high[y] * w
  const mix = taps.mix[y]
  for (let i = 0; i < w; i++) out[outAt + i] = map[low + i] * (1 - mix) + map[high + i] * mix
}

/** For each pixel the first of the maps that are largest there. */
export function argmaxMaps({ maps, out, h, w, height, width, firstRow }: OpTable['argmaxMaps']): void {
  const count = maps.shape[0]
  const from = f32(maps)
  const to = i32(out)
  const rows = tapsOf(h, height)
  const columns = tapsOf(w, width)
  const lines = new Float64Array(count * w)
  for (let r = 0; r < out.shape[0]; r++) {
    for (let m = 0; m < count; m++) mixRows(from, m * h * w, w, rows, firstRow + r, lines, m * w)
    for (let x = 0; x < width; x++) {
      const low = columns.low[x]
      const high = columns.high[x]
      const mix = columns.mix[x]
      let best = 0
      let top = -Infinity
      for (let m = 0; m < count; m++) {
        const value = lines[m * w + low] * (1 - mix) + lines[m * w + high] * mix
        if (value > top) {
          top = value
          best = m
        }
      }
      to[r * width + x] = best
    }
  }
}
