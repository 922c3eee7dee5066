/**
 * @file The contexts of JPEG-LS (ITU-T T.87, A.3 to A.7): what was seen so far where the gradients
 * were alike, and samples decoded by it.
 */
import type { LsBits } from './jpeg-ls-bits.ts'
import type { Parameters } from './jpeg-ls-presets.ts'

/** Contexts of gradients: 0 to 364. */
const REGULAR = 365
/** No code of a sound stream has more bits behind its zeros and one. */
const MAX_K = 16

export class Contexts {
  readonly #parameters: Parameters
  /** The class of a gradient, at the gradient plus MAXVAL. */
  readonly #classes: Int8Array
  /** A: sums of errors; two more for the ends of runs. */
  readonly #sums = new Int32Array(REGULAR + 2)
  /** B: the bias. */
  readonly #biases = new Int32Array(REGULAR)
  /** C: what corrects the prediction. */
  readonly #corrections = new Int32Array(REGULAR)
  /** N: how many samples. */
  readonly #counts = new Int32Array(REGULAR + 2)
  /** Nn: negative errors at the ends of runs. */
  readonly #negatives = new Int32Array(2)

  constructor(parameters: Parameters) {
    this.#parameters = parameters
    this.#classes = classesOf(parameters)
    this.restart()
  }

  /** As at the begin of a scan (A.2.1). */
  restart(): void {
    this.#sums.fill(Math.max(2, (this.#parameters.range + 32) >> 6))
    this.#biases.fill(0)
    this.#corrections.fill(0)
    this.#counts.fill(1)
    this.#negatives.fill(0)
  }

  /**
   * The context of three gradients (A.3.3 and A.3.4), negative where their signs are turned round;
   * 0 for a flat place, where a run begins.
   */
  of(left: number, corner: number, above: number, right: number): number {
    const classes = this.#classes
    const { max } = this.#parameters
    return 81 * classes[right - above + max] + 9 * classes[above - corner + max] + classes[corner - left + max]
  }

  /** A sample in regular mode (A.4 to A.6). */
  sample(bits: LsBits, context: number, predicted: number): number {
    const { max, near, reset, range, errorBits, limit } = this.#parameters
    const sign = context < 0 ? -1 : 1
    const q = context * sign
    let count = this.#counts[q]
    let sum = this.#sums[q]
    let bias = this.#biases[q]
    let correction = this.#corrections[q]

    const k = golombParameter(count, sum)
    const code = bits.golomb(k, limit, errorBits)
    let error = (code >>> 1) ^ -(code & 1)
    if (k === 0 && near === 0 && 2 * bias <= -count) error = ~error
    if (error > range || -error > range) throw new Error('damaged data: an error that is too large')
    const base = predicted + sign * correction
    const sample = this.#sampleOf(Math.max(0, Math.min(base, max)), sign * error)

    bias += error * (2 * near + 1)
    sum += error < 0 ? -error : error
    if (count === reset) {
      sum >>= 1
      bias >>= 1
      count >>= 1
    }
    count++
    if (bias <= -count) {
      bias = Math.max(bias + count, 1 - count)
      if (correction > -128) correction--
    } else if (bias > 0) {
      bias = Math.min(bias - count, 0)
      if (correction < 127) correction++
    }
    this.#counts[q] = count
    this.#sums[q] = sum
    this.#biases[q] = bias
    this.#corrections[q] = correction
    return sample
  }

  /**
   * The sample that ends a run (A.7.2).
   * @param alike whether the neighbours are, so that the left one predicts it (RItype)
   * @param taken bits that the code of the run's length took off the longest code
   */
  runEnd(bits: LsBits, left: number, above: number, alike: boolean, taken: number): number {
    const { reset, range, errorBits, limit } = this.#parameters
    const type = alike ? 1 : 0
    const q = REGULAR + type
    const count = this.#counts[q]
    const k = golombParameter(count, this.#sums[q] + (alike ? count >> 1 : 0))
    const code = bits.golomb(k, limit - taken, errorBits)
    const odd = (code + type) & 1
    const size = (code + type + odd) >> 1
    if (size > range) throw new Error('damaged data: an error that is too large')
    const mostlyNegative = k !== 0 || 2 * this.#negatives[type] >= count
    const error = mostlyNegative === (odd === 1) ? 0 - size : size

    if (error < 0) this.#negatives[type]++
    this.#sums[q] += (code + 1 - type) >> 1
    if (count === reset) {
      this.#sums[q] >>= 1
      this.#counts[q] >>= 1
      this.#negatives[type] >>= 1
    }
    this.#counts[q]++
    return alike ? this.#sampleOf(left, error) : this.#sampleOf(above, left > above ? -error : error)
  }

  /** A.4.4 and A.4.5: errors are modulo RANGE. */
  #sampleOf(predicted: number, error: number): number {
    const { max, near, range } = this.#parameters
    const step = 2 * near + 1
    let sample = predicted + error * step
    if (sample < -near) sample += range * step
    else if (sample > max + near) sample -= range * step
    return Math.max(0, Math.min(sample, max))
  }
}

/** A.5.1. */
function golombParameter(count: number, sum: number): number {
  let k = 0
  while (k <= MAX_K && count << k < sum) k++
  // Sums that have run over are negative.
  if (k > MAX_K || sum < 0) throw new Error('damaged data: errors that are too large')
  return k
}

/** A.3.3: the classes of gradients from -MAXVAL to MAXVAL, -4 to 4. */
function classesOf({ max, near, thresholds }: Parameters): Int8Array {
  const classes = new Int8Array(2 * max + 1)
  for (const [i, least] of [near + 1, ...thresholds].entries()) {
    classes.fill(i + 1, max + least)
    classes.fill(-i - 1, 0, max - least + 1)
  }
  return classes
}
