/**
 * @file Otsu's mask of grey, its outline then moved to where the grey is halfway between the means
 * inside and outside of each pixel's neighbourhood: dim objects keep their size beside bright ones
 * (local region statistics, Lankton & Tannenbaum, Localizing Region-Based Active Contours, 2008).
 */
import { boxMean } from '../../pixels/box.ts'
import { components } from '../../pixels/components.ts'
import { greySums, otsuCutOfGrey } from '../../pixels/grey.ts'
import type { Picture } from '../../pixels/picture.ts'
import { awayFromBorder } from '../../pixels/polarity.ts'

/** Chosen on development pictures (docs/masks.md): two rounds, windows of the objects' size. */
const ROUNDS = 2
/** What the means of the whole picture weigh beside those of a full window. */
const PRIOR = 0.01
const LEAST_RADIUS = 3

/** What has to be known of a whole picture before a part of it is cut as the whole would be. */
export interface Greys {
  /** Otsu's threshold, of sums of samples. */
  cut: number
  /** Whether the objects are above it. */
  bright: boolean
  /** Pixels of a window, to each side of its middle. */
  radius: number
  /** The means inside and outside, before each round. */
  sides: readonly (readonly [inside: number, outside: number])[]
}

/**
 * The objects' side of a picture.
 * @returns 255 inside, 0 outside; nothing inside where all pixels are of one grey
 */
export function localThreshold(picture: Picture): Uint8Array {
  const sums = greySums(picture)
  return thresholded(sums, picture)?.mask ?? new Uint8Array(sums.length)
}

/** The greys of a picture that stands for larger ones; nothing where all pixels are of one grey. */
export function greysOf(picture: Picture): Greys | undefined {
  return thresholded(greySums(picture), picture)?.greys
}

/** The objects' side of a part of a picture of which the greys are known. */
export function localThresholdOf(part: Picture, { cut, bright, radius, sides: known }: Greys): Uint8Array {
  const { width, height } = part
  const sums = greySums(part)
  let mask: Uint8Array = new Uint8Array(sums.length)
  for (let i = 0; i < mask.length; i++) if (sums[i] > cut === bright) mask[i] = 255
  const means = boxMean(sums, width, height, radius)
  for (const sidesOfAll of known) mask = halfway(sums, mask, means, sidesOfAll, { width, height, radius })
  return mask
}

function thresholded(sums: Uint16Array, picture: Picture): { mask: Uint8Array; greys: Greys } | undefined {
  const { width, height } = picture
  const cut = otsuCutOfGrey(sums)
  if (Number.isNaN(cut)) return undefined
  const above = new Uint8Array(sums.length)
  for (let i = 0; i < above.length; i++) if (sums[i] > cut) above[i] = 255
  let mask: Uint8Array = awayFromBorder(above, width, height)
  const bright = mask.some((value, i) => value !== 0 && above[i] !== 0)
  const radius = Math.max(LEAST_RADIUS, Math.round(medianDiameter(mask, picture)))
  const means = boxMean(sums, width, height, radius)
  const known: [number, number][] = []
  for (let round = 0; round < ROUNDS; round++) {
    known.push(sides(sums, mask))
    mask = halfway(sums, mask, means, known[round], { width, height, radius })
  }
  return { mask, greys: { cut, bright, radius, sides: known } }
}

/** The pixels nearer to the local mean inside than to that outside. */
function halfway(
  sums: Uint16Array,
  mask: Uint8Array,
  means: Float32Array,
  [meanInside, meanOutside]: readonly [number, number],
  { width, height, radius }: { width: number; height: number; radius: number },
): Uint8Array {
  const held = sums.slice()
  for (let i = 0; i < held.length; i++) if (mask[i] === 0) held[i] = 0
  const inside = boxMean(held, width, height, radius)
  const shares = boxMean(mask, width, height, radius)
  const out = new Uint8Array(mask.length)
  for (let i = 0; i < out.length; i++) {
    const share = shares[i] / 255
    const within = (inside[i] + PRIOR * meanInside) / (share + PRIOR)
    const without = (means[i] - inside[i] + PRIOR * meanOutside) / (1 - share + PRIOR)
    if (sums[i] > (within + without) / 2 === meanInside > meanOutside) out[i] = 255
  }
  return out
}

function sides(sums: Uint16Array, mask: Uint8Array): [inside: number, outside: number] {
  let [count, inside, all] = [0, 0, 0]
  for (let i = 0; i < sums.length; i++) {
    all += sums[i]
    if (mask[i] === 0) continue
    count++
    inside += sums[i]
  }
  return [inside / Math.max(1, count), (all - inside) / Math.max(1, sums.length - count)]
}

/** Of the disc that has the median part’s area. */
function medianDiameter(data: Uint8Array, { width, height }: Picture): number {
  const areas = components({ width, height, data }, 4)
    .areas.subarray(1)
    .filter((area) => area > SPECK)
    .sort()
  const median = areas[areas.length >> 1] ?? 0
  return 2 * Math.sqrt(median / Math.PI)
}

/** Parts of so few pixels are noise. */
const SPECK = 15
