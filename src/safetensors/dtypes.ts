/**
 * @file The storage types of the safetensors format, and turning their bytes into numbers.
 *
 * All types of the reference crate are legal in a header; those that checkpoints of this kind use
 * can be decoded.
 */
import { check } from '../errors.ts'
import { brainToFloat, halfToFloat } from '../tensor/half.ts'

/** Bits of an element. */
export const BITS: ReadonlyMap<string, number> = new Map([
  ['BOOL', 8],
  ['F4', 4],
  ['F6_E2M3', 6],
  ['F6_E3M2', 6],
  ['U8', 8],
  ['I8', 8],
  ['F8_E5M2', 8],
  ['F8_E4M3', 8],
  ['F8_E8M0', 8],
  ['F8_E4M3FNUZ', 8],
  ['F8_E5M2FNUZ', 8],
  ['I16', 16],
  ['U16', 16],
  ['F16', 16],
  ['BF16', 16],
  ['I32', 32],
  ['U32', 32],
  ['F32', 32],
  ['C64', 64],
  ['F64', 64],
  ['I64', 64],
  ['U64', 64],
])

/** Types that weights are computed from; others hold what has to be unpacked first. */
const WEIGHTS = ['F16', 'BF16', 'F32', 'F64']

/** Refuses weights of types that only quantised models have. */
export function checkWeights(dtype: string, where: string): void {
  check(WEIGHTS.includes(dtype), () => ({
    what: 'model: tensor',
    where,
    expected: `weights of type ${WEIGHTS.join(', ')}`,
    got: `${dtype} (${/^F[468]/.test(dtype) ? 'small floats such as fp8' : 'quantised, as by GPTQ or bitsandbytes'})`,
    hint: 'Get the model in half precision (fp16), or convert its weights to F16.',
  }))
}

type Decoder = (bytes: ArrayBuffer) => ArrayLike<number> | ArrayLike<bigint>

const DECODERS: Record<string, Decoder> = {
  F32: (b) => new Float32Array(b),
  F16: (b) => halfToFloat(new Uint16Array(b)),
  BF16: (b) => brainToFloat(new Uint16Array(b)),
  F64: (b) => new Float64Array(b),
  BOOL: (b) => new Uint8Array(b),
  U8: (b) => new Uint8Array(b),
  I8: (b) => new Int8Array(b),
  U16: (b) => new Uint16Array(b),
  I16: (b) => new Int16Array(b),
  U32: (b) => new Uint32Array(b),
  I32: (b) => new Int32Array(b),
  U64: (b) => new BigUint64Array(b),
  I64: (b) => new BigInt64Array(b),
}

function decode(dtype: string, bytes: Uint8Array, where: string): ArrayLike<number> | ArrayLike<bigint> {
  const decoder = DECODERS[dtype]
  check(decoder !== undefined, () => ({
    what: 'safetensors: tensor',
    where,
    expected: `one of ${Object.keys(DECODERS).join(', ')}`,
    got: dtype,
    hint: 'Convert the checkpoint to F16 or F32.',
  }))
  // A copy: tensors may start at any byte, typed arrays may not.
  return decoder(new Uint8Array(bytes).buffer)
}

/** Decodes any real type to f32. 64-bit values are rounded. */
export function decodeFloats(dtype: string, bytes: Uint8Array, where: string): Float32Array {
  const values = decode(dtype, bytes, where)
  return values instanceof Float32Array ? values : Float32Array.from(values as ArrayLike<number>, Number)
}

/** Decodes integers (or whole floats) that fit 32 bits. */
export function decodeInts(dtype: string, bytes: Uint8Array, where: string): Int32Array {
  const values = decode(dtype, bytes, where)
  const out = new Int32Array(values.length)
  for (let i = 0; i < out.length; i++) {
    out[i] = Number(values[i])
    check(out[i] === Number(values[i]), () => ({
      what: 'safetensors: tensor',
      where,
      expected: 'integers of 32 bits',
      got: `${values[i]}`,
    }))
  }
  return out
}
