/**
 * @file Attention, a block of queries at a time: scores of the block against all keys, softmax,
 * probabilities times values. Both products go through the GEMM core, which reads a head in place
 * as a slice of channels. Only one block of scores exists at any time.
 */
import type { OpTable } from '../backend.ts'
import { f32 } from '../host/memory.ts'
import { expNegative } from './exp.ts'
import { type Finish, gemm, TILE_M, TILE_N } from './gemm.ts'
import { packColumns, packRows } from './pack.ts'
import { row, softmaxRow } from './softmax.ts'

/** Queries in a block: the height of a GEMM tile. */
const BLOCK = TILE_M

export function attention(args: OpTable['attention']): void {
  const [batch, queries, channels] = args.q.shape
  const keys = args.k.shape[1]
  const { heads, scale, causal } = args
  const size = channels / heads
  const q = f32(args.q)
  const k = f32(args.k)
  const v = f32(args.v)
  const out = f32(args.out)
  const stats = args.stats && f32(args.stats)
  const scores = new Float32Array(Math.min(BLOCK, queries) * keys)
  const line = new Float64Array(keys)
  for (let image = 0; image < batch; image++)
    for (let head = 0; head < heads; head++)
      for (let first = 0; first < queries; first += BLOCK) {
        const rows = Math.min(BLOCK, queries - first)
        // Under a causal mask no query of the block sees a key beyond the block's last query.
        const seen = causal ? Math.min(keys, first + rows) : keys
        const qAt = (image * queries + first) * channels + head * size
        const kvAt = image * keys * channels + head * size
        gemm(rows, seen, size, packRows(q, qAt, channels), packRows(k, kvAt, channels), put(scores, 0, keys, scale))
        for (let r = 0; r < rows; r++) {
          const visible = causal ? Math.min(keys, first + r + 1) : keys
          softmaxRow(scores, scores, r * keys, visible, line)
          scores.fill(0, r * keys + visible, r * keys + seen)
          if (stats) {
            const at = 2 * ((image * heads + head) * queries + first + r)
            stats[at] = row.max
            stats[at + 1] = row.sum
          }
        }
        gemm(rows, size, seen, packRows(scores, 0, keys), packColumns(v, kvAt, channels), put(out, qAt, channels, 1))
      }
}

/** Stores factor · sum at out[offset + m·stride + n]. */
function put(out: Float32Array, offset: number, stride: number, factor: number): Finish {
  return (sums, m0, rows, n0, columns) => {
    for (let r = 0; r < rows; r++) {
      const to = offset + (m0 + r) * stride + n0
      for (let j = 0; j < columns; j++) out[to + j] = factor * sums[r * TILE_N + j]
    }
  }
}

export function attentionMap(args: OpTable['attentionMap']): void {
  const [batch, queries, channels] = args.q.shape
  const keys = args.k.shape[1]
  const { heads, scale, causal } = args
  const size = channels / heads
  const q = f32(args.q)
  const k = f32(args.k)
  const stats = f32(args.stats)
  const weights = f32(args.headWeights)
  const out = f32(args.out)
  for (let image = 0; image < batch; image++)
    for (let head = 0; head < heads; head++) {
      const weight = weights[head]
      if (weight === 0) continue
      const packQ = packRows(q, image * queries * channels + head * size, channels)
      const packK = packRows(k, image * keys * channels + head * size, channels)
      gemm(queries, keys, size, packQ, packK, (sums, m0, rows, n0, columns) => {
        for (let r = 0; r < rows; r++) {
          const query = m0 + r
          const at = 2 * ((image * heads + head) * queries + query)
          const max = stats[at]
          const factor = weight / stats[at + 1]
          const to = (image * queries + query) * keys + n0
          const visible = causal ? Math.min(columns, query + 1 - n0) : columns
          for (let j = 0; j < visible; j++) out[to + j] += factor * expNegative(scale * sums[r * TILE_N + j] - max)
        }
      })
    }
}
