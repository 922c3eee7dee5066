/**
 * @file 16-bit floats: IEEE binary16 ("f16") and bfloat16 ("bf16"), to and from f32.
 *
 * f16 has 5 exponent and 10 mantissa bits (largest 65,504, smallest normal 6.1e-5, subnormals down
 * to 6.0e-8); bf16 is the upper half of an f32. Decoding goes through a table of all 65,536 values
 * (256 KiB): exact, subnormals included, and the fastest thing that plain JavaScript can do.
 * Encoding rounds to nearest, ties to even.
 */

let table: Float32Array | undefined

/** The f32 value of every f16 bit pattern. */
export function halfTable(): Float32Array {
  if (table) return table
  table = new Float32Array(65536)
  for (let bits = 0; bits < 65536; bits++) {
    const sign = bits & 0x8000 ? -1 : 1
    const exponent = (bits >> 10) & 31
    const mantissa = bits & 1023
    if (exponent === 0) table[bits] = sign * mantissa * 2 ** -24
    else if (exponent === 31) table[bits] = mantissa ? NaN : sign * Infinity
    else table[bits] = sign * (1 + mantissa / 1024) * 2 ** (exponent - 15)
  }
  return table
}

/** Decodes f16 bit patterns into f32. `out` may be given to avoid an allocation. */
export function halfToFloat(bits: Uint16Array, out: Float32Array = new Float32Array(bits.length)): Float32Array {
  const values = halfTable()
  for (let i = 0; i < bits.length; i++) out[i] = values[bits[i]]
  return out
}

const scratch = new Float32Array(1)
const scratchBits = new Uint32Array(scratch.buffer)

/**
 * The f16 bit pattern nearest to `value` (ties to even; overflow becomes infinity, NaN stays NaN).
 */
export function toHalf(value: number): number {
  scratch[0] = value
  const bits = scratchBits[0]
  const sign = (bits >>> 16) & 0x8000
  const magnitude = bits & 0x7fffffff
  if (magnitude > 0x7f800000) return sign | 0x7e00
  if (magnitude >= 0x47800000) return sign | 0x7c00
  if (magnitude < 0x38800000) {
    // Subnormal f16 (or zero): units of 2^-24, rounded by f64 arithmetic.
    return sign | roundTiesToEven(Math.abs(scratch[0]) * 2 ** 24)
  }
  const rebased = magnitude - 0x38000000
  const rounded = (rebased + 0xfff + ((rebased >>> 13) & 1)) >>> 13
  return sign | rounded
}

/** Encodes f32 as f16. */
export function floatToHalf(values: ArrayLike<number>, out: Uint16Array = new Uint16Array(values.length)): Uint16Array {
  for (let i = 0; i < values.length; i++) out[i] = toHalf(values[i])
  return out
}

/** Decodes bf16 bit patterns into f32 (exact: a shift by 16 bits). */
export function brainToFloat(bits: Uint16Array, out: Float32Array = new Float32Array(bits.length)): Float32Array {
  const words = new Uint32Array(out.buffer, out.byteOffset, out.length)
  for (let i = 0; i < bits.length; i++) words[i] = bits[i] << 16
  return out
}

function roundTiesToEven(x: number): number {
  const floor = Math.floor(x)
  const rest = x - floor
  if (rest > 0.5 || (rest === 0.5 && floor % 2 === 1)) return floor + 1
  return floor
}
