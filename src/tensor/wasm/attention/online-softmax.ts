/**
 * @file Softmax over blocks of keys, with running maxima and sums (Milakov and Gimelshein, arXiv
 * 1805.02867), and the results that go with them.
 *
 * Scores are scaled by log₂ e besides, so that exponentials are powers of 2; only the maxima of
 * `stats` are those of the table.
 */
import { type Body, f32, f32x4, i32, type Local, v128 } from '../../../wasm-assembler/index.ts'
import { microKernel } from '../gemm/micro-kernel.ts'
import { exp2Negative } from '../math.ts'
import { storeUpTo4, transpose } from '../vectors.ts'
import { f32At, type I32, type Locals, type Range, rowAt, times, V128, v128At } from '../vocabulary.ts'
import { blockAt, type Eight, eachHalf, eachKey, LOWEST, loadEight, MAXIMA, PANEL, PANEL_BYTES, type Panel, SUMS } from './panels.ts'

/** No keys so far. */
export function startSoftmax(f: Body, { running }: Locals<'running'>): void {
  eachHalf((_, offset) => {
    f.do(v128.store(running, f.splat(LOWEST), MAXIMA + offset))
    f.do(v128.store(running, f.splat(0), SUMS + offset))
  })
}

/** Raises maxima to those of a block of scores. */
export function raiseMaxima(f: Body, scores: Range, maxima: Eight): void {
  eachKey(f, scores, (at) => eachHalf((half, offset) => f.set(maxima[half], f32x4.pmax(maxima[half], v128.load(at, offset)))))
}

/** Scores become 2^(score − maximum), and are added to the sums. */
export function exponentiate(f: Body, scores: Range, maxima: Eight, sums: Eight): void {
  eachKey(f, scores, (at) =>
    eachHalf((half, offset) => {
      const e = f.let(exp2Negative(f, f32x4.sub(v128.load(at, offset), maxima[half])))
      f.do(v128.store(at, e, offset))
      f.set(sums[half], f32x4.add(sums[half], e))
    }),
  )
}

/**
 * Takes a block of keys in: its scores become 2^(score − maximum of all keys so far), and what was
 * summed up before is scaled to that maximum.
 */
export function updateSoftmax(f: Body, p: Locals<'running' | 'count' | 'results' | 'resultBytes'> & { scores: I32 }): void {
  const { running } = p
  const block = blockAt(f, p.scores, p.count)
  // 1. The maxima with this block, and the factors from the old to the new.
  const before = loadEight(f, running, MAXIMA)
  const maxima = eachHalf((half) => f.let(before[half]))
  raiseMaxima(f, block, maxima)
  const factors = eachHalf((half) => f.let(exp2Negative(f, f32x4.sub(before[half], maxima[half]))))
  // 2. Exponentials, and the sums with them.
  const sums = eachHalf((half, offset) => f.let(f32x4.mul(factors[half], v128.load(running, SUMS + offset))))
  exponentiate(f, block, maxima, sums)
  eachHalf((half, offset) => {
    f.do(v128.store(running, maxima[half], MAXIMA + offset))
    f.do(v128.store(running, sums[half], SUMS + offset))
  })
  // 3. The results so far.
  const results = { first: p.results, end: f.let(i32.add(p.results, p.resultBytes)) }
  eachKey(f, results, (at) => eachHalf((half, offset) => f.do(v128.store(at, f32x4.mul(v128.load(at, offset), factors[half]), offset))))
}

/** Results [channel][8 queries] += values · probabilities. */
export function accumulate(f: Body, p: Locals<'panelsV' | 'keys' | 'size' | 'key' | 'count' | 'results'> & { probabilities: I32 }): void {
  const a = f.let(v128At(p.panelsV, p.key))
  const c = f.let(p.results)
  f.for(0, p.size, 4, () => {
    const result = { c, stride: PANEL_BYTES, addend: c, addendStride: PANEL_BYTES }
    f.run(microKernel, { a, b: p.probabilities, ...result, depth: p.count, count: 1 })
    f.increase(a, times(p.keys, V128))
    f.increase(c, 4 * PANEL_BYTES)
  })
}

/** Results / sums, turned back to [query][channel], for the queries before `end`. */
export function storeResults(f: Body, p: Panel & Locals<'end' | 'size' | 'stride'> & { out: I32 }): void {
  const from = f.let(p.results)
  const query = f.let(p.query)
  const row0 = f.let(rowAt(p.out, query, p.stride))
  const inverse = eachHalf((_, offset) => f.let(f32x4.div(f.splat(1), v128.load(p.running, SUMS + offset))))
  f.for(0, p.size, 4, (channel) => {
    const rest = f.let(i32.sub(p.size, channel))
    const to = f.let(f32At(row0, channel))
    eachHalf((half, offset) => {
      const rows = [0, 1, 2, 3].map((c) => f32x4.mul(v128.load(from, PANEL_BYTES * c + offset), inverse[half]))
      for (const [lane, value] of transpose(f, rows).entries()) {
        f.if(i32.ltU(i32.add(query, 4 * half + lane), p.end), () => storeUpTo4(f, to, value, rest))
        f.increase(to, p.stride)
      }
    })
    f.increase(from, 4 * PANEL_BYTES)
  })
}

/** stats[query] = maximum, sum; for the queries before `end`. */
export function storeStats(f: Body, p: Panel & { stats: I32; end: Local<'i32'> }): void {
  const from = f.let(p.running)
  const first = f.let(p.query)
  const end = f.let(i32.minU(p.end, i32.add(first, PANEL)))
  const to = f.let(rowAt(p.stats, first, 8))
  f.for(first, end, 1, () => {
    f.do(f32.store(to, f32.mul(f32.load(from, MAXIMA), Math.LN2)), f32.store(to, f32.load(from, SUMS), 4))
    f.increase(from, 4)
    f.increase(to, 8)
  })
}
