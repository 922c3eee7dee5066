/**
 * @file Random weights that keep activations finite: normal with standard deviation (fan in)^−½, queries and keys 2.5 times that (so that attention is far from
 * uniform), norms 1 and 0, biases small.
 *
 * A tensor's numbers depend on the seed and its name alone, so every layout of a checkpoint holds the same model. A billion normal numbers would take
 * minutes; each tensor draws from a table of 4,096 instead, by a xorshift generator.
 */
import { floatToHalf } from '../../src/tensor/half.ts'
import type { TensorShape } from './shapes.ts'

export type WeightType = 'F32' | 'F16' | 'BF16'
export const WEIGHT_BYTES: Record<WeightType, number> = { F32: 4, F16: 2, BF16: 2 }

const TABLE = 4096

/** FNV-1a. */
function hash(text: string, seed: number): number {
  let h = (0x811c9dc5 ^ seed) >>> 0
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193) >>> 0
  return h || 1
}

function xorshift(seed: number): () => number {
  let x = seed
  return () => {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    return x >>> 0
  }
}

const normals = (() => {
  const next = xorshift(2463534242)
  const uniform = () => (next() + 0.5) / 2 ** 32
  return Float32Array.from({ length: TABLE }, () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()))
})()

function spread({ name, shape }: TensorShape): { mean: number; deviation: number } {
  const norm = /norm/.test(name)
  if (name.endsWith('bias')) return { mean: 0, deviation: norm ? 0 : 0.02 }
  if (norm) return { mean: 1, deviation: 0 }
  if (/embeddings\./.test(name)) return { mean: 0, deviation: 0.3 }
  const fan = shape.slice(1).reduce((n, d) => n * d, 1)
  return { mean: 0, deviation: (/to_[qk]\.|[qk]_proj/.test(name) ? 2.5 : 1) * fan ** -0.5 }
}

/** f32 → bf16 bit patterns, to nearest even. */
function floatToBrain(values: Float32Array): Uint16Array {
  return Uint16Array.from(new Uint32Array(values.buffer), (bits) => (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16)
}

/** The bytes of a tensor. */
export function randomTensor(tensor: TensorShape, type: WeightType, seed: number): Uint8Array {
  const { mean, deviation } = spread(tensor)
  const values = normals.map((v) => mean + deviation * v)
  const table = type === 'F32' ? values : type === 'F16' ? floatToHalf(values) : floatToBrain(values)
  const size = tensor.shape.reduce((n, d) => n * d, 1)
  const out = type === 'F32' ? new Float32Array(size) : new Uint16Array(size)
  const next = xorshift(hash(tensor.name, seed))
  for (let i = 0; i < size; i++) out[i] = table[next() & (TABLE - 1)]
  return new Uint8Array(out.buffer)
}
