/**
 * @file Standard normal numbers from a seed, the same on every machine up to the last bit of `log`
 * and `cos`: two uniform numbers give two normal ones (Box & Muller 1958).
 */
import { uniform } from '../random.ts'

export function gaussian(seed: number, count: number): Float32Array {
  const draw = uniform(seed)
  // Half a step more: never 0, so that its logarithm is finite.
  const next = () => draw() + 2 ** -33
  const out = new Float32Array(count)
  for (let i = 0; i < count; i += 2) {
    const radius = Math.sqrt(-2 * Math.log(next()))
    const angle = 2 * Math.PI * next()
    out[i] = radius * Math.cos(angle)
    if (i + 1 < count) out[i + 1] = radius * Math.sin(angle)
  }
  return out
}
