/**
 * @file Many objects by tiles: thresholds are those of the whole, and every tile sees so much
 * beyond its core that objects on a seam are seen whole from both sides. What two tiles see at one
 * place is one object, with one number.
 */
import { manyObjects } from '../../foreground/objects/detect.ts'
import { instancesIn, type ManyLook, manyLook } from '../../foreground/objects/instances.ts'
import { SIDE } from '../../foreground/square.ts'
import type { RgbRaster } from '../../image/raster.ts'
import type { Box } from '../../pixels/mask.ts'
import { cropPicture } from '../../pixels/picture.ts'
import { RunPlane } from '../../pixels/run-plane.ts'
import { squeeze } from '../../pixels/shrink.ts'
import { UnionFind } from '../../pixels/union-find.ts'
import { widenedBox } from './grid.ts'
import { type ByTiles, sealBehind } from './masks.ts'
import { isBlankIn } from './overview.ts'

/** Tiles that stand for all. */
const SAMPLES = 16
const SAMPLE_SIDE = 512
/** Of what two tiles see of the smaller object, the share that both have to see as one. */
const SAME = 0.5
/** A tile sees so many diameters of the median object (the windows' radius) beyond its core. */
const DIAMETERS = 4

/** Tiles from all over the picture that show something, and the pixels of each. */
export async function sampleTiles({ tiles, overview, excerpt, skipBlank, clock }: ByTiles): Promise<RgbRaster[]> {
  const shown = skipBlank ? tiles.filter(({ box }) => !isBlankIn(overview, box, excerpt)) : tiles
  const count = Math.min(SAMPLES, shown.length)
  const samples: RgbRaster[] = []
  for (let i = 0; i < count; i++) {
    const { box } = shown[Math.floor(((i + 0.5) * shown.length) / count)]
    samples.push(await clock.time('decode', () => excerpt.read(box)))
  }
  return samples
}

/** Whether most tiles show many objects. */
export function showMany(samples: readonly RgbRaster[]): boolean {
  return samples.filter((sample) => manyObjects(squeeze(sample, SIDE, SIDE)) !== undefined).length * 2 > samples.length
}

/** Every object with a number of its own, not yet in order; and how many tiles showed nothing. */
export async function objectsByTiles(
  job: ByTiles,
  samples: readonly RgbRaster[],
): Promise<{ plane: RunPlane; numbers: Uint32Array; count: number; blank: number }> {
  const { excerpt, overview, tiles, skipBlank, parameters, clock } = job
  const plane = new RunPlane(excerpt.width, excerpt.height)
  const sets = new UnionFind()
  const look = manyLook(beside(samples.map(middleOf)))
  let blank = 0
  for (const one of tiles) {
    job.onTile('objects', one)
    if (!look || (skipBlank && isBlankIn(overview, one.box, excerpt))) {
      blank++
      continue
    }
    const margin = Math.max(job.overlap >> 1, DIAMETERS * look.greys.radius)
    const box = widenedBox(one.core, margin, excerpt)
    const image = await clock.time('decode', () => excerpt.read(box))
    await clock.time('foreground', async () => putObjects(image, { core: one.core, box }, look, parameters.fillHoles, plane, sets))
    sealBehind(plane, one)
  }
  return { plane, ...sets.numbers(), blank }
}

/** The middle of a sample: so many pixels a side tell the thresholds. */
function middleOf(sample: RgbRaster): RgbRaster {
  const [width, height] = [Math.min(SAMPLE_SIDE, sample.width), Math.min(SAMPLE_SIDE, sample.height)]
  return cropPicture(sample, { x: (sample.width - width) >> 1, y: (sample.height - height) >> 1, width, height })
}

/** Samples in a square, as one picture. */
function beside(samples: readonly RgbRaster[]): RgbRaster {
  const [{ width, height }] = samples
  const columns = Math.floor(Math.sqrt(samples.length))
  const rows = Math.floor(samples.length / columns)
  const data = new Uint8Array(3 * columns * width * rows * height)
  for (let i = 0; i < columns * rows; i++)
    for (let y = 0; y < height; y++) {
      const at = ((Math.floor(i / columns) * height + y) * columns + (i % columns)) * 3 * width
      data.set(samples[i].data.subarray(3 * y * width, 3 * (y + 1) * width), at)
    }
  return { width: columns * width, height: rows * height, data }
}

/** Writes the objects of a tile's core; those that earlier tiles saw get the numbers from there. */
function putObjects(
  image: RgbRaster,
  { core, box }: { core: Box; box: Box },
  look: ManyLook,
  fillHoles: boolean,
  plane: RunPlane,
  sets: UnionFind,
): void {
  const { labels, count } = instancesIn(image, look, fillHoles)
  const written = writtenIn(plane, box)
  const numbers = new Uint32Array(count + 1)
  for (const [label, number] of sameObjects(labels, written, count)) {
    if (numbers[label] === 0) numbers[label] = number
    else sets.join(numbers[label], number)
  }
  const out = new Uint32Array(core.width * core.height)
  for (let y = 0, i = 0; y < core.height; y++)
    for (let x = 0; x < core.width; x++, i++) {
      const label = labels[(core.y - box.y + y) * box.width + core.x - box.x + x]
      if (label === 0) continue
      if (numbers[label] === 0) numbers[label] = sets.add()
      out[i] = numbers[label]
    }
  plane.put(core.x, core.y, core, out)
}

/** What tiles before have written in a box. */
function writtenIn(plane: RunPlane, { x, y, width, height }: Box): Uint32Array {
  const out = new Uint32Array(width * height)
  for (let row = 0; row < height; row++) {
    const runs = plane.runs(y + row)
    for (let i = 0; i < runs.length; i += 3) {
      const [start, end] = [Math.max(x, runs[i]), Math.min(x + width, runs[i + 1])]
      if (start < end) out.fill(runs[i + 2], row * width + start - x, row * width + end - x)
    }
  }
  return out
}

/**
 * Pairs of labels and numbers that are one object: of the smaller of the two, as far as both are
 * seen, half or more is the other.
 */
function* sameObjects(labels: Int32Array, written: Uint32Array, count: number): Generator<[label: number, number: number]> {
  const both = new Map<number, number>()
  const ofNumbers = new Map<number, number>()
  const ofLabels = new Float64Array(count + 1)
  const seen = firstAndLast(written)
  if (!seen) return
  for (let i = seen[0]; i <= seen[1]; i++) {
    const [label, number] = [labels[i], written[i]]
    if (number === 0) continue
    ofNumbers.set(number, (ofNumbers.get(number) ?? 0) + 1)
    if (label === 0) continue
    ofLabels[label]++
    const pair = number * (count + 1) + label
    both.set(pair, (both.get(pair) ?? 0) + 1)
  }
  for (const [pair, shared] of both) {
    const [label, number] = [pair % (count + 1), Math.floor(pair / (count + 1))]
    if (shared >= SAME * Math.min(ofLabels[label], ofNumbers.get(number)!)) yield [label, number]
  }
}

function firstAndLast(values: Uint32Array): [first: number, last: number] | undefined {
  const first = values.findIndex((value) => value !== 0)
  return first < 0 ? undefined : [first, values.findLastIndex((value) => value !== 0)]
}
