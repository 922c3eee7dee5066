/**
 * @file Activations in WGSL: silu x·σ(x), gelu x·Φ(x) with erf, its tanh approximation, quick-GELU
 * x·σ(1.702x).
 *
 * WGSL has no erf: Abramowitz & Stegun 7.1.26 (|error| ≤ 1.5e-7) serves. `tanh` is indeterminate
 * for large arguments on some adapters, so its argument is clamped to ±15, where it is ±1 in f32. σ
 * is written so that its exponential never overflows.
 */
import type { Activation } from '../tensor/backend.ts'

const sigmoid = (type: string) => `fn sigmoid(x: ${type}) -> ${type} {
  let e = exp(-abs(x));
  return select(e, ${type}(1.0), x >= ${type}(0.0)) / (1.0 + e);
}`

const erf = (type: string) => `fn erf(x: ${type}) -> ${type} {
  let a = abs(x);
  let t = 1.0 / (1.0 + 0.3275911 * a);
  let y = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return sign(x) * (1.0 - y * exp(-min(a * a, ${type}(80.0))));
}`

const body: Record<Activation, (type: string) => string> = {
  none: (type) => `fn activate(x: ${type}) -> ${type} { return x; }`,
  silu: (type) => `${sigmoid(type)}\nfn activate(x: ${type}) -> ${type} { return x * sigmoid(x); }`,
  gelu: (type) => `${erf(type)}\nfn activate(x: ${type}) -> ${type} { return 0.5 * x * (1.0 + erf(x * 0.70710678)); }`,
  geluTanh: (type) => `fn activate(x: ${type}) -> ${type} {
  let inner = clamp(0.7978845608 * (x + 0.044715 * x * x * x), ${type}(-15.0), ${type}(15.0));
  return 0.5 * x * (1.0 + tanh(inner));
}`,
  quickGelu: (type) => `${sigmoid(type)}\nfn activate(x: ${type}) -> ${type} { return x * sigmoid(1.702 * x); }`,
}

/** Declares `activate` for f32 or vec4<f32>. */
export function activation(name: Activation, type: 'f32' | 'vec4<f32>'): string {
  return body[name](type)
}
