/**
 * @file Aggregation of attention maps. Every coarse query's map is upsampled once, in the thread's
 * scratch memory, and added to all the fine queries that it stands for; those belong to one task.
 * Which cells are mixed how, and who stands for whom, are tables that the host makes
 * (`aggregationTables`).
 */
import { f32, f32x4, i32, v128 } from '../../wasm-assembler/index.ts'
import type { OpTable } from '../backend.ts'
import { tapsOf } from './host-ops/interpolation.ts'
import { kernel } from './kernel.ts'
import { SCRATCH_BYTES } from './layout.ts'
import { eachMasked, eachVector, sumLanes } from './vectors.ts'

type Aggregation = Pick<OpTable['aggregateMap'], 'h' | 'w' | 'height' | 'width' | 'firstRow' | 'mapFirstRow'>

/**
 * Cells of the fine grid, and of a row of the coarse one, for which the scratch memory is large
 * enough.
 */
export const MAX_CELLS = SCRATCH_BYTES / 8

/**
 * 32-bit words: for each fine row the two coarse rows that it mixes (byte offsets) and the second's
 * weight, the same for each fine column, then for each coarse row and each coarse column of the
 * map's band which fine rows (of the band of `out`) and columns it stands for, from … to.
 */
export function aggregationTables({ h, w, height, width, firstRow, mapFirstRow }: Aggregation, rows: number, mapRows: number): Int32Array {
  const words: number[] = []
  const bits = new Int32Array(1)
  const float = new Float32Array(bits.buffer)
  for (const [from, to, bytes] of [
    [h, height, 4 * w],
    [w, width, 4],
  ]) {
    const { low, high, mix } = tapsOf(from, to)
    for (let i = 0; i < to; i++) {
      float[0] = mix[i]
      words.push(low[i] * bytes, high[i] * bytes, bits[0])
    }
  }
  // Fine coordinates i with ⌊i·from/to⌋ = c: from ⌈c·to/from⌉ to ⌈(c + 1)·to/from⌉.
  const first = (c: number, from: number, to: number) => Math.ceil((c * to) / from)
  const inBand = (y: number) => Math.min(Math.max(y - firstRow, 0), rows)
  for (let c = mapFirstRow; c < mapFirstRow + mapRows; c++) words.push(inBand(first(c, h, height)), inBand(first(c + 1, h, height)))
  for (let c = 0; c < w; c++) words.push(first(c, w, width), first(c + 1, w, width))
  return Int32Array.from(words)
}

/** Tasks: ranges of coarse queries. */
export const aggregateMap = kernel(
  'aggregateMap',
  {
    map: 'i32',
    out: 'i32',
    tables: 'i32',
    queries: 'i32',
    queriesPerTask: 'i32',
    h: 'i32',
    w: 'i32',
    height: 'i32',
    width: 'i32',
    mapRows: 'i32',
    weight: 'f32',
  },
  (f, p, { task, scratch }) => {
    const query = f.let(i32.mul(task, p.queriesPerTask))
    const end = f.let(i32.minU(p.queries, i32.add(query, p.queriesPerTask)))
    const cells = f.let(i32.mul(p.height, p.width))
    const rowTaps = p.tables
    const columnTaps = f.let(i32.add(rowTaps, i32.mul(p.height, 12)))
    const rowRanges = f.let(i32.add(columnTaps, i32.mul(p.width, 12)))
    const columnRanges = f.let(i32.add(rowRanges, i32.shl(p.mapRows, 3)))
    const same = f.let(i32.and(i32.eq(p.h, p.height), i32.eq(p.w, p.width)))
    const upsampled = f.let(i32.add(scratch, i32.shl(p.w, 2), 16))
    const from = f.local('i32')
    const up = f.local('i32')
    const tap = f.local('i32')
    const to = f.local('i32')
    const sum = f.local('v128')
    const factor = f.local('v128')
    const x = f.local('i32')
    const y = f.local('i32')
    const range = f.local('i32')
    const columns = f.local('i32')
    f.while(i32.ltU(query, end), () => {
      f.set(range, i32.add(rowRanges, i32.shl(i32.divU(query, p.w), 3)))
      f.set(columns, i32.add(columnRanges, i32.shl(i32.remU(query, p.w), 3)))
      f.set(from, i32.add(p.map, i32.shl(i32.mul(query, p.h, p.w), 2)))
      f.if(
        same,
        () => f.set(up, from),
        () => {
          f.set(up, upsampled)
          f.set(to, up)
          f.for(y, 0, p.height, 1, () => {
            const rowTap = f.let(i32.add(rowTaps, i32.mul(y, 12)))
            const low = f.let(i32.add(from, i32.load(rowTap)))
            const high = f.let(i32.add(from, i32.load(rowTap, 4)))
            const mix = f.let(v128.load32Splat(rowTap, 8))
            eachVector(f, p.w, (at, store) => {
              const a = f.let(v128.load(i32.add(low, at)))
              store(i32.add(scratch, at), f32x4.add(a, f32x4.mul(f32x4.sub(v128.load(i32.add(high, at)), a), mix)))
            })
            f.set(tap, columnTaps)
            f.for(x, 0, p.width, 1, () => {
              const a = f.let(f32.load(i32.add(scratch, i32.load(tap))))
              const b = f32.load(i32.add(scratch, i32.load(tap, 4)))
              f.do(f32.store(to, f32.add(a, f32.mul(f32.sub(b, a), f32.load(tap, 8)))))
              f.increase(tap, 12)
              f.increase(to, 4)
            })
          })
        },
      )
      f.set(sum, f.splat(0))
      eachMasked(f, cells, (at, inside) => {
        const value = v128.load(i32.add(up, at))
        f.set(sum, f32x4.add(sum, inside ? v128.and(value, inside) : value))
      })
      f.set(factor, f32x4.splat(f32.div(p.weight, sumLanes(sum))))
      f.set(y, i32.load(range))
      f.while(i32.ltU(y, i32.load(range, 4)), () => {
        f.set(x, i32.load(columns))
        f.while(i32.ltU(x, i32.load(columns, 4)), () => {
          f.set(to, i32.add(p.out, i32.shl(i32.mul(i32.add(i32.mul(y, p.width), x), cells), 2)))
          eachVector(f, cells, (at, store) => {
            const place = f.let(i32.add(to, at))
            store(place, f.madd(v128.load(i32.add(up, at)), factor, v128.load(place)))
          })
          f.increase(x, 1)
        })
        f.increase(y, 1)
      })
      f.increase(query, 1)
    })
  },
)
