/** @file Weights without weights: a safetensors header, and zeros for as many bytes as it says that there are. */

import { safetensorsHeader } from '../../../src/safetensors/writer.ts'
import type { ByteSource } from '../../../src/source.ts'
import { tensorsOf } from '../mutate.ts'

/** The bytes of a header, and zeros for as many more as it says that there are. */
export function hollow(name: string, head: Uint8Array): ByteSource {
  let end = 0
  try {
    end = tensorsOf(head).reduce((sum, { shape }) => sum + 4 * shape.reduce((n, d) => n * d, 1), 0)
  } catch {
    // A damaged header says nothing.
  }
  const size = head.length + (Number.isSafeInteger(end) && end > 0 ? end : 0)
  return {
    name,
    size,
    read: async (offset, length) => {
      if (length > 2 ** 28) throw new Error(`${length} bytes were asked for`)
      const out = new Uint8Array(length)
      out.set(head.subarray(offset, offset + length))
      return out
    },
  }
}

/** The header of a file, with its tensors as f32 for `hollow`. */
export function headOf(weights: Uint8Array, change: (name: string) => string = (name) => name): Uint8Array {
  const entries = tensorsOf(weights).map(({ name, shape }) => ({ name: change(name), shape, dtype: 'F32' }))
  return safetensorsHeader(entries).header
}
