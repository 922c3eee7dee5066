/**
 * @file What the layers of a VAE's attention are called: first by diffusers today, then by
 * diffusers before its version 0.17, then by the original code. Files mix these names, so each is
 * looked for under all of them.
 */
export const VAE_ATTENTION: Readonly<Record<string, readonly string[]>> = {
  group_norm: ['group_norm', 'norm'],
  to_q: ['to_q', 'query', 'q'],
  to_k: ['to_k', 'key', 'k'],
  to_v: ['to_v', 'value', 'v'],
  'to_out.0': ['to_out.0', 'proj_attn', 'proj_out'],
}
