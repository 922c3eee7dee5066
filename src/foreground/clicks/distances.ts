/** @file How far the pixels are from clicks, by colour and along the picture. */
import { PIXELS, SIDE } from '../square.ts'
import type { Ground } from './ground.ts'

/** Sweeps to and fro: a way may turn so often. */
const SWEEPS = 4
/** What a step costs where colour does not change (L*a*b* units). */
const STEP = 0.3

/**
 * The geodesic distance to the nearest of several pixels: the colour's changes along the cheapest
 * way, by raster sweeps (Toivanen, *New geodesic distance transforms for gray-scale images*, 1996).
 * Infinity everywhere without pixels.
 */
export function geodesic({ stepsRight, stepsDown }: Ground, from: readonly number[]): Float32Array {
  const out = new Float32Array(PIXELS).fill(Number.POSITIVE_INFINITY)
  for (const i of from) out[i] = 0
  if (from.length === 0) return out
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (let y = 0, i = 0; y < SIDE; y++)
      for (let x = 0; x < SIDE; x++, i++) {
        if (x > 0) out[i] = Math.min(out[i], out[i - 1] + stepsRight[i - 1] + STEP)
        if (y > 0) out[i] = Math.min(out[i], out[i - SIDE] + stepsDown[i - SIDE] + STEP)
      }
    for (let y = SIDE - 1, i = PIXELS - 1; y >= 0; y--)
      for (let x = SIDE - 1; x >= 0; x--, i--) {
        if (x < SIDE - 1) out[i] = Math.min(out[i], out[i + 1] + stepsRight[i] + STEP)
        if (y < SIDE - 1) out[i] = Math.min(out[i], out[i + SIDE] + stepsDown[i] + STEP)
      }
  }
  return out
}

/** How unlike the colour around the click (3 × 3 pixels) each pixel is, in L*a*b* units. */
export function unlikeness({ smooth }: Ground, click: number): Float32Array {
  const [cx, cy] = [click % SIDE, Math.floor(click / SIDE)]
  const means = smooth.map((plane) => {
    let [sum, count] = [0, 0]
    for (let y = Math.max(0, cy - 1); y <= Math.min(SIDE - 1, cy + 1); y++)
      for (let x = Math.max(0, cx - 1); x <= Math.min(SIDE - 1, cx + 1); x++, count++) sum += plane[y * SIDE + x]
    return sum / count
  })
  const [l, a, b] = smooth
  return l.map((value, i) => Math.sqrt((value - means[0]) ** 2 + (a[i] - means[1]) ** 2 + (b[i] - means[2]) ** 2))
}
