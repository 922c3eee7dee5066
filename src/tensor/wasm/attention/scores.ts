/** @file Scores of a block of keys and a panel of queries, and the causal mask. */
import { type Body, type Expr, i32, i32x4, type Local, v128 } from '../../../wasm-assembler/index.ts'
import { microKernel } from '../gemm/micro-kernel.ts'
import { ceilDiv, f32At, type I32, type Locals, V128 } from '../vocabulary.ts'
import { LOWEST, PANEL_BYTES } from './panels.ts'

/** Scores [key][8 queries] of a block of keys; the last panel of keys may add up to 3 rows. */
export function scores(f: Body, p: Locals<'panelsK' | 'size' | 'key' | 'count' | 'queries'> & { to: I32 }): void {
  f.run(microKernel, {
    a: f32At(p.panelsK, i32.mul(p.key, p.size)),
    b: p.queries,
    c: p.to,
    stride: PANEL_BYTES,
    addend: 0,
    addendStride: 0,
    depth: p.size,
    count: ceilDiv(p.count, 4),
  })
}

/**
 * Runs `body` for every key of a block and either half of a panel's queries: where their numbers
 * lie, and which queries (all ones) are before the key.
 */
export function eachFuture(
  f: Body,
  p: Locals<'key' | 'count'> & { from: I32; query: I32 },
  body: (at: Local<'i32'>, offset: number, future: Expr<'v128'>) => void,
): void {
  const first = f.let(i32x4.splat(p.query))
  const queries = [f.let(i32x4.add(first, i32x4.const(0, 1, 2, 3))), f.let(i32x4.add(first, i32x4.const(4, 5, 6, 7)))]
  const key = f.let(p.key)
  const end = f.let(i32.add(p.key, p.count))
  const at = f.local('i32', p.from)
  f.while(i32.ltU(key, end), () => {
    for (const [half, query] of queries.entries()) body(at, V128 * half, i32x4.gtS(i32x4.splat(key), query))
    f.increase(at, PANEL_BYTES)
    f.increase(key, 1)
  })
}

/** Scores of keys behind the query become LOWEST. */
export function maskFuture(f: Body, p: Locals<'key' | 'count'> & { scores: I32; query: I32 }): void {
  eachFuture(f, { ...p, from: p.scores }, (at, offset, future) =>
    f.do(v128.store(at, v128.bitselect(f.splat(LOWEST), v128.load(at, offset), future), offset)),
  )
}
