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

const scratch = new DataView(new ArrayBuffer(8))

/** The bits of a number in single precision. */
export function bitsOf(value: number): number {
  scratch.setFloat32(0, value)
  return scratch.getInt32(0)
}

/** Four bytes, little-endian. */
export function float32(value: number): number[] {
  scratch.setFloat32(0, value, true)
  return [0, 1, 2, 3].map((i) => scratch.getUint8(i))
}

/** Eight bytes, little-endian. */
export function float64(value: number): number[] {
  scratch.setFloat64(0, value, true)
  return [0, 1, 2, 3, 4, 5, 6, 7].map((i) => scratch.getUint8(i))
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
export function flatten(code: Code): Uint8Array<ArrayBuffer> {
  const sink = new Sink()
  sink.add(code)
  return sink.bytes()
}

/** Bytes in a buffer that doubles when it is full. */
class Sink {
  #buffer = new Uint8Array(1024)
  #length = 0

  add(code: Code): void {
    if (typeof code === 'number') {
      if (this.#length === this.#buffer.length) this.#grow(1)
      this.#buffer[this.#length++] = code
    } else if (code instanceof Uint8Array) {
      if (this.#length + code.length > this.#buffer.length) this.#grow(code.length)
      this.#buffer.set(code, this.#length)
      this.#length += code.length
    } else for (let i = 0; i < code.length; i++) this.add(code[i])
  }

  bytes(): Uint8Array<ArrayBuffer> {
    return this.#buffer.slice(0, this.#length)
  }

  #grow(bytes: number): void {
    const larger = new Uint8Array(Math.max(2 * this.#buffer.length, this.#length + bytes))
    larger.set(this.#buffer)
    this.#buffer = larger
  }
}
