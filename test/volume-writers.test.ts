/** @file Label volumes as NIfTI and as DICOM segmentations: headers, bits, what is copied and what is not, and that the same result gives the same bytes. */
import assert from 'node:assert/strict'
import { gunzipSync } from 'node:zlib'
import { test } from 'vitest'
import type { DataSet } from '../src/image/formats/dicom/data-set.ts'
import { readDicom } from '../src/image/formats/dicom/file.ts'
import { openVolumes } from '../src/image/open-volume.ts'
import { dicomSeg, hasSegMark } from '../src/output/volume/dicom-seg.ts'
import { decimal, element, sequence } from '../src/output/volume/dicom-writer.ts'
import { hasNiftiMark, niftiLabels, niftiMask } from '../src/output/volume/nifti.ts'
import { niftiHeader } from '../src/output/volume/nifti-header.ts'
import type { VoxelResult } from '../src/output/volume/output.ts'
import { bytesSource } from '../src/source.ts'
import { dicomHeaders, madeVolume, niftiSource, seriesAffine } from './support/volumes.ts'

/** The truth of a made volume as its result. */
function made(size: readonly [number, number, number], place: Pick<VoxelResult, 'spacing' | 'affine' | 'origin'>): VoxelResult {
  const { truth } = madeVolume(size)
  const segments = [1, 2, 3, 4, 5].map((id) => ({ id, foreground: id === 3 }))
  return {
    size,
    labels: Uint16Array.from(truth, (value) => value + 1),
    mask: truth.map((value) => (value === 2 ? 255 : 0)),
    segments,
    ...place,
  }
}

const SIZE = [13, 11, 5] as const

for (const little of [true, false])
  test(`NIfTI: the source’s header, ${little ? 'little' : 'big'} endian, but for what concerns the values and names somebody`, async () => {
    const { header, affine } = niftiSource(SIZE, { little })
    const result = made(SIZE, { spacing: [1.2, 1.25, 3.1], affine, origin: { format: 'nifti', header } })
    const file = gunzipSync(await niftiLabels(result, '1.2.3'))
    const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
    const short = (at: number) => view.getInt16(at, little)
    const real = (at: number) => view.getFloat32(at, little)
    assert.deepEqual(
      Array.from({ length: 8 }, (_, n) => short(40 + 2 * n)),
      [3, ...SIZE, 1, 1, 1, 1],
    )
    assert.deepEqual([short(68), short(70), short(72)], [1002, 512, 16])
    assert.deepEqual([real(108), real(112), real(116), real(124), real(128)], [352, 1, 0, 0, 0])
    assert.equal(view.getInt32(348), 0)
    // The space, bit by bit: voxel sizes with qfac, units, codes, quaternion and matrix.
    for (const [from, to] of [
      [76, 92],
      [123, 124],
      [252, 328],
    ])
      assert.deepEqual([...file.subarray(from, to)], [...header.subarray(from, to)])
    assert.equal(file.subarray(148, 228).toString().replaceAll('\0', ''), 'ADZUS 1.2.3')
    assert.doesNotMatch(file.subarray(0, 352).toString('latin1'), /Somebody|name/)
    assert.equal(file.length, 352 + 2 * result.labels.length)
    for (let v = 0; v < result.labels.length; v++) assert.equal(view.getUint16(352 + 2 * v, little), result.labels[v])
    const mask = gunzipSync(await niftiMask(result, '1.2.3'))
    assert.deepEqual([mask.readInt8(little ? 70 : 71), mask.readInt8(little ? 72 : 73)], [2, 8])
    assert.deepEqual(
      [...mask.subarray(352)],
      Array.from(result.mask, (value) => Number(value > 0)),
    )
  })

test('NIfTI: what is read again lies where the source did', async () => {
  const affine = seriesAffine()
  const result = made(SIZE, { spacing: [0.8, 0.8, 5], affine, origin: { format: 'other' } })
  const file = await niftiLabels(result, '0')
  const [again] = await openVolumes([file])
  assert.deepEqual(again.size, SIZE)
  for (const [n, value] of affine.entries()) assert.ok(Math.abs(again.affine![n] - value) < 1e-5)
  for (const [n, value] of result.spacing.entries()) assert.ok(Math.abs(again.spacing[n] - value) < 1e-6)
  const slice = await again.slice(2, 2)
  assert.deepEqual([...slice.data], [...result.labels.subarray(2 * 143, 3 * 143)])
})

