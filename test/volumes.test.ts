/**
 * @file A volume from slices to results: on a made one, by a segmenter that knows the greys of its organs (so that every claim has a right value), and once by the
 * embedded model.
 */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { LEAST_IOU } from '../src/adzus/volume/match.ts'
import type { VolumeOptions } from '../src/adzus/volume/options.ts'
import { segmentVolume } from '../src/adzus/volume/segment-volume.ts'
import { AdzusError } from '../src/errors.ts'
import { toRgb } from '../src/image/window.ts'
import {
  Adzus,
  type LazyImage,
  type Parameters,
  type Pixels,
  type Segmentation,
  type Volume,
  type VolumeSegmentation,
} from '../src/index.ts'
import { BODY, madeVolume, volumeOf } from './support/volumes.ts'

/** How the segmenter below may go wrong, by slice. */
interface Faults {
  /** It gives these slices' segments other numbers. */
  renumber?: boolean
  /** It sees no organ in these slices. */
  blind?: ReadonlySet<string>
  /** Its mask of these slices is another organ. */
  astray?: ReadonlySet<string>
}

/** Between air, fat, soft tissue, organ and bone. */
const LEVELS = [-500, -60, 140, 480]
const PARAMETERS = { foreground: 'auto', wholeSegments: false, objects: 'auto', window: 'auto' } as unknown as Parameters

/** Takes each grey for a segment, and the organ (−60 … 480 above soft tissue) for the foreground. */
function segmenter({ renumber = false, blind = new Set(), astray = new Set() }: Faults = {}) {
  const seen: { window: unknown; active: number; most: number } = { window: undefined, active: 0, most: 0 }
  return {
    seen,
    parameters: (options: Partial<Parameters>) => ({ ...PARAMETERS, ...options }) as Parameters,
    async *segmentAll(
      images: Iterable<LazyImage>,
      settings: { window?: unknown; objects?: unknown },
    ): AsyncGenerator<PromiseSettledResult<Segmentation>> {
      let at = 0
      seen.window = settings.window
      for (const { read, name = '' } of images) {
        seen.most = Math.max(seen.most, ++seen.active)
        try {
          yield {
            status: 'fulfilled',
            value: one((await read()) as Pixels, renumber ? at++ : 0, blind.has(name), astray.has(name), settings.window),
          }
        } catch (reason) {
          yield { status: 'rejected', reason }
        }
        seen.active--
      }
    },
  }
}

function one(pixels: Pixels, shift: number, blind: boolean, astray: boolean, window: unknown): Segmentation {
  const { width, height, data } = pixels
  const grey = Array.from(data, (value) => LEVELS.filter((level) => value > level).length)
  const classes = grey.map((level) => (blind && level === 3 ? 2 : level))
  const numbers = [...new Set(classes)].sort((a, b) => a - b)
  const place = (level: number) => ((numbers.indexOf(level) + shift) % numbers.length) + 1
  const { rgb } = toRgb({ width, height, channels: 1, data: data as Int16Array }, window as [number, number])
  return {
    width,
    height,
    labels: Uint8Array.from(classes, place),
    mask: Uint8Array.from(grey, (level) => (level === (astray ? 4 : 3) && !blind ? 255 : 0)),
    image: rgb,
    notes: [],
    timings: { unet: 2, total: 2 },
    peakBytes: 100,
  } as unknown as Segmentation
}

type Parameters_<T extends (...call: never) => unknown> = T extends (...call: infer P) => unknown ? P : never

const SIZE = [40, 36, 12] as const
const run = (volume: Volume, options: VolumeOptions = {}, faults: Faults = {}) =>
  segmentVolume(segmenter(faults) as never, volume, { name: 'ct', ...options })
const slices = (...numbers: number[]) => new Set(numbers.map((number) => `ct, slice ${number}`))

