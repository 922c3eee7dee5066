/**
 * @file Pictures that show nothing: of one colour, or noise without any structure, such as a dark
 * frame. Whatever a network sees in them is not there.
 *
 * Noise is recognised by what it must be: neighbours know nothing of each other, and blocks of
 * pixels have means and variances that differ no more than chance lets them. All three must hold,
 * so that a faint object or a texture counts as structure.
 */
import type { RgbRaster } from './raster.ts'

/** Samples this near to each other are the same to anybody who looks. */
const SAME = 2
/** Sides of the blocks. */
const BLOCK = 8
const AREA = BLOCK * BLOCK
/** With fewer blocks nothing can be said about noise. */
const FEWEST = 36
/** So many standard deviations from what chance makes on average. */
const CHANCE = 5
/**
 * Beyond these, a part of the picture shows that there is structure, and the rest need not be
 * looked at.
 */
const CLEAR_RATIO = 3
const CLEAR_CORRELATION = 0.3

/** What a picture is that shows nothing ("it is …"); nothing where it may show something. */
export function blankness(raster: RgbRaster): string | undefined {
  if (isOneColour(raster)) return 'it is of one colour'
  return isNoise(raster) ? 'it is noise without structure' : undefined
}

function isOneColour({ data }: RgbRaster): boolean {
  const least = [255, 255, 255]
  const most = [0, 0, 0]
  for (let i = 0, c = 0; i < data.length; i++, c = c === 2 ? 0 : c + 1) {
    if (data[i] < least[c]) least[c] = data[i]
    if (data[i] > most[c]) most[c] = data[i]
    if (most[c] - least[c] > SAME) return false
  }
  return true
}

function isNoise({ width, height, data }: RgbRaster): boolean {
  const [across, down] = [Math.floor(width / BLOCK), Math.floor(height / BLOCK)]
  if (across * down < FEWEST) return false
  const means = new Moments()
  const variances = new Moments()
  /** Sums of products of neighbours' deviations from their block's mean, to the right and below. */
  let [right, below] = [0, 0]
  const block = new Float64Array(AREA)
  const ratios = () => {
    const { mean: variance, variance: spread } = variances
    const pairs = means.count * BLOCK * (BLOCK - 1) * variance
    return { ratio: (AREA * means.variance) / variance, spread: spread / variance ** 2, right: right / pairs, below: below / pairs }
  }
  for (let y = 0; y < down; y++) {
    for (let x = 0; x < across; x++) {
      const inside = new Moments()
      for (let i = 0; i < AREA; i++) {
        const at = 3 * ((y * BLOCK + Math.floor(i / BLOCK)) * width + x * BLOCK + (i % BLOCK))
        block[i] = data[at] + data[at + 1] + data[at + 2]
        inside.add(block[i])
      }
      means.add(inside.mean)
      variances.add(inside.variance)
      for (let i = 0; i < AREA; i++) {
        const deviation = block[i] - inside.mean
        if (i % BLOCK < BLOCK - 1) right += deviation * (block[i + 1] - inside.mean)
        if (i < AREA - BLOCK) below += deviation * (block[i + BLOCK] - inside.mean)
      }
    }
    const seen = ratios()
    if (means.count >= FEWEST && (seen.ratio > CLEAR_RATIO || Math.abs(seen.right) > CLEAR_CORRELATION)) return false
  }
  const seen = ratios()
  const pairs = means.count * BLOCK * (BLOCK - 1)
  // Deviations are from the block's own mean: neighbours differ a little more than chance has it.
  const correlation = (value: number) => Math.abs(value + 1 / AREA) < CHANCE / Math.sqrt(pairs)
  // Of numbers with a normal distribution; with an even one it is less.
  const chance = 2 / (AREA - 1)
  return (
    Math.abs(seen.ratio - 1) < CHANCE * Math.sqrt(2 / means.count) &&
    seen.spread < chance * (1 + CHANCE * Math.sqrt(2 / means.count)) &&
    correlation(seen.right) &&
    correlation(seen.below)
  )
}

/** Count, mean and variance of numbers as they come (Welford's algorithm). */
class Moments {
  count = 0
  mean = 0
  #squares = 0

  add(value: number): void {
    this.count++
    const before = value - this.mean
    this.mean += before / this.count
    this.#squares += before * (value - this.mean)
  }

  get variance(): number {
    return this.#squares / Math.max(1, this.count - 1)
  }
}
