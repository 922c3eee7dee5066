/**
 * @file The vocabulary of attention's kernels: panels of eight queries, what is kept for each, and
 * where keys and values of a head lie.
 *
 * Everything is transposed, so that the lanes of a vector are queries:
 *
 *     scores     [key]     [8 queries]     Sᵀ = K·Qᵀ
 *     results    [channel] [8 queries]     Oᵀ = Vᵀ·Pᵀ
 *
 * Maxima, exponentials and sums over keys are then sums of whole vectors, and a block of
 * probabilities is already the panel that the second product needs.
 */
import { type Body, type Expr, i32, type Local, v128 } from '../../../wasm-assembler/index.ts'
import { f32At, f32Bytes, type I32, type Locals, type Range, roundUp, rowAt, times, V128 } from '../vocabulary.ts'

/** Queries of a panel, and the bytes of one number for each. */
export const PANEL = 8
/** Bytes of one number for each query of a panel. */
export const PANEL_BYTES = 4 * PANEL
/** Panels that share a block of keys. */
export const GROUP = 4
/** Queries of a group. */
export const GROUP_QUERIES = PANEL * GROUP
/** Keys in a block. */
export const BLOCK = 256
/** Channels of a head for which the scratch memory is large enough. */
export const MAX_HEAD_SIZE = 1024
/** Below all scores; infinity would make NaN of differences. */
export const LOWEST = -3e38

// The scratch memory: scores of a block, and for each panel of the group maxima, sums, queries and
// results.
export const SCORES = 0
export const MAXIMA = SCORES + PANEL_BYTES * BLOCK
export const SUMS = MAXIMA + PANEL_BYTES * GROUP
export const QUERIES = SUMS + PANEL_BYTES * GROUP
export const RESULTS = QUERIES + PANEL_BYTES * GROUP * MAX_HEAD_SIZE
export const PANELS_END = RESULTS + PANEL_BYTES * GROUP * MAX_HEAD_SIZE

/** A number for each query of a panel: two vectors. */
export type Eight = readonly [Local<'v128'>, Local<'v128'>]

/** Two halves, one after the other. */
export function eachHalf<T>(of: (half: 0 | 1, offset: number) => T): readonly [T, T] {
  return [of(0, 0), of(1, V128)]
}

/** A panel's numbers at an address. */
export function loadEight(f: Body, address: Local<'i32'>, offset: number): Eight {
  return eachHalf((_, own) => f.let(v128.load(address, offset + own)))
}

/** A block of numbers [key][8 queries], from … to. */
export function blockAt(f: Body, from: I32, keys: I32): Range {
  const first = f.local('i32', from)
  return { first, end: f.let(rowAt(first, keys, PANEL_BYTES)) }
}

/** Runs `body` for every key of a block; `at` is where its eight numbers lie. */
export function eachKey(f: Body, block: Range, body: (at: Local<'i32'>) => void): void {
  f.for(block.first, block.end, PANEL_BYTES, body)
}

/** A panel: its first query, and where its maxima and sums, its queries and its results lie. */
export interface Panel extends Locals<'running' | 'queries' | 'results'> {
  query: Expr<'i32'>
}

/** Runs `body` for the panels of a group that begins with `query`. */
export function eachPanel(
  f: Body,
  p: Locals<'scratch' | 'query' | 'panels' | 'queryBytes' | 'resultBytes'>,
  body: (panel: Panel) => void,
): void {
  const queries = f.let(i32.add(p.scratch, QUERIES))
  const results = f.let(i32.add(p.scratch, RESULTS))
  f.for(0, p.panels, 1, (index) => {
    const running = f.let(rowAt(p.scratch, index, PANEL_BYTES))
    body({ query: i32.add(p.query, times(index, PANEL)), running, queries, results })
    f.increase(queries, p.queryBytes)
    f.increase(results, p.resultBytes)
  })
}

/** A number rounded up to whole panels of four keys, or of four channels. */
export function ceil4(n: I32): Expr<'i32'> {
  return roundUp(n, 4)
}

/**
 * Bytes from the start of [images, tokens, channels] to the slice of head `index` modulo heads of
 * image `index` / heads.
 */
export function headOffset(index: I32, tokens: I32, p: Locals<'heads' | 'channels' | 'size'>): Expr<'i32'> {
  const image = i32.mul(i32.divU(index, p.heads), tokens, p.channels)
  return f32Bytes(i32.add(image, i32.mul(i32.remU(index, p.heads), p.size)))
}

/** Where the panels of a head's keys begin, [key/4][channel][4]. */
export function keyPanels(index: I32, p: Locals<'panelsK' | 'keys' | 'size'>): Expr<'i32'> {
  return f32At(p.panelsK, i32.mul(index, ceil4(p.keys), p.size))
}

/** Where the panels of a head's values begin, [channel/4][key][4]. */
export function valuePanels(index: I32, p: Locals<'panelsV' | 'keys' | 'size'>): Expr<'i32'> {
  return f32At(p.panelsV, i32.mul(index, ceil4(p.size), p.keys))
}
