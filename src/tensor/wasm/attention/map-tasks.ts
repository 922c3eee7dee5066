/** @file Tasks that add to an attention map: queries of all heads, and rows of the map. */
import { type Body, f32x4, i32, type Local, v128 } from '../../../wasm-assembler/index.ts'
import { storeUpTo4, transpose } from '../vectors.ts'
import { f32At, f32Bytes, type I32, type Locals, rowAt, taskRange, times } from '../vocabulary.ts'
import { eachHalf, PANEL, PANEL_BYTES } from './panels.ts'

/**
 * Fields of a kernel whose tasks are queries of all heads, in groups of panels, and that adds to a
 * map.
 */
export const MAP_TASKS = {
  queries: 'i32',
  keys: 'i32',
  channels: 'i32',
  size: 'i32',
  heads: 'i32',
  /** Panels of 8 queries in a group. */
  group: 'i32',
  queriesPerTask: 'i32',
  tasksPerImage: 'i32',
  /** Factor on the scores, times log₂ e. */
  scale: 'f32',
} as const

/**
 * Such a task: its image, its queries, where the image's map begins, bytes of a row of q, queries
 * of a group.
 */
export function mapTask(
  f: Body,
  p: Locals<'queries' | 'keys' | 'channels' | 'group' | 'queriesPerTask' | 'tasksPerImage'>,
  task: Local<'i32'>,
  maps: Local<'i32'>,
) {
  const image = f.let(i32.divU(task, p.tasksPerImage))
  const own = taskRange(f, i32.remU(task, p.tasksPerImage), p.queriesPerTask, p.queries)
  const stride = f.let(f32Bytes(p.channels))
  const map = f.let(f32At(maps, i32.mul(image, p.queries, p.keys)))
  const groupQueries = f.let(times(p.group, PANEL))
  return { image, own, stride, map, groupQueries }
}

/** out[query][key] += sums[key][query], for the queries before `end`. */
export function addTurned(
  f: Body,
  p: { sums: I32; key: I32; count: Local<'i32'>; query: Local<'i32'>; end: Local<'i32'>; out: I32; keys: Local<'i32'> },
): void {
  const from = f.local('i32', p.sums)
  const stride = f.let(f32Bytes(p.keys))
  const row0 = f.let(f32At(rowAt(p.out, p.query, stride), p.key))
  f.for(0, p.count, 4, (key) => {
    const rest = f.let(i32.sub(p.count, key))
    const to = f.let(f32At(row0, key))
    eachHalf((half, offset) => {
      const rows = [0, 1, 2, 3].map((k) => v128.load(from, PANEL_BYTES * k + offset))
      for (const [lane, value] of transpose(f, rows).entries()) {
        f.if(i32.ltU(i32.add(p.query, 4 * half + lane), p.end), () => {
          f.set(value, f32x4.add(value, v128.load(to)))
          storeUpTo4(f, to, value, rest)
        })
        f.increase(to, stride)
      }
    })
    f.increase(from, 4 * PANEL_BYTES)
  })
}
