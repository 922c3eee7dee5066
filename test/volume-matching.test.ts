/** @file From the labels of slices to one label volume, without the network: matching, filling, voting, measuring. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { repairAlong, voteBySegments, votesOf } from '../src/adzus/volume/foreground.ts'
import { labelsBetween, shapeBetween } from '../src/adzus/volume/interpolate.ts'
import { areasOf, chainsOf, type Frame, overlapsOf } from '../src/adzus/volume/match.ts'
import { measureVolume } from '../src/adzus/volume/measure.ts'
import { everyNth } from '../src/adzus/volume/segment-volume.ts'
import { putSlice, slicingOf, storedSlice, takeSlice } from '../src/adzus/volume/slicing.ts'
import { fillSlices, LabelStack } from '../src/adzus/volume/stack.ts'
import { commonWindow, sampled } from '../src/adzus/volume/window.ts'
import { turnSamples } from '../src/image/orientation.ts'
import { random } from './support/random.ts'

const [WIDTH, HEIGHT] = [24, 20]

/** Labels of discs on a ground of 1. */
function discs(...list: readonly (readonly [x: number, y: number, radius: number, label: number])[]): Uint8Array {
  const out = new Uint8Array(WIDTH * HEIGHT).fill(1)
  for (const [cx, cy, radius, label] of list)
    for (let y = 0; y < HEIGHT; y++)
      for (let x = 0; x < WIDTH; x++) if ((x - cx) ** 2 + (y - cy) ** 2 <= radius * radius) out[y * WIDTH + x] = label
  return out
}

function frames(slices: readonly Uint8Array[]): Frame[] {
  return slices.map((labels, t) => ({
    areas: areasOf(labels),
    before: t > 0 ? overlapsOf(slices[t - 1], labels) : [],
    earlier: t > 1 ? overlapsOf(slices[t - 2], labels) : [],
  }))
}

const size = (depth: number) => [WIDTH, HEIGHT, depth] as const
const place = (depth: number) => ({
  size: size(depth),
  slicing: slicingOf({ size: size(depth), spacing: [1, 1, 2] }, 'k'),
})

test('overlaps are counted by pairs, without what has no number', () => {
  assert.deepEqual(overlapsOf([1, 1, 2, 0, 2, 1], [3, 3, 3, 3, 0, 4]), [
    { a: 1, b: 3, pixels: 2 },
    { a: 2, b: 3, pixels: 1 },
    { a: 1, b: 4, pixels: 1 },
  ])
  assert.deepEqual([...areasOf([0, 2, 2, 1])], [1, 1, 2])
})

test('one thing keeps one chain, whatever its numbers are in the slices', () => {
  const { of, count, gaps } = chainsOf(
    frames([discs([6, 8, 4, 2], [17, 10, 4, 3]), discs([7, 8, 4, 3], [17, 11, 4, 2]), discs([8, 8, 4, 5], [17, 12, 4, 4])]),
  )
  const chains = [
    [of[0][2], of[1][3], of[2][5]],
    [of[0][3], of[1][2], of[2][4]],
    [of[0][1], of[1][1], of[2][1]],
  ]
  for (const chain of chains) assert.equal(new Set(chain).size, 1)
  assert.equal(new Set(chains.map(([chain]) => chain)).size, 3)
  assert.deepEqual([count, gaps], [3, []])
})

test('the best pair is matched first, and what overlaps little is another thing', () => {
  // Both discs of the second slice overlap with the first one's: the nearer is the same.
  const two = chainsOf(frames([discs([10, 10, 5, 2]), discs([11, 10, 4, 2], [17, 10, 3, 3])]))
  assert.equal(two.of[1][2], two.of[0][2])
  assert.notEqual(two.of[1][3], two.of[0][2])
  // Where an organ begins it grows fast.
  const begins = chainsOf(frames([discs([10, 10, 1, 2]), discs([10, 10, 5, 3])]))
  assert.equal(begins.of[1][3], begins.of[0][2])
  const far = chainsOf(frames([discs([6, 8, 3, 2]), discs([16, 8, 3, 2])]))
  assert.notEqual(far.of[0][2], far.of[1][2])
  assert.equal(far.count, 3)
})