test('NIfTI: the same labels are the same bytes, which tell that they are ours', async () => {
  const result = made(SIZE, { spacing: [1, 1, 1], origin: { format: 'other' } })
  const [first, second] = [await niftiLabels(result, '0'), await niftiLabels(result, '0')]
  assert.deepEqual(first, second)
  assert.ok(hasNiftiMark(first.subarray(0, 64)) && hasNiftiMark((await niftiMask(result, '0')).subarray(0, 64)))
  assert.ok(!hasNiftiMark(Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3)))
  // Without an affine nothing says where the voxels lie.
  const plain = gunzipSync(first)
  assert.deepEqual([plain.readInt16LE(252), plain.readInt16LE(254), plain[123]], [0, 0, 0])
})

test('NIfTI-2 where an axis is too long for NIfTI-1, and where the source is one', () => {
  const place = {
    size: [40000, 2, 3] as const,
    spacing: [0.1, 0.2, 0.3] as const,
    affine: seriesAffine(),
    bits: 16 as const,
    labels: true,
    description: 'd',
  }
  const { bytes } = niftiHeader({ ...place, origin: { format: 'other' } })
  const view = new DataView(bytes.buffer)
  assert.deepEqual(
    [bytes.length, view.getInt32(0, true), Number(view.getBigInt64(24, true)), Number(view.getBigInt64(168, true))],
    [544, 540, 40000, 544],
  )
  assert.deepEqual(
    [view.getInt16(12, true), view.getInt32(504, true), view.getInt32(344, true), view.getInt32(348, true)],
    [512, 1002, 0, 1],
  )
  assert.deepEqual([view.getFloat64(112, true), view.getFloat64(400, true), view.getFloat64(176, true)], [0.1, -0.8, 1])
  // Copied, and read again with the other byte order.
  const source = bytes.slice()
  source.set(new TextEncoder().encode('Somebody'), 320)
  const copied = niftiHeader({ ...place, bits: 8, labels: false, origin: { format: 'nifti', header: source } })
  const again = new DataView(copied.bytes.buffer)
  assert.deepEqual(
    [copied.bytes.length, again.getInt16(12, true), again.getInt32(504, true), again.getFloat64(400, true)],
    [544, 2, 0, -0.8],
  )
  assert.equal(copied.bytes.subarray(320, 344).join(''), '0'.repeat(24))
})

/** The items of a sequence, by its tag. */
const items = (set: DataSet, tag: number) => set.items(tag)

test('DICOM-SEG: frames, bits and what they refer to', async () => {
  const size = [13, 11, 4] as const
  const result = made(size, { spacing: [0.8, 0.8, 5], affine: seriesAffine(), origin: { format: 'dicom', headers: dicomHeaders(size) } })
  const bytes = await dicomSeg(result, 'study', '1.2.3')
  assert.ok(hasSegMark(bytes.subarray(0, 64)))
  const { data } = await readDicom(bytesSource('seg', bytes), 'seg')
  assert.deepEqual(
    [0x00080016, 0x00080060, 0x00620001, 0x00620013, 0x00280004].map((tag) => data.text(tag)),
    ['1.2.840.10008.5.1.4.1.1.66.4', 'SEG', 'BINARY', 'NO', 'MONOCHROME2'],
  )
  assert.equal(items(data, 0x00620002).length, 5)
  assert.equal(items(data, 0x00620002)[2].text(0x00620005), 'Segment 3, foreground')
  const frames = items(data, 0x52009230)
  assert.equal(frames.length, data.decimal(0x00280008))
  const pixels = bytes.subarray(bytes.length - 2 * Math.ceil((frames.length * 143) / 16))
  const again = new Uint16Array(result.labels.length)
  for (const [n, frame] of frames.entries()) {
    const segment = items(frame, 0x0062000a)[0].number(0x0062000b)!
    const source = items(items(frame, 0x00089124)[0], 0x00082112)[0]
    const k = Number(source.text(0x00081155)!.split('.').at(-1)) - 1
    assert.equal(source.text(0x0028135a), 'YES')
    assert.deepEqual(items(frame, 0x00209111)[0].numbers(0x00209157, 'UL'), [segment, k + 1])
    assert.deepEqual(items(frame, 0x00209113)[0].decimals(0x00200032), [-100.5, -90.25, 40 + 5 * k])
    for (let p = 0; p < 143; p++) if ((pixels[Math.floor((n * 143 + p) / 8)] >> ((n * 143 + p) % 8)) & 1) again[k * 143 + p] += segment
  }
  assert.deepEqual(again, result.labels)
})

