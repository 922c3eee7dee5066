/** @file DICOM as volumes: series of files in any order, enhanced files, gaps, doubles and strangers. */
import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { describe, test } from 'vitest'
import type { Plane } from '../src/image/formats/dicom/geometry.ts'
import { dicom } from '../src/image/formats/dicom/index.ts'
import { openSeries } from '../src/image/formats/dicom/series.ts'
import { affineOf, stepsOf } from '../src/image/formats/dicom/stack.ts'
import { bytesSource } from '../src/source.ts'

const FOLDER = 'test/data/formats/dicom'
const NAMES = (await readdir(`${FOLDER}/series`)).sort()
const source = async (path: string) => bytesSource(path, new Uint8Array(await readFile(`${FOLDER}/${path}`)))
const series = () => Promise.all(NAMES.map((name) => source(`series/${name}`)))

/** A copy of a file with a text in place of another of the same length. */
function changed(name: string, bytes: Uint8Array, from: string, to: string) {
  const text = Buffer.from(bytes).toString('latin1')
  assert.ok(from.length === to.length && text.includes(from))
  return bytesSource(name, new Uint8Array(Buffer.from(text.replaceAll(from, to), 'latin1')))
}

describe('a series of files', () => {
  test('is sorted by position, with the affine from voxels to the patient', async () => {
    const { volumes, left } = await openSeries(await series(), 'study')
    assert.deepEqual([volumes.length, left], [1, []])
    const [{ size, spacing, affine, type, notes, origin, files }] = volumes
    assert.deepEqual([size, spacing, type, notes], [[12, 9, 6], [0.25, 0.5, 2], 'uint16', []])
    // Left and back become right and front: x = 10 - i/4, y = 20 - j/2, z = 30 + 2 k.
    assert.deepEqual(affine, [-0.25, 0, 0, 10, 0, -0.5, 0, 20, 0, 0, 2, 30, 0, 0, 0, 1])
    assert.deepEqual(
      files,
      [0, 5, 4, 3, 2, 1].map((name) => `series/${name}.dcm`),
    )
    assert.ok(origin.format === 'dicom' && origin.headers.length === 6)
    for (const header of origin.headers) assert.equal(String.fromCharCode(...header.subarray(128, 132)), 'DICM')
  })

  test('has the same voxels whichever way it is cut', async () => {
    const [volume] = (await openSeries(await series(), 'study')).volumes
    const [I, J, K] = volume.size
    const slices = await Promise.all(Array.from({ length: K }, (_, k) => volume.slice(2, k)))
    assert.deepEqual([slices[0].width, slices[0].height], [I, J])
    const [sagittal, coronal] = [await volume.slice(0, 7), await volume.slice(1, 4)]
    assert.deepEqual([sagittal.width, sagittal.height, sagittal.spacing], [J, K, { x: 0.5, y: 2, unit: 'mm' }])
    assert.deepEqual([coronal.width, coronal.height, coronal.spacing], [I, K, { x: 0.25, y: 2, unit: 'mm' }])
    for (let k = 0; k < K; k++) {
      for (let j = 0; j < J; j++) assert.equal(sagittal.data[k * J + j], slices[k].data[j * I + 7])
      for (let i = 0; i < I; i++) assert.equal(coronal.data[k * I + i], slices[k].data[4 * I + i])
    }
    assert.equal(Math.min(...slices.map(({ data }) => Math.min(...data))), -1024)
    await assert.rejects(volume.slice(2, 6), /volume: slice \(study\): expected a whole number from 0 to 5, got 6/)
  })

  test('tells where slices are missing', async () => {
    const all = await series()
    const [volume] = (
      await openSeries(
        all.filter(({ name }) => name !== 'series/4.dcm'),
        'study',
      )
    ).volumes
    assert.deepEqual([volume.size[2], volume.notes], [5, ['a slice is missing between its slices 2 and 3']])
  })

  test('leaves out what lies at a position twice, what is no slice, and what cannot be read', async () => {
    const all = await series()
    const double = { ...all[2], name: 'double.dcm' }
    const strangers = [double, await source('SC_rgb_rle.dcm'), await source('JPGExtended.dcm'), bytesSource('text', new Uint8Array(9))]
    const { volumes, left } = await openSeries([...all, ...strangers], 'study')
    assert.deepEqual([volumes.length, volumes[0].size[2]], [1, 6])
    const reasons = Object.fromEntries(left.map(({ name, why }) => [name, why]))
    assert.equal(reasons['double.dcm'], 'another file of its series lies at the same position')
    assert.equal(reasons['SC_rgb_rle.dcm'], 'it is a picture in colours')
    assert.equal(reasons['JPGExtended.dcm'], 'it does not tell its place in space')
    assert.match(reasons['text'], /^it cannot be read: something else/)
  })

  test('of several phases becomes a volume for each', async () => {
    const all = await series()
    const again = all.map((one) => ({ ...one, name: `again ${one.name}` }))
    const { volumes, left } = await openSeries([...all, ...again], 'study')
    assert.deepEqual([volumes.map(({ size }) => size[2]), left], [[6, 6], []])
    assert.match(volumes[1].notes[0], /2 slices at each position: this is number 2/)
  })

  test('of mixed directions is taken apart: one that stands alone is left out', async () => {
    const all = await series()
    const turned = (at: number) =>
      readFile(`${FOLDER}/${all[at].name}`).then((bytes) => changed(`turned ${at}`, bytes, '1\\0\\0\\0\\1\\0', '0\\1\\0\\1\\0\\0'))
    const alone = await openSeries([...all, await turned(1)], 'study')
    assert.deepEqual([alone.volumes.length, alone.left[0].name], [1, 'turned 1'])
    assert.match(alone.left[0].why, /other directions/)
    const two = await openSeries([...all, await turned(1), await turned(2)], 'study')
    assert.deepEqual(
      two.volumes.map(({ size }) => size[2]),
      [6, 2],
    )
    assert.match(two.volumes[0].notes[0], /other directions, sizes or spacings/)
  })

  test('without a slice is an error', async () => {
    await assert.rejects(
      openSeries([await source('SC_rgb_rle.dcm')], 'study'),
      /^AdzusError: volume \(study\): expected DICOM files with slices.*in colours/,
    )
    await assert.rejects(openSeries([], 'study'), /got no file/)
  })
})