test('a segment that one slice misses goes on behind it, and is filled in there', () => {
  const slices = [discs([10, 9, 5, 2]), discs(), discs([10, 9, 3, 2])]
  const { of, gaps } = chainsOf(frames(slices))
  assert.equal(of[2][2], of[0][2])
  assert.deepEqual(gaps, [{ frame: 1, chain: of[0][2] }])
  const stack = new LabelStack(size(3), place(3).slicing)
  for (const [k, labels] of slices.entries()) stack.add(k, labels)
  assert.deepEqual(stack.join(), { count: 2, beyond: 0 })
  const middle = takeSlice(stack.voxels, size(3), place(3).slicing, 1)
  const expected = discs([10, 9, 4, 2])
  const off = middle.reduce((sum, label, i) => sum + Number(label !== expected[i]), 0)
  assert.ok(off <= 8, `${off} pixels off`)
  // Missed in two slices, it is another thing.
  assert.equal(chainsOf(frames([discs([10, 9, 5, 2]), discs(), discs(), discs([10, 9, 5, 2])])).count, 3)
})

test('numbers fall with size', () => {
  const stack = new LabelStack(size(2), place(2).slicing)
  stack.add(0, discs([5, 5, 2, 2], [15, 10, 5, 3]))
  stack.add(1, discs([5, 5, 2, 3], [15, 10, 5, 2]))
  stack.join()
  for (const k of [0, 1]) {
    const labels = takeSlice(stack.voxels, size(2), place(2).slicing, k)
    assert.deepEqual([labels[0], labels[10 * WIDTH + 15], labels[5 * WIDTH + 5]], [1, 2, 3])
  }
})

test('between two discs lie discs of the radii in between', () => {
  const [a, b] = [discs([12, 10, 8, 2]), discs([12, 10, 4, 2])]
  const between = { a, b, width: WIDTH, height: HEIGHT, spacing: [1, 1] as const }
  for (const [n, labels] of labelsBetween(between, [0.25, 0.5, 0.75]).entries()) {
    const expected = discs([12, 10, 7 - n, 2])
    const off = labels.reduce((sum, label, i) => sum + Number(label !== expected[i]), 0)
    assert.ok(off <= 12, `${off} pixels off at ${n}`)
    // What both slices agree on stays.
    for (let i = 0; i < a.length; i++) if (a[i] === b[i]) assert.equal(labels[i], a[i])
  }
  assert.deepEqual(
    labelsBetween(between, [0, 1]).map((labels) => labels.join()),
    [a.join(), b.join()],
  )
})

test('a shape that only one slice has ends half-way, whatever it lies in', () => {
  const [a, b] = [discs([12, 10, 6, 2]), discs()]
  const between = { a, b, width: WIDTH, height: HEIGHT, spacing: [1, 1] as const }
  const areas = labelsBetween(between, [0.1, 0.3, 0.49, 0.51, 0.9]).map((labels) => labels.filter((label) => label === 2).length)
  assert.ok(areas[0] > areas[1] && areas[1] > areas[2] && areas[2] > 0, areas.join())
  assert.deepEqual(areas.slice(3), [0, 0])
  assert.deepEqual([...shapeBetween(between, 3, 0.5)], [...new Uint8Array(a.length)])
})

