/**
 * @file One window for a whole volume. Were black and white chosen slice by slice, one tissue would
 * have another grey in every slice.
 */
import type { Decoded } from '../../image/format.ts'
import type { Samples } from '../../image/raster.ts'
import { limitsOf, type Window } from '../../image/window.ts'

/** So many slices, evenly spread, are looked at, and so many pixels of each at most. */
const SLICES = 16
const PIXELS = 2 ** 18

/** The slices that are looked at, out of so many. */
export function sampled(count: number): number[] {
  const some = Math.min(SLICES, count)
  return [...new Set(Array.from({ length: some }, (_, n) => Math.floor(((n + 0.5) * count) / some)))]
}

/**
 * The samples that become black and white in every slice: those of the window; for `'auto'` those
 * of the file (of the middle one of the slices that tell of any), else percentiles of all samples
 * looked at.
 * @param slices some of the volume's, by `sampled`; one at least
 */
export function commonWindow(slices: readonly Decoded[], window: Window): readonly [black: number, white: number] {
  const [{ channels, data }] = slices
  const told = slices.flatMap((slice) => slice.window ?? [])
  const middle = 2 * Math.floor(told.length / 4)
  const own = told.length > 0 ? ([told[middle], told[middle + 1]] as const) : undefined
  const parts = slices.map((slice) => thinned(slice))
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const samples = new (data.constructor as new (length: number) => Samples)(length)
  let at = 0
  for (const part of parts) {
    samples.set(part, at)
    at += part.length
  }
  const all = { width: length / channels, height: 1, channels, data: samples, window: own }
  return limitsOf(all, channels > 2 ? 3 : 1, window)
}

/** Every so manieth pixel, so that few enough are left. */
function thinned({ width, height, channels, data }: Decoded): Samples {
  const every = Math.ceil((width * height) / PIXELS)
  if (every === 1) return data
  const count = Math.floor((width * height) / every)
  const out = new (data.constructor as new (length: number) => Samples)(count * channels)
  for (let i = 0; i < count; i++) for (let c = 0; c < channels; c++) out[i * channels + c] = data[i * every * channels + c]
  return out
}