test('DICOM-SEG: of patient and study what the standard demands, and no more; identifiers of the contents', async () => {
  const size = [13, 11, 2] as const
  const place = { spacing: [0.8, 0.8, 5], affine: seriesAffine(), origin: { format: 'dicom', headers: dicomHeaders(size) } } as const
  const result = made(size, place)
  const [bytes, again] = [await dicomSeg(result, 'study', '0'), await dicomSeg(result, 'study', '0')]
  assert.deepEqual(bytes, again)
  const { data } = await readDicom(bytesSource('seg', bytes), 'seg')
  const copied = dicomHeaders(size)[0]
  const source = (await readDicom(bytesSource('source', copied), 'source')).data
  for (const tag of [0x00080005, 0x00080020, 0x00080090, 0x00100010, 0x00100020, 0x00100030, 0x00100040, 0x0020000d, 0x00200052])
    assert.deepEqual(data.value(tag), source.value(tag), tag.toString(16))
  assert.doesNotMatch(Buffer.from(bytes).toString('latin1'), /Hospital|street/)
  const uid = (set: DataSet, tag: number) => set.text(tag)!
  for (const tag of [0x00080018, 0x0020000e]) assert.match(uid(data, tag), /^2\.25\.[1-9]\d{0,38}$/)
  assert.notEqual(uid(data, 0x0020000e), uid(source, 0x0020000e))
  const other = { ...result, labels: result.labels.slice().fill(2, 0, 3) }
  const changed = (await readDicom(bytesSource('seg', await dicomSeg(other, 'study', '0')), 'seg')).data
  assert.notEqual(uid(changed, 0x00080018), uid(data, 0x00080018))
})

test('DICOM-SEG: frames of one file are numbered, by their places where they tell them', async () => {
  const size = [13, 11, 3] as const
  const [header] = dicomHeaders([13, 11, 1], { change: { '(0028,0008)': element('(0028,0008)', 'IS', '3'), '(0020,0032)': undefined } })
  const result = made(size, { spacing: [0.8, 0.8, 5], affine: seriesAffine(), origin: { format: 'dicom', headers: [header] } })
  const { data } = await readDicom(bytesSource('seg', await dicomSeg(result, 'study', '0')), 'seg')
  const numbers = items(data, 0x52009230).map((frame) => items(items(frame, 0x00089124)[0], 0x00082112)[0].decimal(0x00081160))
  assert.deepEqual([...new Set(numbers)].sort(), [1, 2, 3])
  const places = items(data, 0x52009230).map((frame) => items(frame, 0x00209113)[0].decimals(0x00200032)![2])
  assert.deepEqual([...new Set(places)].sort(), [40, 45, 50])
  // Stored from the head to the feet.
  const groups = [50, 45, 40].map((z) => [sequence('(0020,9113)', [element('(0020,0032)', 'DS', '-100.5', '-90.25', `${z}`)])])
  const change = {
    '(0028,0008)': element('(0028,0008)', 'IS', '3'),
    '(0020,0032)': undefined,
    '(5200,9230)': sequence('(5200,9230)', ...groups),
  }
  const reversed = { ...result, origin: { format: 'dicom' as const, headers: dicomHeaders([13, 11, 1], { change }) } }
  const turned = (await readDicom(bytesSource('seg', await dicomSeg(reversed, 'study', '0')), 'seg')).data
  for (const frame of items(turned, 0x52009230)) {
    const source = items(items(frame, 0x00089124)[0], 0x00082112)[0].decimal(0x00081160)!
    assert.equal(items(frame, 0x00209113)[0].decimals(0x00200032)![2], 55 - 5 * source)
  }
})

test('DICOM-SEG: refused where there is nothing to refer to', async () => {
  const size = [13, 11, 2] as const
  const refused = (origin: VoxelResult['origin'], affine?: VoxelResult['affine']) =>
    dicomSeg(made(size, { spacing: [1, 1, 1], affine, origin }), 'study', '0')
  await assert.rejects(refused({ format: 'other' }), /dicom-seg \(study\): expected slices of a DICOM series, got .*Save nifti instead/)
  const bare = dicomHeaders(size, { change: { '(0020,0032)': undefined, '(0020,0037)': undefined } })
  await assert.rejects(refused({ format: 'dicom', headers: bare }), /got slices without position and orientation/)
  const anonymous = dicomHeaders(size, { change: { '(0008,0018)': undefined } })
  await assert.rejects(refused({ format: 'dicom', headers: anonymous }), /got slices without SOP Instance UID/)
  await assert.rejects(refused({ format: 'dicom', headers: dicomHeaders([13, 11, 3]) }), /got 3 headers of 2 slices/)
})

test('decimal texts have 16 characters at most', () => {
  for (const value of [0, -0.8, 1 / 3, -123456.78901234567, 1e-9 / 3, -1.23456789e-7, 2 ** 70]) {
    const text = decimal(value)
    assert.ok(text.length <= 16, text)
    assert.ok(Math.abs(Number(text) - value) <= 1e-8 * Math.abs(value), `${text} for ${value}`)
  }
})