test('distances count in millimetres where pixels are no squares', () => {
  const wide = new Uint8Array(WIDTH * HEIGHT).fill(1)
  const tall = wide.slice()
  for (let y = 4; y < 16; y++) for (let x = 6; x < 18; x++) wide[y * WIDTH + x] = 2
  for (let y = 8; y < 12; y++) for (let x = 10; x < 14; x++) tall[y * WIDTH + x] = 2
  const at = (spacing: readonly [number, number]) =>
    labelsBetween({ a: wide, b: tall, width: WIDTH, height: HEIGHT, spacing }, [0.5])[0].filter((label) => label === 2).length
  assert.notEqual(at([1, 1]), at([1, 4]))
})

test('slices that were left out are filled, the first and the last are copied', () => {
  const depth = 7
  const voxels = new Uint8Array(WIDTH * HEIGHT * depth)
  const { slicing } = place(depth)
  const [first, last] = [discs([12, 10, 8, 2]), discs([12, 10, 4, 2])]
  putSlice(voxels, size(depth), slicing, 1, first)
  putSlice(voxels, size(depth), slicing, 5, last)
  fillSlices(voxels, place(depth), [1, 5])
  const slice = (k: number) => takeSlice(voxels, size(depth), slicing, k)
  assert.deepEqual([slice(0).join(), slice(6).join()], [first.join(), last.join()])
  const areas = Array.from({ length: depth }, (_, k) => slice(k).filter((label) => label === 2).length)
  for (let k = 2; k <= 5; k++) assert.ok(areas[k] < areas[k - 1], areas.join())
})

test('slices across every axis are put where they were taken from', () => {
  const [w, h, d] = [3, 4, 5]
  const voxels = Uint16Array.from({ length: w * h * d }, (_, v) => v)
  for (const cut of ['i', 'j', 'k', 'axial', 'coronal', 'sagittal'] as const) {
    const affine = [0, 0, -2, 9, 1, 0, 0, 8, 0, 1.5, 0, 7, 0, 0, 0, 1]
    const slicing = slicingOf({ size: [w, h, d], spacing: [1, 1.5, 2], affine }, cut)
    const copy = new Uint16Array(voxels.length)
    for (let index = 0; index < slicing.count; index++) {
      const stored = takeSlice(voxels, [w, h, d], slicing, index)
      const seen = turnSamples({ width: slicing.width, height: slicing.height, channels: 1, data: stored }, slicing.orientation)
      assert.deepEqual(storedSlice(seen.data, slicing), stored)
      putSlice(copy, [w, h, d], slicing, index, stored)
    }
    assert.deepEqual(copy, voxels)
  }
  // By hand: across j, row k = 1 of slice 2.
  const across = slicingOf({ size: [w, h, d], spacing: [1, 1, 1] }, 'j')
  assert.deepEqual(
    [...takeSlice(voxels, [w, h, d], across, 2)].slice(3, 6),
    [0, 1, 2].map((i) => i + w * (2 + h * 1)),
  )
})

test('a mask that has gone astray in a slice follows those around it', () => {
  const depth = 5
  const { slicing } = place(depth)
  const mask = new Uint8Array(WIDTH * HEIGHT * depth)
  const put = (k: number, data: Uint8Array) =>
    putSlice(
      mask,
      size(depth),
      slicing,
      k,
      data.map((label) => (label === 2 ? 255 : 0)),
    )
  const good = discs([8, 8, 4, 2])
  for (const k of [0, 1, 4]) put(k, good)
  put(2, discs([17, 12, 3, 2]))
  put(3, good)
  assert.deepEqual(repairAlong(mask, place(depth), [0, 1, 2, 3, 4]), [2])
  const expected = good.map((label) => (label === 2 ? 255 : 0)).join()
  for (let k = 0; k < depth; k++) assert.equal(takeSlice(mask, size(depth), slicing, k).join(), expected, `slice ${k}`)
})