/** The segment that has most of an ellipsoid, and how well: Dice. */
function best({ labels, segments }: VolumeSegmentation, truth: Uint8Array, ellipsoid: number): { id: number; dice: number } {
  const shared = new Float64Array(segments.length + 1)
  let voxels = 0
  for (let v = 0; v < truth.length; v++)
    if (truth[v] === ellipsoid) {
      voxels++
      shared[labels[v]]++
    }
  return segments
    .map(({ id, voxels: own }) => ({ id, dice: (2 * shared[id]) / (own + voxels) }))
    .reduce((a, b) => (b.dice > a.dice ? b : a))
}

const diceOf = (mask: Uint8Array, truth: Uint8Array, ellipsoid: number) => {
  let [inside, all, both] = [0, 0, 0]
  for (let v = 0; v < mask.length; v++) {
    inside += Number(mask[v] !== 0)
    all += Number(truth[v] === ellipsoid)
    both += Number(mask[v] !== 0 && truth[v] === ellipsoid)
  }
  return (2 * both) / (inside + all)
}

test('one organ has one number in all slices, whatever its numbers are there', async () => {
  const { volume, truth } = madeVolume(SIZE)
  const result = await run(volume, {}, { renumber: true })
  for (const ellipsoid of [0, 1, 2, 3, 4]) assert.equal(best(result, truth, ellipsoid).dice, 1, `ellipsoid ${ellipsoid}`)
  assert.equal(result.segments.length, 5)
  assert.deepEqual(
    result.segments.map(({ id }) => id),
    [1, 2, 3, 4, 5],
  )
  assert.deepEqual(result.size, SIZE)
  assert.ok(result.segments.every(({ voxels }, n, list) => n === 0 || voxels <= list[n - 1].voxels))
  const organ = result.segments[best(result, truth, 2).id - 1]
  assert.ok(Math.abs(organ.mm3 - organ.voxels * 0.8 * 0.8 * 5) < 1e-6)
  assert.equal(diceOf(result.mask, truth, 2), 1)
  assert.deepEqual([organ.foreground, organ.foregroundShare], [true, 1])
})

test('the affine, the spacing and what writers need stay those of the volume', async () => {
  const affine = [0, 0, -2, 9, 1, 0, 0, 8, 0, 1.5, 0, 7, 0, 0, 0, 1]
  const { volume, truth } = madeVolume(SIZE, BODY, { affine, spacing: [1, 1.5, 2] })
  for (const cut of ['axial', 'coronal', 'sagittal', 'i', 'j', 'k'] as const) {
    const result = await run(volume, { slices: cut })
    assert.equal(result.affine, affine)
    assert.deepEqual([result.spacing, result.origin, result.parameters.slices], [volume.spacing, volume.origin, cut])
    // Whichever way it is cut, voxels come back to where they were.
    assert.equal(best(result, truth, 2).dice, 1, cut)
    assert.equal(diceOf(result.mask, truth, 2), 1, cut)
  }
})

test('cut as it was scanned: across the axis of the largest distance, else axial', async () => {
  const usual = async (spacing: readonly [number, number, number]) =>
    (await run(madeVolume([16, 16, 16], BODY, { spacing }).volume, { every: 8 })).parameters.slices
  assert.deepEqual([await usual([0.8, 0.8, 5]), await usual([3, 0.8, 0.8]), await usual([1, 1.1, 1])], ['k', 'i', 'axial'])
})

test('slices are shown as radiologists see them, and all by one window', async () => {
  const { volume } = madeVolume(SIZE, BODY, { affine: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1] })
  const { preview, window } = await run(volume, { slices: 'axial', window: [-1000, 1000] })
  assert.deepEqual(window, [-1000, 1000])
  // Stored from right to left and from back to front: turned by 180°.
  const stored = await volume.slice(2, preview.index)
  const { rgb } = toRgb(stored, window)
  assert.deepEqual([...preview.image.data.subarray(0, 3)], [...rgb.data.subarray(-3)])
  const faulty = segmenter()
  await segmentVolume(faulty as never, volume, {})
  const [black, white] = faulty.seen.window as [number, number]
  assert.ok(black <= -900 && white >= 700, `${black} ${white}`)
})

