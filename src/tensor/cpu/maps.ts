/**
 * @file Attention maps as pictures, upsampled bilinearly with half-pixel centres and clamped edges.
 */
import type { OpTable } from '../backend.ts'
import { f32, i32 } from '../host/memory.ts'

interface Sizes {
  h: number
  w: number
  height: number
  width: number
}

/** A map of h × w cells at pixel (y, x) of a picture of height × width. */
function upsampled(map: Float32Array, offset: number, { h, w, height, width }: Sizes, y: number, x: number): number {
  const [v, u] = [((y + 0.5) * h) / height - 0.5, ((x + 0.5) * w) / width - 0.5]
  const [top, left] = [Math.floor(v), Math.floor(u)]
  const clamp = (i: number, n: number) => Math.min(Math.max(i, 0), n - 1)
  const cell = (row: number, column: number) => map[offset + clamp(row, h) * w + clamp(column, w)]
  const column = (at: number) => cell(top, at) * (1 - (v - top)) + cell(top + 1, at) * (v - top)
  return column(left) * (1 - (u - left)) + column(left + 1) * (u - left)
}

/**
 * out[y, x] += weight · up(q) / Σ up(q) for every fine query (y, x) whose coarse query q is in the
 * map (DiffSeg, arXiv 2308.12469, §3.2).
 */
export function aggregateMap(args: OpTable['aggregateMap']): void {
  const { h, w, height, width, firstRow, mapFirstRow, weight } = args
  const map = f32(args.map)
  const out = f32(args.out)
  const [rows, mapRows] = [args.out.shape[0] / width, args.map.shape[0] / w]
  const fine = new Float64Array(height * width)
  for (let y = 0; y < rows; y++)
    for (let x = 0; x < width; x++) {
      const row = Math.floor(((firstRow + y) * h) / height) - mapFirstRow
      if (row < 0 || row >= mapRows) continue
      const query = row * w + Math.floor((x * w) / width)
      let sum = 0
      for (let i = 0; i < fine.length; i++) {
        fine[i] = upsampled(map, query * h * w, args, Math.floor(i / width), i % width)
        sum += fine[i]
      }
      for (let i = 0; i < fine.length; i++) out[(y * width + x) * fine.length + i] += (weight * fine[i]) / sum
    }
}

/** out[y, x] = the first of the maps that are largest at pixel (firstRow + y, x). */
export function argmaxMaps({ maps, out, firstRow, ...sizes }: OpTable['argmaxMaps']): void {
  const from = f32(maps)
  const to = i32(out)
  for (let i = 0; i < to.length; i++) {
    let [best, top] = [0, -Infinity]
    for (let m = 0; m < maps.shape[0]; m++) {
      const value = upsampled(from, m * sizes.h * sizes.w, sizes, firstRow + Math.floor(i / sizes.width), i % sizes.width)
      if (value > top) [best, top] = [m, value]
    }
    to[i] = best
  }
}
