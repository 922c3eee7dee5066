/**
 * @file Attention maps as pictures, upsampled bilinearly with half-pixel centres and clamped edges,
 * one axis after the other.
 */
import type { OpTable } from '../backend.ts'
import { f32, i32 } from '../host/memory.ts'

/**
 * For each of `to` samples along an axis of `from` cells: the two cells that it mixes, and the
 * weight of the second.
 */
interface Taps {
  low: Int32Array
  high: Int32Array
  mix: Float64Array
}

export function tapsOf(from: number, to: number): Taps {
  const taps = { low: new Int32Array(to), high: new Int32Array(to), mix: new Float64Array(to) }
  const clamp = (i: number) => Math.min(Math.max(i, 0), from - 1)
  for (let i = 0; i < to; i++) {
    const c = ((i + 0.5) * from) / to - 0.5
    const low = Math.floor(c)
    taps.low[i] = clamp(low)
    taps.high[i] = clamp(low + 1)
    taps.mix[i] = c - low
  }
  return taps
}

/** Row y of the upsampled map before its columns are interpolated: `out` [w]. */
function mixRows(map: Float32Array, base: number, w: number, taps: Taps, y: number, out: Float64Array, outAt: number): void {
  const low = base + taps.low[y] * w
  const high = base + taps.high[y] * w
  const mix = taps.mix[y]
  for (let i = 0; i < w; i++) out[outAt + i] = map[low + i] * (1 - mix) + map[high + i] * mix
}

export function aggregateMap({ map, out, h, w, height, width, firstRow, mapFirstRow, weight }: OpTable['aggregateMap']): void {
  const from = f32(map)
  const to = f32(out)
  const rows = tapsOf(h, height)
  const columns = tapsOf(w, width)
  const line = new Float64Array(w)
  const up = new Float64Array(height * width)
  // Each coarse row is upsampled once and added to all the fine queries that it stands for.
  const queries: number[][] = Array.from({ length: map.shape[0] }, () => [])
  for (let y = 0; y < out.shape[0] / width; y++) {
    const coarseRow = Math.floor(((firstRow + y) * h) / height) - mapFirstRow
    for (let x = 0; x < width; x++) queries[coarseRow * w + Math.floor((x * w) / width)]?.push(y * width + x)
  }
  for (let q = 0; q < queries.length; q++) {
    if (queries[q].length === 0) continue
    let sum = 0
    for (let y = 0; y < height; y++) {
      mixRows(from, q * h * w, w, rows, y, line, 0)
      for (let x = 0; x < width; x++) {
        const mix = columns.mix[x]
        const value = line[columns.low[x]] * (1 - mix) + line[columns.high[x]] * mix
        up[y * width + x] = value
        sum += value
      }
    }
    const factor = weight / sum
    for (const query of queries[q]) {
      const at = query * height * width
      for (let i = 0; i < up.length; i++) to[at + i] += factor * up[i]
    }
  }
}

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
