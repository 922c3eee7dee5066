/**
 * @file Otsu's mask of grey, its outline then moved to where the grey is halfway between the means
 * inside and outside of each pixel's neighbourhood: dim objects keep their size beside bright ones
 * (local region statistics, Lankton & Tannenbaum, Localizing Region-Based Active Contours, 2008).
 */
import { boxMean } from '../../pixels/box.ts'
import { components } from '../../pixels/components.ts'
import { greySums, otsuOfGrey } from '../../pixels/grey.ts'
import type { Picture } from '../../pixels/picture.ts'
import { awayFromBorder } from '../../pixels/polarity.ts'

/** Chosen on development pictures (docs/masks.md): two rounds, windows of the objects' size. */
const ROUNDS = 2
/** What the means of the whole picture weigh beside those of a full window. */
const PRIOR = 0.01
const LEAST_RADIUS = 3

/**
 * The objects' side of a picture.
 * @returns 255 inside, 0 outside; nothing inside where all pixels are of one grey
 */
export function localThreshold(picture: Picture): Uint8Array {
  const { width, height } = picture
  const sums = greySums(picture)
  const bright = otsuOfGrey(sums)
  if (!bright) return new Uint8Array(sums.length)
  let mask = awayFromBorder(bright, width, height)
  const radius = Math.max(LEAST_RADIUS, Math.round(medianDiameter(mask, picture)))
  const means = boxMean(sums, width, height, radius)
  for (let round = 0; round < ROUNDS; round++) mask = halfway(sums, mask, means, { width, height, radius })
  return mask
}

/** The pixels nearer to the local mean inside than to that outside. */
function halfway(
  sums: Uint16Array,
  mask: Uint8Array,
  means: Float32Array,
  { width, height, radius }: { width: number; height: number; radius: number },
): Uint8Array {
  const held = sums.slice()
  for (let i = 0; i < held.length; i++) if (mask[i] === 0) held[i] = 0
  const inside = boxMean(held, width, height, radius)
  const shares = boxMean(mask, width, height, radius)
  const [meanInside, meanOutside] = sides(sums, mask)
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
