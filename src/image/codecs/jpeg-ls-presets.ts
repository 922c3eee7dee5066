/**
 * @file Parameters of a scan of JPEG-LS, and what the standard sets where a stream has none
 * (ITU-T T.87, A.2.1 and C.2.4.1.1).
 */

/** Preset parameters as an LSE segment has them; 0 stands for the default. */
export interface Presets {
  max: number
  thresholds: readonly [number, number, number]
  reset: number
}

/** What a scan is decoded with; the standard's names are behind each. */
export interface Parameters {
  /** MAXVAL: the largest sample. */
  max: number
  /** NEAR: how far a sample may be from what was coded; 0 for none. */
  near: number
  /** T1 to T3: where the classes of gradients end. */
  thresholds: readonly [number, number, number]
  /** RESET: after how many samples the statistics of a context are halved. */
  reset: number
  /** RANGE: how many values an error of prediction may have. */
  range: number
  /** qbpp: bits of such a value. */
  errorBits: number
  /** LIMIT: the bits of the longest code. */
  limit: number
}

export const NO_PRESETS: Presets = { max: 0, thresholds: [0, 0, 0], reset: 0 }

/**
 * @param bits of a sample, as the frame header tells
 * @throws Error for values that the standard does not allow
 */
export function parametersOf(presets: Presets, bits: number, near: number): Parameters {
  const largest = (1 << bits) - 1
  const max = presets.max || largest
  const reset = presets.reset || 64
  if (max > largest || near > Math.min(255, max >> 1) || reset < 3 || reset > Math.max(255, max))
    throw new Error('damaged data: parameters out of range')
  const defaults = defaultThresholds(max, near)
  const thresholds = presets.thresholds.map((value, i) => value || defaults[i]) as [number, number, number]
  const [first, second, third] = thresholds
  if (first <= near || second < first || third < second || third > max) throw new Error('damaged data: thresholds out of range')
  const range = Math.floor((max + 2 * near) / (2 * near + 1)) + 1
  const sampleBits = Math.max(2, bitsFor(max + 1))
  return { max, near, thresholds, reset, range, errorBits: bitsFor(range), limit: 2 * (sampleBits + Math.max(8, sampleBits)) }
}

/** C.2.4.1.1.1. */
function defaultThresholds(max: number, near: number): [number, number, number] {
  const clamp = (value: number, least: number) => (value > max || value < least ? least : value)
  const of = (basic: number, least: number, times: number) => {
    if (max >= 128) return Math.floor((Math.min(max, 4095) + 128) / 256) * (basic - least) + least + times * near
    return Math.max(least, Math.floor(basic / Math.floor(256 / (max + 1))) + times * near)
  }
  const first = clamp(of(3, 2, 3), near + 1)
  const second = clamp(of(7, 3, 5), first)
  return [first, second, clamp(of(21, 4, 7), second)]
}

/** The bits that tell so many values apart. */
const bitsFor = (values: number) => 32 - Math.clz32(values - 1)
