/** @file NIfTI: values, axes and sizes as nibabel reads them; bad files are one clear error. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import { test } from 'vitest'
import { openNifti, openSlices } from '../src/image/formats/nifti/open.ts'
import { axisCodes } from '../src/image/planes.ts'
import type { Axis, Volume } from '../src/image/volume.ts'
import { AdzusError, decodeImage, openImages } from '../src/index.ts'
import { bytesSource } from '../src/source.ts'
import { writeNifti } from './support/nifti.ts'

const FOLDER = 'test/data/formats/nifti'

interface Expected {
  size: number[]
  channels: number
  affine: number[]
  codes: string
  sha256: string
}

const expected: Record<string, Expected> = JSON.parse(await readFile(`${FOLDER}/expected.json`, 'utf8'))
const bytesOf = async (name: string) => new Uint8Array(await readFile(`${FOLDER}/${name}`))
const open = async (name: string) => openNifti(bytesSource(name, await bytesOf(name)), name)

/** SHA-256 of the values as 32-bit floats, i fastest. */
async function valuesHash(volume: Volume): Promise<string> {
  const hash = createHash('sha256')
  for (let k = 0; k < volume.size[2]; k++) hash.update(Buffer.from(Float32Array.from((await volume.slice(2, k)).data).buffer))
  return hash.digest('hex')
}

for (const [name, { size, channels, affine, codes, sha256 }] of Object.entries(expected))
  test(`${name}: voxels, affine and axes equal those of nibabel`, async () => {
    const volume = await open(name)
    assert.deepEqual(volume.size, size)
    assert.equal((await volume.slice(2, 0)).channels, channels)
    assert.equal(axisCodes(volume.affine), codes)
    for (const [i, value] of affine.entries())
      assert.ok(Math.abs(volume.affine![i] - value) <= 1e-13 * Math.max(1, Math.abs(value)), `${volume.affine}`)
    assert.equal(await valuesHash(volume), sha256)
  })

test('slices across every axis have the same voxels', async () => {
  for (const name of ['i2be.nii', 'rgb24.nii', 'qform.nii.gz']) {
    const volume = await open(name)
    const [ni, nj, nk] = volume.size
    const layers = await Promise.all(Array.from({ length: nk }, (_, k) => volume.slice(2, k)))
    const { channels } = layers[0]
    const voxel = (i: number, j: number, k: number) =>
      Array.from(layers[k].data.subarray((j * ni + i) * channels, (j * ni + i + 1) * channels))
    for (const [axis, index] of [
      [0, 4],
      [1, 9],
    ] as [Axis, number][]) {
      const slice = await volume.slice(axis, index)
      assert.deepEqual([slice.width, slice.height], axis === 0 ? [nj, nk] : [ni, nk])
      const wanted = Array.from({ length: nk }, (_, k) =>
        Array.from({ length: slice.width }, (_, x) => (axis === 0 ? voxel(index, x, k) : voxel(x, index, k))),
      )
      assert.deepEqual(Array.from(slice.data), wanted.flat(2), `${name} ${axis}`)
      const [x, y] = axis === 0 ? [volume.spacing[1], volume.spacing[2]] : [volume.spacing[0], volume.spacing[2]]
      assert.deepEqual(slice.spacing, { x, y, unit: 'mm' })
    }
  }
})

test('samples keep the type that is stored where there is one for it', async () => {
  const kinds = {
    'u1le.nii': Uint8Array,
    'i1le.nii': Int16Array,
    'u2be.nii': Uint16Array,
    'i2be.nii': Int16Array,
    'i4le.nii': Float32Array,
    'slope.nii': Float32Array,
    'slope-zero.nii': Int16Array,
  }
  for (const [name, kind] of Object.entries(kinds)) assert.ok((await (await open(name)).slice(2, 0)).data instanceof kind, name)
})

test('files that are not packed are read slice by slice', async () => {
  const bytes = await bytesOf('i2le.nii')
  let read = 0
  const source = {
    name: 'a',
    size: bytes.length,
    async read(at: number, length: number) {
      read += length
      return bytes.subarray(at, at + length)
    },
  }
  const volume = await openNifti(source, 'a')
  const before = read
  await volume.slice(2, 3)
  assert.equal(read - before, 11 * 10 * 2)
  await volume.slice(1, 3)
  assert.equal(read - before, 11 * 10 * 2 + 9 * 11 * 2)
})

test('axial slices are pictures wherever the axis lies, with how radiologists see them', async () => {
  const slices = await openImages(await bytesOf('sagittal.nii.gz'))
  // Stored along P, I and R: axial slices lie across j, their rows run to the back, their columns to
  // the right. Turned to the right by 90°, the front is on top and the right side at the left.
  assert.equal(slices.length, 10)
  const { name, facts } = (await openSlices(bytesSource('a', await bytesOf('sagittal.nii.gz')), 'a'))[2]
  assert.equal(name, 'axial slice 3')
  assert.deepEqual(facts, {
    type: 'int16',
    channels: 1,
    spacing: { x: 1, y: 3, unit: 'mm' },
    window: undefined,
    compression: 'gzip',
    others: { axes: 'PIR' },
  })
  const first = await slices[0].decode()
  assert.deepEqual([first.width, first.height, first.orientation], [11, 9, 6])
  const seen = await decodeImage(await bytesOf('sagittal.nii.gz'), 'a', { orient: true })
  assert.deepEqual([seen.width, seen.height, seen.spacing], [9, 11, { x: 3, y: 1, unit: 'mm' }])
})

