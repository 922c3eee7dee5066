/**
 * @file Numbers and lists of the binary format (https://webassembly.github.io/spec/core/binary):
 * LEB128, IEEE floats, length-prefixed vectors.
 */
import type { Code } from './types.ts'

/** Unsigned LEB128 of an integer below 2^32. */
export function unsigned(value: number): number[] {
  const bytes: number[] = []
  let rest = value >>> 0
  while (rest > 127) {
    bytes.push((rest & 127) | 128)
    rest >>>= 7
  }
  bytes.push(rest)
  return bytes
}

/** Signed LEB128 of a 32-bit integer; numbers from 2^31 on wrap, as addresses do. */
export function signed(value: number): number[] {
  const bytes: number[] = []
  let rest = value | 0
  while (rest < -64 || rest > 63) {
    bytes.push((rest & 127) | 128)
    rest >>= 7
  }
  bytes.push(rest & 127)
  return bytes
}

/** Four bytes, little-endian. */
export function float32(value: number): number[] {
  return [...new Uint8Array(new Float32Array([value]).buffer)]
}

/** Eight bytes, little-endian. */
export function float64(value: number): number[] {
  return [...new Uint8Array(new Float64Array([value]).buffer)]
}

/** A count, then the items. */
export function vector(items: readonly Code[]): Code {
  return [unsigned(items.length), items]
}

/** UTF-8 with its length. */
export function text(value: string): Code {
  return vector([...new TextEncoder().encode(value)])
}

/** The length in bytes, then the code. */
export function sized(code: Code): Code {
  const bytes = flatten(code)
  return [unsigned(bytes.length), bytes]
}

/** A tree of code as its bytes. */
export function flatten(code: Code): number[] {
  const bytes: number[] = []
  const walk = (part: Code) => {
    if (typeof part === 'number') bytes.push(part)
    else for (const inner of part) walk(inner)
  }
  walk(code)
  return bytes
}
