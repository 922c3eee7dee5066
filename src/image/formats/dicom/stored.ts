/**
 * @file The stored samples of a frame: what the file has, before any table or window. Samples of a
 * pixel follow each other; bits that are no value are masked, signs extended (PS3.5, section 8).
 */
import type { Attributes } from './attributes.ts'

export type StoredSamples = Uint8Array | Uint16Array | Int16Array | Uint32Array | Int32Array | Float32Array | Float64Array

export interface Stored {
  data: StoredSamples
  /** Whether three samples are red, green and blue already. */
  rgb: boolean
  notes: readonly string[]
}

/** Where the frames lie, and how each is decoded. */
export interface Frames {
  read(frame: number): Promise<Stored>
}

/** Little-endian bytes as numbers. */
export function typed(bytes: Uint8Array, { allocated, kind, signed }: Attributes): StoredSamples {
  if (allocated === 8) return bytes
  const aligned = bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes)
  const { buffer, byteOffset, length } = aligned
  const count = Math.floor(length / (allocated / 8))
  if (kind === 'float') return allocated === 32 ? new Float32Array(buffer, byteOffset, count) : new Float64Array(buffer, byteOffset, count)
  if (allocated === 16) return signed ? new Int16Array(buffer, byteOffset, count) : new Uint16Array(buffer, byteOffset, count)
  return signed ? new Int32Array(buffer, byteOffset, count) : new Uint32Array(buffer, byteOffset, count)
}

const isSigned = (data: StoredSamples) => data instanceof Int16Array || data instanceof Int32Array

/**
 * Samples without the bits beside their value, with its sign. Samples of 8 bits may become wider.
 */
export function masked(data: StoredSamples, { highBit, signed, kind }: Attributes, stored: number): StoredSamples {
  const width = 8 * data.BYTES_PER_ELEMENT
  if (kind === 'float' || (stored === width && signed === isSigned(data))) return data
  const low = Math.max(0, highBit + 1 - stored)
  const unused = 32 - stored
  const out = signed
    ? data.BYTES_PER_ELEMENT === 4
      ? new Int32Array(data.length)
      : new Int16Array(data.length)
    : new (data.constructor as new (length: number) => StoredSamples)(data.length)
  for (let i = 0; i < data.length; i++) {
    const shifted = (data[i] >>> low) << unused
    out[i] = signed ? shifted >> unused : shifted >>> unused
  }
  return out
}

/** The samples of a pixel beside each other. */
export function joined(data: StoredSamples, { samples }: Attributes, planar: boolean): StoredSamples {
  if (!planar || samples === 1) return data
  const out = new (data.constructor as new (length: number) => StoredSamples)(data.length)
  const pixels = data.length / samples
  for (let c = 0; c < samples; c++) for (let i = 0; i < pixels; i++) out[i * samples + c] = data[c * pixels + i]
  return out
}