test('a window, a unit of length and points in time are told', async () => {
  const windowed = await (await open('window.nii.gz')).slice(2, 0)
  assert.deepEqual(windowed.window, [-160, 240])
  assert.deepEqual((await open('times.nii.gz')).notes, ['it has 3 volumes (points in time): the first is taken'])
  const micrometres = await openNifti(bytesSource('a', writeNifti({ edit: (view) => view.setUint8(123, 3) })), 'a')
  assert.ok(Math.abs(micrometres.spacing[0] - 0.002) < 1e-12)
})

const gzip = (bytes: Uint8Array) => new Uint8Array(gzipSync(bytes))
const huge = (view: DataView) => {
  for (const at of [42, 44, 46]) view.setInt16(at, 32767, true)
}
const infinite = (view: DataView) => {
  view.setFloat32(112, 2, true)
  view.setFloat32(116, Infinity, true)
}

const BAD: [what: string, file: Uint8Array, message: RegExp][] = [
  ['cut off within the header', writeNifti().subarray(0, 347), /ends within its header|expected a/],
  ['cut off within the voxels', writeNifti().subarray(0, 900), /one of 900 bytes, where 10 × 9 × 8 voxels of int16 need 1792/],
  ['packed and cut off', gzip(writeNifti()).subarray(0, 60), /one of \d+ bytes, where|cannot be unpacked/],
  ['packed and damaged', gzip(writeNifti()).map((byte, i) => (i === 300 ? byte ^ 8 : byte)), /cannot be unpacked/],
  ['huge sizes with few bytes', writeNifti({ edit: huge }), /32767 × 32767 × 32767 voxels/],
  ['huge sizes, packed', gzip(writeNifti({ edit: huge })), /packed one of \d+ bytes/],
  ['something else, packed', gzip(new Uint8Array(5000)), /NIfTI file within the gzip file/],
  ['no dimensions', writeNifti({ edit: (view) => view.setInt16(40, 0, true) }), /one of 0 dimensions/],
  ['a size of 0', writeNifti({ edit: (view) => view.setInt16(44, 0, true) }), /10 × 0 × 8/],
  ['a negative size', writeNifti({ edit: (view) => view.setInt16(46, -3, true) }), /10 × 9 × -3/],
  ['complex numbers', writeNifti({ edit: (view) => view.setInt16(70, 32, true) }), /complex numbers/],
  ['an unknown type', writeNifti({ edit: (view) => view.setInt16(70, 99, true) }), /unknown type of voxels \(99\)/],
  ['an affine with NaN', writeNifti({ edit: (view) => view.setFloat32(284, Number.NaN, true) }), /affine .* not finite/],
  ['a slope with an infinite intercept', writeNifti({ edit: infinite }), /plus Infinity/],
  ['voxels that begin in the header', writeNifti({ edit: (view) => view.setFloat32(108, 100, true) }), /begin at byte 100/],
]

test('bad files are one clear error each', async () => {
  for (const [what, file, message] of BAD)
    await assert.rejects(
      async () => (await openNifti(bytesSource('a.nii', file), 'a.nii')).slice(2, 0),
      (error: Error) => error instanceof AdzusError && error.message.includes('a.nii') && message.test(error.message),
      what,
    )
})

test('what expands without end is not unpacked beyond what the header says', async () => {
  const bomb = gzip(new Uint8Array(Buffer.concat([writeNifti(), Buffer.alloc(200 * 2 ** 20)])))
  const volume = await openNifti(bytesSource('a', bomb), 'a')
  assert.equal((await volume.slice(2, 7)).data.length, 90)
})

test('packed files may have several members, and padding behind them', async () => {
  const file = writeNifti()
  const parts = [file.subarray(0, 700), file.subarray(700)].map((part) => gzipSync(part))
  const { data } = await (await openNifti(bytesSource('a', file), 'a')).slice(2, 7)
  for (const packed of [Buffer.concat(parts), Buffer.concat([...parts, Buffer.alloc(3)]), Buffer.concat([gzipSync(file), Buffer.alloc(3)])])
    assert.deepEqual((await (await openNifti(bytesSource('a', new Uint8Array(packed)), 'a')).slice(2, 7)).data, data)
})

test('a flat affine is left out with a note', async () => {
  const file = writeNifti({ edit: (view) => view.setFloat32(280, 0, true) })
  const volume = await openNifti(bytesSource('a', file), 'a')
  assert.equal(volume.affine, undefined)
  assert.deepEqual(volume.notes, ['its affine is flat and is left out'])
})

test('pairs of .hdr and .img are refused with a way out', async () => {
  const header = writeNifti({ edit: (view) => view.setUint8(345, 'i'.charCodeAt(0)) })
  await assert.rejects(openImages(header, 'a.hdr'), /the header of a NIfTI pair.*Join/)
})