describe('a file of several frames', () => {
  test('is a volume by its functional groups', async () => {
    const volume = await dicom.openVolume!(await source('enhanced.dcm'), 'enhanced')
    assert.deepEqual([volume!.size, volume!.spacing, volume!.notes], [[12, 9, 6], [0.25, 0.5, 3], []])
    // Rows run to the back, columns to the feet, and the frames, sorted, to the left's other side.
    assert.deepEqual(volume!.affine, [0, 0, 3, -20, -0.25, 0, 0, 20, 0, -0.5, 0, 30, 0, 0, 0, 1])
    const [first, last] = [await volume!.slice(2, 0), await volume!.slice(2, 5)]
    assert.deepEqual(
      [first.window, last.window],
      [
        [755, 1254],
        [750, 1249],
      ],
    )
  })

  test('is a volume by the offsets of its dose grid', async () => {
    const volume = await dicom.openVolume!(await source('rtdose.dcm'), 'dose')
    assert.deepEqual([volume!.size, volume!.notes], [[10, 10, 15], []])
  })

  test('is none where its frames have no place in space, and where there is one', async () => {
    for (const name of ['SC_rgb_rle_2frame', 'u16-frames', 'CT_small'])
      assert.equal(await dicom.openVolume!(await source(`${name}.dcm`), name), undefined)
  })
})

describe('the affine', () => {
  const plane = (x: number, y: number, z: number): Plane => ({ position: [x, y, z], row: [1, 0, 0], column: [0, 1, 0] })
  const size = { x: 0.5, y: 0.25 }

  test('keeps the shear of a tilted gantry, and says so', () => {
    const notes: string[] = []
    const affine = affineOf([plane(0, 0, 0), plane(0, 1, 4), plane(0, 2, 8)], size, 4, notes)
    assert.deepEqual(affine, [-0.5, 0, 0, 0, 0, -0.25, -1, 0, 0, 0, 4, 0, 0, 0, 0, 1])
    assert.deepEqual(notes, ['its slices are shifted against each other (a tilted gantry)'])
  })

  test('of slices that do not lie in one line is that of the ends, and that is said', () => {
    const notes: string[] = []
    affineOf([plane(0, 0, 0), plane(3, 0, 4), plane(0, 0, 8)], size, 4, notes)
    assert.deepEqual(notes, ['its slices do not lie in one line: the affine is that of the first and the last'])
  })

  test('of one slice takes its thickness', () => {
    assert.deepEqual(affineOf([plane(1, 2, 3)], size, 5, []), [-0.5, 0, 0, -1, 0, -0.25, 0, -2, 0, 0, 5, 3, 0, 0, 0, 1])
  })

  test('distances: the usual one, gaps with their places, and uneven ones', () => {
    const at = (...depths: number[]) => stepsOf(depths.map((depth) => plane(0, 0, depth)))
    assert.deepEqual(at(0, 2, 4, 6), { step: 2, notes: [] })
    assert.deepEqual(at(0, 2, 4, 10, 12, 16, 18), {
      step: 2,
      notes: ['2 slices are missing between its slices 3 and 4', 'a slice is missing between its slices 5 and 6'],
    })
    assert.deepEqual(at(0, 2, 4.2, 6.2).notes, ['its slices have different distances (2 to 2.2 mm)'])
    assert.deepEqual(at(0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18).notes.at(-1), 'further gaps between its slices: 1')
  })
})
