/**
 * @file Aggregation of attention maps. Every coarse query's map is upsampled once, in the thread's
 * scratch memory, and added to all the fine queries that it stands for; those belong to one task.
 * Which cells are mixed how, and who stands for whom, are tables that the host makes
 * (`aggregationTables`).
 */
import { type Body, f32, f32x4, i32, v128 } from '../../wasm-assembler/index.ts'
import type { OpTable } from '../backend.ts'
import { tapsOf } from './host-ops/interpolation.ts'
import { kernel } from './kernel.ts'
import { SCRATCH_BYTES } from './layout.ts'
import { eachMasked, eachVector, sumLanes } from './vectors.ts'
import { f32At, f32Bytes, type Locals, rowAt, taskRange, V128 } from './vocabulary.ts'

type Aggregation = Pick<OpTable['aggregateMap'], 'h' | 'w' | 'height' | 'width' | 'firstRow' | 'mapFirstRow'>

/**
 * Cells of the fine grid, and of a row of the coarse one, for which the scratch memory is large
 * enough.
 */
export const MAX_CELLS = SCRATCH_BYTES / 8

/** Bytes of a table's entries: two offsets and a weight; from and to. */
const TAP_BYTES = 12
const RANGE_BYTES = 8

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

/** out += weight · (map upsampled and normalised), by query. Tasks: ranges of coarse queries. */
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
    // 1. The task's queries, and where the four tables begin.
    const own = taskRange(f, task, p.queriesPerTask, p.queries)
    const cells = f.let(i32.mul(p.height, p.width))
    const rowTaps = p.tables
    const columnTaps = f.let(rowAt(rowTaps, p.height, TAP_BYTES))
    const rowRanges = f.let(rowAt(columnTaps, p.width, TAP_BYTES))
    const columnRanges = f.let(rowAt(rowRanges, p.mapRows, RANGE_BYTES))
    const same = f.let(i32.and(i32.eq(p.h, p.height), i32.eq(p.w, p.width)))
    // The scratch memory: a mixed row of the map, with room for a whole last vector, and the map.
    const mixed = f.let(scratch)
    const upsampled = f.let(i32.add(scratch, f32Bytes(p.w), V128))

    f.for(own.first, own.end, 1, (query) => {
      const rows = f.let(rowAt(rowRanges, i32.divU(query, p.w), RANGE_BYTES))
      const columns = f.let(rowAt(columnRanges, i32.remU(query, p.w), RANGE_BYTES))
      const from = f.let(f32At(p.map, i32.mul(query, p.h, p.w)))

      // 2. The query's map on the fine grid.
      const up = f.let(from)
      f.if(i32.eq(same, 0), () => {
        f.set(up, upsampled)
        upsample(f, { ...p, rowTaps, columnTaps, from, mixed, to: upsampled })
      })

      // 3. weight / its sum
      const sum = f.let(f.splat(0))
      eachMasked(f, cells, (at, inside) => {
        const value = v128.load(i32.add(up, at))
        f.set(sum, f32x4.add(sum, inside ? v128.and(value, inside) : value))
      })
      const factor = f.let(f32x4.splat(f32.div(p.weight, sumLanes(sum))))

      // 4. Added to the maps of all fine queries that it stands for.
      const rowsEnd = f.let(i32.load(rows, 4))
      const columnsEnd = f.let(i32.load(columns, 4))
      f.for(i32.load(rows), rowsEnd, 1, (y) =>
        f.for(i32.load(columns), columnsEnd, 1, (x) => {
          const to = f.let(f32At(p.out, i32.mul(i32.add(i32.mul(y, p.width), x), cells)))
          eachVector(f, cells, (at, store) => {
            const place = f.let(i32.add(to, at))
            store(place, f.madd(v128.load(i32.add(up, at)), factor, v128.load(place)))
          })
        }),
      )
    })
  },
)

/** Upsamples a map bilinearly, [h, w] to [height, width]; `mixed` is room for a row. */
function upsample(f: Body, p: Locals<'w' | 'height' | 'width' | 'rowTaps' | 'columnTaps' | 'from' | 'mixed' | 'to'>): void {
  const to = f.let(p.to)
  f.for(0, p.height, 1, (y) => {
    // 1. Two coarse rows, mixed.
    const rowTap = f.let(rowAt(p.rowTaps, y, TAP_BYTES))
    const low = f.let(i32.add(p.from, i32.load(rowTap)))
    const high = f.let(i32.add(p.from, i32.load(rowTap, 4)))
    const mix = f.let(v128.load32Splat(rowTap, 8))
    eachVector(f, p.w, (at, store) => {
      const a = f.let(v128.load(i32.add(low, at)))
      store(i32.add(p.mixed, at), f32x4.add(a, f32x4.mul(f32x4.sub(v128.load(i32.add(high, at)), a), mix)))
    })
    // 2. Two of its columns, mixed, for each fine one.
    const tap = f.let(p.columnTaps)
    f.for(0, p.width, 1, () => {
      const a = f.let(f32.load(i32.add(p.mixed, i32.load(tap))))
      const b = f32.load(i32.add(p.mixed, i32.load(tap, 4)))
      f.do(f32.store(to, f32.add(a, f32.mul(f32.sub(b, a), f32.load(tap, 8)))))
      f.increase(tap, TAP_BYTES)
      f.increase(to, 4)
    })
  })
}
