/**
 * @file Writing safetensors, whole or piece by piece: a header padded to 8 bytes, then tensors, the
 * widest types first, so that all are aligned.
 */
import { BITS } from './dtypes.ts'

export interface TensorShape {
  name: string
  dtype: string
  shape: readonly number[]
}

/**
 * The header (with its length) for these tensors, and the order in which their data must follow.
 */
export function safetensorsHeader<T extends TensorShape>(
  tensors: readonly T[],
  metadata?: Record<string, string>,
): { header: Uint8Array; order: T[] } {
  const bytes = ({ dtype, shape }: T) => (shape.reduce((n, d) => n * d, 1) * BITS.get(dtype)!) / 8
  const order = [...tensors].sort((a, b) => BITS.get(b.dtype)! - BITS.get(a.dtype)! || (a.name < b.name ? -1 : 1))
  const entries: [string, unknown][] = metadata ? [['__metadata__', metadata]] : []
  let at = 0
  for (const tensor of order) {
    entries.push([tensor.name, { dtype: tensor.dtype, shape: tensor.shape, data_offsets: [at, at + bytes(tensor)] }])
    at += bytes(tensor)
  }
  // Not Object.fromEntries: a tensor may be called __proto__.
  const json = `{${entries.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`
  const text = new TextEncoder().encode(json)
  const length = Math.ceil(text.length / 8) * 8
  const header = new Uint8Array(8 + length).fill(0x20)
  new DataView(header.buffer).setBigUint64(0, BigInt(length), true)
  header.set(text, 8)
  return { header, order }
}

/** A whole file in memory. */
export function encodeSafetensors(
  tensors: readonly (TensorShape & { data: ArrayBufferView })[],
  metadata?: Record<string, string>,
): Uint8Array {
  const { header, order } = safetensorsHeader(tensors, metadata)
  const parts = [header, ...order.map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength))]
  const file = new Uint8Array(parts.reduce((n, p) => n + p.length, 0))
  let at = 0
  for (const part of parts) {
    file.set(part, at)
    at += part.length
  }
  return file
}
