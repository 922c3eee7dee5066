/**
 * @file A picture as planes of numbers whose level sets are candidates: lightness, colours,
 * saturation.
 */
import { blur } from '../pixels/blur.ts'
import { channelOf, type Picture } from '../pixels/picture.ts'
import { quantile } from '../pixels/quantile.ts'
import { SIDE } from './square.ts'

/** A plane, and between what most of it in the field lies: its 1st and 99th percentile. */
export interface Ranged {
  /** One number a pixel of the square. */
  values: Float32Array
  low: number
  high: number
}

export interface Channel extends Ranged {
  name: string
}

// Chosen on development pictures (docs/masks.md).
/** Pixels of blur, and those of the second, coarse lightness. */
const FINE = 1.5
const COARSE = 4
/**
 * A channel that spans less than this (of about 100 in Lab, of 255 in saturation) shows nothing.
 */
const LEAST_RANGE = 3

/**
 * The channel's values at shares of all that are inside (0 … 1), by rank, between neighbours
 * linearly.
 */
export function quantiles(values: ArrayLike<number>, inside: Uint8Array, shares: readonly number[]): number[] {
  const all = new Float32Array(values.length)
  let count = 0
  for (let i = 0; i < values.length; i++) if (inside[i] === 1) all[count++] = values[i]
  const kept = all.subarray(0, count).sort()
  return shares.map((share) => quantile(kept, share))
}

/**
 * L*, a*, b* and HSV's saturation, blurred, and L* blurred more; a grey picture has no colours.
 * @param lab three numbers a pixel of `small`
 * @param field 1 inside the field of view
 */
export function channelsOf(small: Picture, lab: Float32Array, field: Uint8Array): Channel[] {
  const [l, a, b] = [channelOf(lab, 0), channelOf(lab, 1), channelOf(lab, 2)]
  const channel = (name: string, values: Float32Array): Channel => ({ name, ...ranged(values, field) })
  return [
    channel('L', blur(l, SIDE, SIDE, FINE)),
    channel('a', blur(a, SIDE, SIDE, FINE)),
    channel('b', blur(b, SIDE, SIDE, FINE)),
    channel('S', saturation(small)),
    channel('L4', blur(l, SIDE, SIDE, COARSE)),
  ].filter(({ low, high }) => high - low >= LEAST_RANGE)
}

export function ranged(values: Float32Array, field: Uint8Array): Ranged {
  const [low, high] = quantiles(values, field, [0.01, 0.99])
  return { values, low, high }
}

/** HSV's saturation of the blurred picture, 0 … 255. */
function saturation({ data }: Picture): Float32Array {
  const [r, g, b] = [0, 1, 2].map((c) => blur(channelOf(data, c), SIDE, SIDE, FINE, 5).map(Math.round))
  return r.map((red, i) => {
    const most = Math.max(red, g[i], b[i])
    return most === 0 ? 0 : Math.round((255 * (most - Math.min(red, g[i], b[i]))) / most)
  })
}
