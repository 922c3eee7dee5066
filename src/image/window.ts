/**
 * @file Which samples become black and which white, where a picture has more than the 8 bits that
 * are segmented.
 *
 * Detectors of 10 to 16 bits seldom use their whole range, and single hot pixels say nothing about
 * the rest. So black and white are percentiles of the picture's own samples, as viewers for
 * microscopy and radiography choose them.
 */

/**
 * How samples become 8 bits. `auto`: 8 bits as they are, more by the percentiles; `full`: the whole
 * range of the type; or what becomes black and what white.
 */
export type Window = 'auto' | 'full' | readonly [black: number, white: number]

/** The share of the samples that may be darker than black, and as many brighter than white. */
const OUTSIDE = 0.001

/**
 * The samples that become black and white.
 * @param data row-major, `channels` a pixel, of which the first `colours` are colours; alpha does
 *   not count
 */
export function windowOf(
  data: Uint8Array | Uint8ClampedArray | Uint16Array,
  channels: number,
  colours: number,
  window: Window,
): readonly [black: number, white: number] {
  if (typeof window === 'object') return window
  if (!(data instanceof Uint16Array)) return [0, 255]
  if (window === 'full') return [0, 65535]
  const counts = new Uint32Array(65536)
  for (let at = 0; at < data.length; at += channels) for (let c = 0; c < colours; c++) counts[data[at + c]]++
  const last = (data.length / channels) * colours - 1
  const percentiles = [ranked(counts, Math.floor(OUTSIDE * last)), ranked(counts, Math.ceil((1 - OUTSIDE) * last))] as const
  if (percentiles[0] < percentiles[1]) return percentiles
  // Nearly all are alike: what little there is to see lies outside.
  const extremes = [ranked(counts, 0), ranked(counts, last)] as const
  return extremes[0] < extremes[1] ? extremes : [0, 65535]
}

/** The sample with so many before it, in rising order. */
function ranked(counts: Uint32Array, rank: number): number {
  let before = 0
  let value = 0
  while (before + counts[value] <= rank) before += counts[value++]
  return value
}
