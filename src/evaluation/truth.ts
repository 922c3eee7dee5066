/**
 * @file From the picture in a file to a mask or a label map: which values are inside. The samples
 * are those of the file, without a window.
 */
import { check } from '../errors.ts'
import type { Raster, Samples } from '../image/raster.ts'
import { type Mask, maskWhere } from '../pixels/mask.ts'
import type { LabelMap } from './classes.ts'

/**
 * A mask out of a file's values. Of two values the larger one is inside; where there are more, as
 * behind a lossy compression, those above half of the range (of 8 bits, or of all 16 where one
 * value needs them; of floats 1).
 * @param where names the file in errors
 * @throws AdzusError for colours, and for a few small values, which are labels
 */
export function maskOfRaster(raster: Raster, where: string): Mask {
  const { width, height } = raster
  const values = greyOf(raster, where)
  const distinct = new Set<number>()
  let most = Number.NEGATIVE_INFINITY
  for (let i = 0, last = Number.NaN; i < values.length; i++) {
    // Neighbours are mostly alike.
    if (values[i] === last) continue
    last = values[i]
    if (distinct.size < 3) distinct.add(last)
    if (last > most) most = last
  }
  const limit = limitOf(values, distinct, most)
  check(limit !== undefined, () => ({
    what: 'mask',
    where,
    expected: 'a picture of two values',
    got: `more, none of them above ${most}`,
    hint: 'Are they classes (--labels) or objects (--instances)?',
  }))
  return maskWhere({ width, height, data: values }, (value) => value > limit!)
}

/** The largest value that is outside; nothing where that cannot be told. */
function limitOf(values: Samples, distinct: ReadonlySet<number>, most: number): number | undefined {
  const low = Math.min(...distinct)
  if (distinct.size === 1) return 0
  if (distinct.size === 2) return low
  if (values instanceof Float32Array) return most <= 1 ? 0.5 : undefined
  if (most < 128) return undefined
  return most > 255 ? 32767 : 127
}

/**
 * A map of classes or objects: the values of the file, or a number for each of its colours, where
 * black is outside.
 * @param colours whether colours are objects; without that they are an error, since a class has a
 *   value
 */
export function labelsOfRaster(raster: Raster, where: string, colours: boolean): LabelMap {
  const { width, height, channels, data } = raster
  if (!colours || channels < 3 || isGrey(raster)) {
    const values = greyOf(raster, where)
    return { width, height, data: values }
  }
  const numbers = new Map<number, number>([[0, 0]])
  const labels = new Uint32Array(width * height)
  for (let i = 0; i < labels.length; i++) {
    const at = channels * i
    const colour = data[at] * 2 ** 32 + data[at + 1] * 2 ** 16 + data[at + 2]
    if (!numbers.has(colour)) numbers.set(colour, numbers.size)
    labels[i] = numbers.get(colour)!
  }
  return { width, height, data: labels }
}

/** Everything that has one of these values, or any but 0. */
export function maskOfLabels(labels: LabelMap, values?: readonly number[]): Mask {
  const inside = values && new Set(values)
  return maskWhere(labels, inside ? (value) => inside.has(value) : (value) => value !== 0)
}

function isGrey({ channels, data }: Raster): boolean {
  if (channels < 3) return true
  for (let i = 0; i < data.length; i += channels) if (data[i] !== data[i + 1] || data[i] !== data[i + 2]) return false
  return true
}

/** One value a pixel. */
function greyOf(raster: Raster, where: string): Samples {
  const { width, height, channels, data } = raster
  check(channels <= 4 && isGrey(raster), () => ({
    what: 'mask',
    where,
    expected: 'grey values',
    got: channels <= 4 ? 'colours' : `${channels} channels`,
  }))
  if (channels === 1) return data
  const values = data.slice(0, width * height)
  for (let i = 0; i < values.length; i++) values[i] = data[channels * i]
  return values
}
