/**
 * @file Activations, as a text that kernels import: `activate` of numbers of the type `Value`.
 *
 * The option ACTIVATION names one as the op table does.
 */
/** Declares `activate`; needs `alias Value`, which is f32 or vec4<f32>. */
export const activation = /* wgsl */ `
// Activations: silu x·σ(x), gelu x·Φ(x), its tanh approximation, quick-GELU x·σ(1.702 x).
//#option ACTIVATION = none
fn activate(x: Value) -> Value {
  //#if ACTIVATION == none
  return x;
  //#end
  //#if ACTIVATION == silu
  return x * sigmoid(x);
  //#end
  //#if ACTIVATION == quickGelu
  return x * sigmoid(1.702 * x);
  //#end
  //#if ACTIVATION == gelu
  return 0.5 * x * (1.0 + erf(x * 0.70710678));
  //#end
  //#if ACTIVATION == geluTanh
  // Some adapters leave tanh of large arguments open; at ±15 it is ±1 in f32.
  let inner = clamp(0.7978845608 * (x + 0.044715 * x * x * x), Value(-15.0), Value(15.0));
  return 0.5 * x * (1.0 + tanh(inner));
  //#end
}
//#if ACTIVATION == silu || ACTIVATION == quickGelu

// σ(x) = 1 / (1 + exp(−x)), so that the exponential never overflows.
fn sigmoid(x: Value) -> Value {
  let e = exp(-abs(x));
  return select(e, Value(1.0), x >= Value(0.0)) / (1.0 + e);
}
//#end
//#if ACTIVATION == gelu

// erf by Abramowitz and Stegun 7.1.26: |error| ≤ 1.5e-7.
fn erf(x: Value) -> Value {
  let a = abs(x);
  let t = 1.0 / (1.0 + 0.3275911 * a);
  let y = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return sign(x) * (1.0 - y * exp(-min(a * a, Value(80.0))));
}
//#end
`