test('slices between every Nth are interpolated', async () => {
  const { volume, truth } = madeVolume([40, 36, 25])
  const result = await run(volume, { every: 4 })
  assert.deepEqual(result.slices, { count: 25, segmented: [0, 4, 8, 12, 16, 20, 24] })
  assert.equal(result.parameters.every, 4)
  for (const ellipsoid of [1, 2, 3, 4])
    assert.ok(best(result, truth, ellipsoid).dice > 0.93, `ellipsoid ${ellipsoid}: ${best(result, truth, ellipsoid).dice}`)
  assert.ok(diceOf(result.mask, truth, 2) > 0.93)
  assert.ok(result.labels.every((label) => label > 0))
})

test('where a segment is missed in one slice it is filled in', async () => {
  const { volume, truth } = madeVolume(SIZE)
  const result = await run(volume, {}, { blind: slices(6) })
  assert.ok(best(result, truth, 2).dice > 0.99, `${best(result, truth, 2).dice}`)
  assert.ok(diceOf(result.mask, truth, 2) > 0.98)
})

test('one foreground: a slice whose mask is another organ follows its neighbours', async () => {
  const { volume, truth } = madeVolume(SIZE)
  const result = await run(volume, {}, { astray: slices(4, 9) })
  assert.ok(diceOf(result.mask, truth, 2) > 0.98, `${diceOf(result.mask, truth, 2)}`)
  assert.equal(result.segments[best(result, truth, 4).id - 1].foreground, false)
})

test('a rule of whole segments is settled by vote, for all slices alike', async () => {
  const { volume, truth } = madeVolume(SIZE)
  const result = await run(volume, { foreground: 'center' }, { astray: slices(4, 5, 9) })
  const organ = best(result, truth, 2).id
  assert.deepEqual(
    result.segments.filter(({ foreground }) => foreground).map(({ id }) => id),
    [organ],
  )
  assert.ok(result.segments.every(({ foregroundShare }) => foregroundShare === 0 || foregroundShare === 1))
})

test('a slice that cannot be read is told of and interpolated; a volume of such slices fails', async () => {
  const { volume, truth } = madeVolume(SIZE)
  const broken = (bad: (index: number) => boolean): Volume => ({
    ...volume,
    slice: async (axis, index) => {
      if (bad(index)) throw new AdzusError({ what: 'image', where: 'slice', expected: 'pixels', got: 'none' })
      return volume.slice(axis, index)
    },
  })
  const result = await run(broken((index) => index === 5 || index === 11))
  assert.deepEqual(
    result.notes.map((note) => note.slice(0, 64)),
    [6, 12].map((number) => `its slice ${number} is interpolated, since it could not be segmented: image (slice)`.slice(0, 64)),
  )
  assert.ok(best(result, truth, 2).dice > 0.97)
  assert.equal(result.slices.segmented.length, 10)
  await assert.rejects(run(broken(() => true)), /image \(slice\): expected pixels, got none/)
})

test('a slice that shows nothing is one segment, without a foreground', async () => {
  const { volume } = madeVolume(SIZE)
  const values = new Int16Array(40 * 36 * 12)
  for (let k = 0; k < 12; k++) values.set((await volume.slice(2, k)).data as Int16Array, k * 1440)
  values.fill(-900, 11 * 1440)
  const result = await run(volumeOf(values, SIZE, volume))
  assert.equal(new Set(result.labels.subarray(11 * 1440)).size, 1)
  assert.ok(!result.mask.subarray(11 * 1440).includes(255))
})

test('the result is the same each time; on the host there are three bytes a voxel, and slices one after another', async () => {
  const { volume } = madeVolume(SIZE)
  const [first, second] = [await run(volume, { every: 2 }, { renumber: true }), await run(volume, { every: 2 }, { renumber: true })]
  assert.deepEqual(first.labels, second.labels)
  assert.deepEqual(first.mask, second.mask)
  const { segments } = second
  assert.deepEqual(first.segments, segments)
  assert.deepEqual([first.labels.BYTES_PER_ELEMENT, first.mask.BYTES_PER_ELEMENT, first.labels.length], [2, 1, 40 * 36 * 12])
  const watched = segmenter()
  await segmentVolume(watched as never, volume, {})
  assert.equal(watched.seen.most, 1)
})

