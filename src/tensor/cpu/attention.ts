/** @file Attention, one query of one head after another, and the map of its probabilities. */
import type { OpTable } from '../backend.ts'
import { f32 } from '../host/memory.ts'
import type { Tensor } from '../tensor.ts'

/**
 * out = softmax(scale·q·kᵀ)·v for every head of every image. `stats` receives each row's largest
 * score and the sum of its exponentials beside that.
 */
export function attention(args: OpTable['attention']): void {
  const [batch, queries, channels] = args.q.shape
  const keys = args.k.shape[1]
  const size = channels / args.heads
  const v = f32(args.v)
  const out = f32(args.out)
  const stats = args.stats && f32(args.stats)
  const scoresOf = scores(args)
  for (let image = 0; image < batch; image++)
    for (let head = 0; head < args.heads; head++)
      for (let query = 0; query < queries; query++) {
        const row = scoresOf(image, head, query)
        const max = row.reduce((a, b) => Math.max(a, b))
        const exponentials = row.map((score) => Math.exp(score - max))
        const sum = exponentials.reduce((a, b) => a + b)
        for (let c = head * size; c < (head + 1) * size; c++) {
          let value = 0
          for (let key = 0; key < row.length; key++) value += (exponentials[key] / sum) * v[(image * keys + key) * channels + c]
          out[(image * queries + query) * channels + c] = value
        }
        if (stats) stats.set([max, sum], 2 * ((image * args.heads + head) * queries + query))
      }
}

/**
 * out += Σ over the heads of headWeights[head] · exp(score − max)/sum, max and sum from `stats`.
 */
export function attentionMap(args: OpTable['attentionMap']): void {
  const [batch, queries] = args.q.shape
  const keys = args.k.shape[1]
  const stats = f32(args.stats)
  const weights = f32(args.headWeights)
  const out = f32(args.out)
  const scoresOf = scores(args)
  for (let image = 0; image < batch; image++)
    for (let query = 0; query < queries; query++) {
      const line = new Float64Array(keys)
      for (let head = 0; head < args.heads; head++) {
        const row = scoresOf(image, head, query)
        const at = 2 * ((image * args.heads + head) * queries + query)
        for (let key = 0; key < row.length; key++) line[key] += (weights[head] * Math.exp(row[key] - stats[at])) / stats[at + 1]
      }
      for (let key = 0; key < keys; key++) out[(image * queries + query) * keys + key] += line[key]
    }
}

/** scale·q·k of one query of one head with each key that it sees, under `causal` those up to it. */
function scores({ q, k, heads, scale, causal }: { q: Tensor; k: Tensor; heads: number; scale: number; causal: boolean }) {
  const [, queries, channels] = q.shape
  const keys = k.shape[1]
  const size = channels / heads
  const [from, to] = [f32(q), f32(k)]
  return (image: number, head: number, query: number): Float64Array => {
    const row = new Float64Array(causal ? Math.min(keys, query + 1) : keys)
    for (let key = 0; key < row.length; key++) {
      let sum = 0
      for (let c = head * size; c < (head + 1) * size; c++)
        sum += from[(image * queries + query) * channels + c] * to[(image * keys + key) * channels + c]
      row[key] = scale * sum
    }
    return row
  }
}
