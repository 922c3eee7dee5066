/**
 * @file Standard normal numbers from a seed, the same on every machine up to the last bit of `log`
 * and `cos`: mulberry32 gives uniform numbers (a 32-bit state run through a mixing function), two
 * of them give two normal ones (Box & Muller 1958).
 */
export function gaussian(seed: number, count: number): Float32Array {
  let state = seed >>> 0
  // Never 0, so that its logarithm is finite.
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let x = Math.imul(state ^ (state >>> 15), state | 1)
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61)
    return (((x ^ (x >>> 14)) >>> 0) + 0.5) / 2 ** 32
  }
  const out = new Float32Array(count)
  for (let i = 0; i < count; i += 2) {
    const radius = Math.sqrt(-2 * Math.log(uniform()))
    const angle = 2 * Math.PI * uniform()
    out[i] = radius * Math.cos(angle)
    if (i + 1 < count) out[i + 1] = radius * Math.sin(angle)
  }
  return out
}
