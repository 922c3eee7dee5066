/**
 * @file One thread a number, or four: activations, sums and products with a repeated operand, fill,
 * storage conversion.
 */
import type { OpTable, UnaryFunction } from '../tensor/backend.ts'
import { activation } from './activation.ts'
import { elementwise, input, output, type Shader, vecType, type Width } from './wgsl.ts'

/** `alpha` and `beta` as `UnaryFunction` says. */
export function unary(fn: UnaryFunction, width: Width): Shader {
  const type = vecType(width)
  const value: Partial<Record<UnaryFunction, string>> = {
    exp: 'exp(x[i])',
    affine: 'p.alpha * x[i] + p.beta',
    log: `log(p.beta * max(x[i], ${type}(p.alpha)))`,
    less: `select(${type}(0.0), ${type}(1.0), x[i] < ${type}(p.alpha))`,
  }
  return elementwise({
    name: fn,
    params: { alpha: 'f32', beta: 'f32' },
    bindings: { x: input(width), out: output(width) },
    declarations: fn in value ? '' : activation(fn as Exclude<UnaryFunction, 'exp' | 'affine' | 'log' | 'less'>, type),
    main: `  out[i] = ${value[fn] ?? 'activate(x[i])'};`,
  })
}

/**
 * The entry of b that belongs to entry i of a: the same entry, the same of a b that repeats, or one
 * number for every run of `inner` entries.
 */
const ENTRY_OF_B = { same: 'i', repeated: 'i % p.sizeB', runs: '(i / p.inner) % p.sizeB' }

export function binary(fn: OpTable['binary']['fn'], repeat: keyof typeof ENTRY_OF_B, width: Width): Shader {
  const value = { add: 'p.alpha * a[i] + p.beta * other', mul: 'a[i] * other', div: 'a[i] / other' }[fn]
  return elementwise({
    name: fn,
    params: { alpha: 'f32', beta: 'f32', inner: 'u32', sizeB: 'u32' },
    bindings: { a: input(width), b: input(repeat === 'runs' ? 1 : width), out: output(width) },
    main: `  let other = b[${ENTRY_OF_B[repeat]}];\n  out[i] = ${value};`,
  })
}

export function fill(width: Width): Shader {
  const main = `  out[i] = ${vecType(width)}(p.value);`
  return elementwise({ name: 'fill', params: { value: 'f32' }, bindings: { out: output(width) }, main })
}

export function castToFloat(width: Width): Shader {
  const bindings = { x: { ...input(width), type: 'f16' }, out: output(width) } as const
  return elementwise({ name: 'cast to f32', bindings, main: `  out[i] = ${width === 4 ? 'load4_x' : 'load_x'}(i);` })
}

/**
 * One thread writes one u32, that is two values; `size` counts the u32s, `count` the values. Rounds
 * to nearest even, by integer arithmetic: the rounding of `pack2x16float` is up to the adapter.
 */
export function castToHalf(): Shader {
  return elementwise({
    name: 'cast to f16',
    params: { count: 'u32' },
    bindings: { x: input(1), out: { type: 'f16', access: 'read_write' } },
    declarations: `fn half(value: f32) -> u32 {
  let bits = bitcast<u32>(value);
  let sign = (bits >> 16u) & 0x8000u;
  let magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) { return sign | 0x7e00u; }
  if (magnitude >= 0x47800000u) { return sign | 0x7c00u; }
  if (magnitude < 0x38800000u) {
    // Subnormal f16: the mantissa with its hidden bit, shifted to units of 2^-24.
    if (magnitude < 0x33000000u) { return sign; }
    let shift = 126u - (magnitude >> 23u);
    let mantissa = (magnitude & 0x7fffffu) | 0x800000u;
    let kept = mantissa >> shift;
    let rest = mantissa & ((1u << shift) - 1u);
    let middle = 1u << (shift - 1u);
    return sign | (kept + select(0u, 1u, rest > middle || (rest == middle && (kept & 1u) == 1u)));
  }
  let rebased = magnitude - 0x38000000u;
  return sign | ((rebased + 0xfffu + ((rebased >> 13u) & 1u)) >> 13u);
}`,
    main: `  let first = half(x[i * 2u]);
  let second = select(0u, half(x[min(i * 2u + 1u, p.count - 1u)]), i * 2u + 1u < p.count);
  out[i] = first | (second << 16u);`,
  })
}