test('masks that change slowly, begin or end stay as they are; two that went astray are replaced, three are not', () => {
  const masks = (...list: readonly Uint8Array[]) => {
    const { slicing } = place(list.length)
    const mask = new Uint8Array(WIDTH * HEIGHT * list.length)
    for (const [k, labels] of list.entries())
      putSlice(
        mask,
        size(list.length),
        slicing,
        k,
        labels.map((label) => (label === 2 ? 255 : 0)),
      )
    const before = mask.slice()
    const replaced = repairAlong(mask, place(list.length), [...list.keys()])
    if (replaced.length === 0) assert.deepEqual(mask, before)
    return replaced
  }
  const [good, far, none] = [discs([8, 8, 5, 2]), discs([19, 15, 3, 2]), discs()]
  assert.deepEqual(masks(discs([8, 8, 2, 2]), discs([9, 8, 3, 2]), discs([10, 8, 4, 2]), discs([9, 8, 2, 2])), [])
  assert.deepEqual(masks(none, good, none), [])
  assert.deepEqual(masks(none, none, good, good, none), [])
  assert.deepEqual(masks(good, none, good), [1])
  assert.deepEqual(masks(good, far, far, good), [1, 2])
  assert.deepEqual(masks(good, far, far, far, good), [])
})

test('by vote a segment is foreground in every slice, or in none', () => {
  const labels = Uint16Array.of(1, 1, 1, 2, 2, 2, 0, 3)
  const mask = Uint8Array.of(255, 0, 0, 255, 255, 0, 255, 0)
  voteBySegments(labels, mask, votesOf(labels, mask, 3))
  assert.deepEqual([...mask], [0, 0, 0, 255, 255, 255, 0, 0])
})

test('segments are measured in voxels and cubic millimetres, and numbers close up', () => {
  const volume = { size: [4, 3, 3] as const, spacing: [0.5, 2, 3] as const }
  const labels = new Uint16Array(36).fill(1)
  const mask = new Uint8Array(36)
  for (const v of [5, 6, 5 + 12, 6 + 12]) labels[v] = 3
  mask[5] = 255
  mask[6] = 255
  const [ground, thing, ...more] = measureVolume(labels, mask, 3, volume, slicingOf(volume, 'k'))
  assert.deepEqual(more, [])
  assert.deepEqual(thing, {
    id: 2,
    voxels: 4,
    mm3: 12,
    bbox: [1, 1, 0, 2, 1, 2],
    centroid: [1.5, 1, 0.5],
    slices: [0, 1],
    foregroundShare: 0.5,
    foreground: true,
  })
  assert.deepEqual([ground.id, ground.voxels, ground.slices, ground.foreground], [1, 32, [0, 2], false])
  assert.deepEqual([labels[5], Math.max(...labels)], [2, 2])
})

test('every Nth slice, and the last one', () => {
  assert.deepEqual([everyNth(7, 1), everyNth(7, 3), everyNth(8, 3), everyNth(1, 5)], [[0, 1, 2, 3, 4, 5, 6], [0, 3, 6], [0, 3, 6, 7], [0]])
})

test('one window: the file’s, else percentiles of all slices that are looked at', () => {
  const rng = random(1)
  const slice = (least: number, window?: readonly [number, number]) => ({
    width: 20,
    height: 20,
    channels: 1,
    data: Int16Array.from({ length: 400 }, () => least + rng.int(0, 99)),
    notes: [],
    window,
  })
  assert.deepEqual(commonWindow([slice(0), slice(100, [-5, 5]), slice(200, [-160, 240]), slice(300, [0, 9])], 'auto'), [-160, 240])
  const [black, white] = commonWindow([slice(0), slice(1000)], 'auto')
  assert.ok(black <= 2 && white >= 1097, `${black} ${white}`)
  assert.deepEqual(commonWindow([slice(0), slice(1000)], [7, 8]), [7, 8])
  const eight = { ...slice(0), data: new Uint8Array(400).fill(9) }
  assert.deepEqual(commonWindow([eight], 'auto'), [0, 255])
  assert.deepEqual(sampled(3), [0, 1, 2])
  assert.equal(sampled(300).length, 16)
})
