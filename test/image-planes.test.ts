/** @file Planes of volumes: axis codes as nibabel's, and how slices are seen. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { inverseOf, type Orientation, turnSamples } from '../src/image/orientation.ts'
import { axisCodes, PLANES, planeAxis, viewAcross } from '../src/image/planes.ts'
import type { Axis } from '../src/image/volume.ts'

/** An affine whose axes run towards these ends. */
function towards(codes: string): number[] {
  const affine = Array<number>(16).fill(0)
  for (const [axis, letter] of [...codes].entries()) {
    const row = 'RAS'.includes(letter) ? 'RAS'.indexOf(letter) : 'LPI'.indexOf(letter)
    affine[4 * row + axis] = 'RAS'.includes(letter) ? 2 : -2
  }
  affine[15] = 1
  return affine
}

/** From numpy.random.default_rng(5): rotations with zooms and shear. */
const OBLIQUE: [codes: string, affine: number[]][] = [
  ['IPL', [-3.777, -1.698, -1.828, 27.7, 1.98, -2.471, 0.165, -3.2, -2.603, -2.144, 0.49, -29.5, 0.0, 0.0, 0.0, 1.0]],
  ['SPR', [-0.717, 0.855, 1.725, 1.7, 0.449, -1.041, 0.946, 2.2, 2.255, 0.196, -0.182, -99.4, 0.0, 0.0, 0.0, 1.0]],
  ['PSL', [-0.281, 1.207, -3.073, -18.2, -1.423, -1.164, 0.393, -7.6, -0.399, 3.422, 1.71, 12.1, 0.0, 0.0, 0.0, 1.0]],
  ['AIL', [-0.273, -1.579, -2.077, -63.0, 3.441, -0.125, 0.743, -91.8, -2.563, -1.983, 2.01, -10.2, 0.0, 0.0, 0.0, 1.0]],
  ['PRS', [-1.524, 1.833, 0.288, 53.4, -2.07, -1.494, 0.224, -16.3, 0.694, -1.791, 0.977, 21.0, 0.0, 0.0, 0.0, 1.0]],
  ['LPS', [-0.421, -0.012, 0.159, 39.7, 0.069, -0.554, 0.202, 31.5, 0.003, 0.187, 1.069, 77.4, 0.0, 0.0, 0.0, 1.0]],
  ['PSL', [-0.018, 1.688, -0.432, 5.9, -1.853, -0.111, 0.016, -35.3, -0.055, 2.071, 0.471, -31.5, 0.0, 0.0, 0.0, 1.0]],
  ['ILA', [-1.331, -0.946, -0.384, 1.8, -0.772, -0.371, 0.458, 24.2, -1.894, 1.294, -0.599, 51.5, 0.0, 0.0, 0.0, 1.0]],
  ['SPR', [-1.299, 1.528, 1.5, 42.8, -0.83, -1.489, 0.304, 16.6, 4.443, -1.144, -0.357, 56.9, 0.0, 0.0, 0.0, 1.0]],
  ['ILA', [-1.287, -3.776, 0.517, 36.2, 0.051, -0.344, 2.158, 22.7, -1.765, 2.877, -0.109, -14.0, 0.0, 0.0, 0.0, 1.0]],
  ['IPL', [-0.713, -1.616, -0.832, 40.3, 0.374, -2.081, 0.796, -16.8, -1.384, -0.23, 1.12, -2.7, 0.0, 0.0, 0.0, 1.0]],
  ['PSL', [-0.91, -0.577, -3.885, -2.0, -2.123, -1.729, 1.415, 3.7, -2.197, 2.419, -0.833, 4.6, 0.0, 0.0, 0.0, 1.0]],
]

const ALL = ['RAS', 'LAS', 'LPS', 'RPI', 'PIR', 'ASL', 'SRA', 'IPL', 'AIR', 'SLP']

test('axes run towards the ends that the affine says', () => {
  for (const codes of ALL) assert.equal(axisCodes(towards(codes)), codes)
  assert.equal(axisCodes(), 'RAS')
})

test('oblique and sheared axes have the codes of nibabel.aff2axcodes (5.4.2)', () => {
  for (const [codes, affine] of OBLIQUE) assert.equal(axisCodes(affine), codes, `${affine}`)
})

test('slices are seen with the front or the head on top and the right side at the left', () => {
  const seen = { axial: ['R', 'A'], coronal: ['R', 'S'], sagittal: ['A', 'S'] }
  const opposite: Record<string, string> = { R: 'L', L: 'R', A: 'P', P: 'A', S: 'I', I: 'S' }
  for (const codes of ALL)
    for (const plane of PLANES) {
      const affine = towards(codes)
      const axis = planeAxis(affine, plane)
      const view = viewAcross(affine, axis)
      assert.equal(view.plane, plane)
      const [along, down] = [0, 1, 2].filter((other) => other !== axis)
      // Each pixel holds its place along a row and its place down the slice.
      const data = Uint8Array.from([0, 0, 1, 0, 2, 0, 0, 1, 1, 1, 2, 1])
      const turned = turnSamples({ width: 3, height: 2, channels: 2, data }, view.orientation)
      const corner = [turned.data[0], turned.data[1]]
      const ends = [corner[0] === 0 ? opposite[codes[along]] : codes[along], corner[1] === 0 ? opposite[codes[down]] : codes[down]]
      assert.deepEqual([...ends].sort(), [...seen[plane]].sort(), `${codes} ${plane}`)
      // What changes along the first row is what is to lie across.
      const across = turned.data[0] === turned.data[2] ? down : along
      assert.ok([seen[plane as 'axial'][0], opposite[seen[plane as 'axial'][0]]].includes(codes[across]), `${codes} ${plane}`)
    }
})

test('without an affine slices are seen as they are stored', () => {
  for (const axis of [0, 1, 2] as Axis[]) assert.equal(viewAcross(undefined, axis).orientation, 1)
  assert.equal(planeAxis(undefined, 'axial'), 2)
})

test('the inverse orientation turns back', () => {
  const labels = { width: 3, height: 2, channels: 1, data: Int32Array.from([1, 2, 3, 4, 5, 6]) }
  for (const orientation of [1, 2, 3, 4, 5, 6, 7, 8] as Orientation[]) {
    const seen = turnSamples(labels, orientation)
    const { channels: _, ...back } = labels
    assert.deepEqual(turnSamples({ ...seen, channels: 1 }, inverseOf(orientation)), back)
  }
})
