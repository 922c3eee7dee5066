/** @file Packing keys, values and queries into panels. */
import { type Body, type Expr, f32x4, i32, type Local, v128 } from '../../../wasm-assembler/index.ts'
import { kernel } from '../kernel.ts'
import { copy4, interleave4, interleave8 } from '../vectors.ts'
import { f32At, f32Bytes, type I32, type Locals, rowAt, taskRange, times, V128 } from '../vocabulary.ts'
import { ceil4, headOffset, PANEL_BYTES } from './panels.ts'

/**
 * Packs keys into panels of 4 [head][key/4][channel][4], and values into panels of 4 channels
 * [head][channel/4][key][4]. Tasks: image, head, block of keys.
 */
export const packKeys = kernel(
  'packKeys',
  {
    k: 'i32',
    /** 0 if only the keys are wanted. */
    v: 'i32',
    panelsK: 'i32',
    panelsV: 'i32',
    keys: 'i32',
    channels: 'i32',
    size: 'i32',
    heads: 'i32',
    keysPerTask: 'i32',
    tasksPerHead: 'i32',
  },
  (f, p, { task }) => {
    const index = f.let(i32.divU(task, p.tasksPerHead))
    const { first, end } = taskRange(f, i32.remU(task, p.tasksPerHead), p.keysPerTask, p.keys)
    const stride = f.let(f32Bytes(p.channels))
    const head = f.let(headOffset(index, p.keys, p))

    // 1. Keys: four side by side. Missing ones repeat the last.
    const to = f.let(f32At(p.panelsK, i32.mul(i32.add(i32.mul(index, ceil4(p.keys)), first), p.size)))
    const k = f.let(i32.add(p.k, head))
    f.for(first, end, 4, (key) => {
      const row = (r: number) => rowAt(k, i32.minU(i32.add(key, r), i32.sub(p.keys, 1)), stride)
      f.run(interleave4, { row0: row(0), row1: row(1), row2: row(2), row3: row(3), depth: p.size, to })
      f.increase(to, times(p.size, V128))
    })

    // 2. Values: four channels at a time, key by key, which are plain copies.
    f.if(p.v, () => {
      const from = f.let(i32.add(p.v, head, i32.mul(first, stride)))
      f.set(to, f32At(p.panelsV, i32.add(i32.mul(index, ceil4(p.size), p.keys), times(first, 4))))
      f.for(0, p.size, 4, (channel) => {
        f.run(copy4, { from: f32At(from, channel), stride, depth: i32.sub(end, first), to })
        f.increase(to, times(p.keys, V128))
      })
    })
  },
)

/** Eight queries, times `scale`, into a panel. Missing ones repeat the last. */
export function packQueries(
  f: Body,
  p: Locals<'stride' | 'size' | 'to'> & { q: I32; query: Expr<'i32'>; end: Local<'i32'>; scale: Expr<'f32'> },
): void {
  const query = f.let(p.query)
  const row = (r: number) => rowAt(p.q, i32.minU(i32.add(query, r), i32.sub(p.end, 1)), p.stride)
  for (const r of [0, 4])
    f.run(interleave8, { row0: row(r), row1: row(r + 1), row2: row(r + 2), row3: row(r + 3), depth: p.size, to: i32.add(p.to, 4 * r) })
  const scale = f.let(f32x4.splat(p.scale))
  f.for(p.to, rowAt(p.to, p.size, PANEL_BYTES), V128, (at) => f.do(v128.store(at, f32x4.mul(v128.load(at), scale))))
}