test('with many objects each is followed through the slices, and the mask is their union', async () => {
  const { volume, truth } = madeVolume(SIZE)
  const { segmentAll, ...rest } = segmenter({ renumber: true })
  const many = {
    ...rest,
    async *segmentAll(...call: Parameters_<typeof segmentAll>) {
      for await (const result of segmentAll(...call)) {
        if (result.status === 'fulfilled') {
          // Whatever is neither air nor soft tissue, numbered as the segments are.
          const { labels, image } = result.value
          const inside = (i: number) => labels[i] > 0 && image.data[3 * i] > 20 && Math.abs(image.data[3 * i] - 145) > 20
          result.value.objects = { labels: Uint16Array.from(labels, (label, i) => (inside(i) ? label : 0)), count: 5, list: [], beyond: 0 }
        }
        yield result
      }
    },
  }
  const { objects, mask, segments } = await segmentVolume(many as never, volume, { objects: 'many', window: [-900, 700] })
  assert.equal(objects?.count, 3)
  const numbers = [2, 3, 4].map((ellipsoid) => new Set(objects!.labels.filter((_, v) => truth[v] === ellipsoid)))
  assert.ok(numbers.every((found) => found.size === 1 && !found.has(0)))
  assert.equal(new Set(numbers.flatMap((found) => [...found])).size, 3)
  assert.deepEqual(
    [...mask].map((value) => value > 0),
    [...truth].map((t) => t > 1),
  )
  assert.equal(segments.filter(({ foreground }) => foreground).length, 3)
})

test('options and sources that cannot be are refused', async () => {
  const { volume } = madeVolume([16, 16, 4])
  await assert.rejects(
    run(volume, { slices: 'frontal' as never }),
    /options \(slices\): expected axial, coronal, sagittal, i, j, k, got "frontal"/,
  )
  await assert.rejects(run(volume, { every: 0 }), /options \(every\): expected a whole number of slices/)
  await assert.rejects(run({ ...volume, size: [70000, 70000, 4] }), /volume: size \(ct\)/)
  assert.ok(LEAST_IOU > 0 && LEAST_IOU < 1)
})

test('the embedded model: labels and mask of a volume, the same as those of its slices where nothing has to be joined', async () => {
  const adzus = await Adzus.load(undefined, { backend: 'cpu' })
  try {
    const { volume, truth } = madeVolume([64, 64, 3], BODY.slice(0, 2))
    const size = 64
    const { labels, mask, segments, preview, window, timings, ...result } = await adzus.segmentVolume(volume, { size })
    assert.ok(segments.length >= 2 && segments.length < 100)
    assert.equal(result.notes.length, 0)
    assert.ok(labels.every((label) => label >= 1 && label <= segments.length))
    assert.equal(
      segments.reduce((sum, { voxels }) => sum + voxels, 0),
      truth.length,
    )
    assert.ok(timings.unet! > 0 && timings.total > timings.unet!)
    assert.deepEqual([preview.image.width, preview.image.height], [64, 64])
    // The first slice: between two others a segment that is missed would be put in.
    const { data, width, height } = await volume.slice(2, 0)
    const alone = await adzus.segment({ width, height, data }, { size, window, objects: 'none' })
    const same = new Map<number, number>()
    for (const [p, label] of alone.labels.entries()) {
      const own = labels[p]
      assert.equal(same.get(label) ?? own, own)
      same.set(label, own)
    }
    assert.ok(mask.includes(255))
    await assert.rejects(
      adzus.segmentVolume(Uint8Array.of(1, 2, 3)),
      /volume \(volume\): expected a file with a volume, or the slices of a series, got another file/,
    )
    await assert.rejects(adzus.segmentVolume('study' as never), /options \(source\): expected a volume/)
  } finally {
    await adzus.dispose()
  }
})
