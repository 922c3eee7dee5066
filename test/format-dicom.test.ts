/**
 * @file DICOM: samples and pictures equal those of pydicom in every transfer syntax, photometric
 * interpretation and depth (`scripts/formats/dicom.py` made the files and what is expected of them).
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { test } from 'vitest'
import { openImages } from '../src/image/decode.ts'
import { toRgb } from '../src/image/window.ts'
import { type Tag, writeDicom } from './support/dicom.ts'

const FOLDER = 'test/data/formats/dicom'

interface Expected {
  width: number
  height: number
  frames: number
  channels: number
  /** Of all samples of all frames as little-endian 32-bit floats. */
  sha256?: string
  /** Every so many samples, where another decoder may round differently. */
  lossy?: string
  wide?: boolean
  step: number
  /** Every so many pixels of the 8-bit picture that pydicom's windows make of the first frame. */
  shown?: string
  shownStep: number
}

/** A grey picture of 8 bits. */
const GREY: Record<string, Tag> = {
  '00280002': ['US', 1],
  '00280004': ['CS', 'MONOCHROME2'],
  '00280010': ['US', 8],
  '00280011': ['US', 8],
  '00280100': ['US', 8],
  '00280101': ['US', 8],
  '00280102': ['US', 7],
  '00280103': ['US', 0],
  '7fe00010': ['OB', new Uint8Array(64)],
}

const table: Record<string, Expected> = JSON.parse(await readFile(`${FOLDER}/expected.json`, 'utf8'))
const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, 'base64'))

for (const [name, expected] of Object.entries(table))
  test(`${name}: the values of pydicom`, async () => {
    const images = await openImages(await readFile(`${FOLDER}/${name}.dcm`), name)
    assert.equal(images.length, expected.frames)
    const hash = createHash('sha256')
    const lossy: number[] = []
    let count = 0
    for (const image of images) {
      const { width, height, channels, data } = await image.decode()
      assert.deepEqual([width, height, channels], [expected.width, expected.height, expected.channels])
      hash.update(new Uint8Array(Float32Array.from(data).buffer))
      if (expected.lossy) for (let i = 0; i < data.length; i++, count++) if (count % expected.step === 0) lossy.push(data[i])
    }
    if (expected.sha256) assert.equal(hash.digest('hex'), expected.sha256)
    else if (expected.lossy) {
      const bytes = bytesOf(expected.lossy)
      const wanted = expected.wide ? new Float32Array(bytes.buffer) : bytes
      assert.equal(lossy.length, wanted.length)
      const errors = lossy.map((value, i) => Math.abs(value - wanted[i]))
      const [mean, most] = [errors.reduce((a, b) => a + b, 0) / errors.length, Math.max(...errors)]
      assert.ok(mean < 0.5 && most <= 8, `mean ${mean}, most ${most}`)
    }
    if (expected.shown === undefined) return
    const { rgb } = toRgb(await images[0].decode())
    const shown = bytesOf(expected.shown)
    const own = Array.from(shown, (_, i) => rgb.data[3 * i * expected.shownStep])
    assert.ok(
      own.every((level, i) => Math.abs(level - shown[i]) <= 1),
      'more than a level beside pydicom’s window',
    )
  })

test('bits beside the value are masked, wherever HighBit says that it is', async () => {
  const samples = Uint16Array.from({ length: 16 * 24 }, (_, i) => i * 10)
  const header = { '00280002': ['US', 1], '00280004': ['CS', 'MONOCHROME2'], '00280010': ['US', 16], '00280011': ['US', 24] } as const
  const depth = { '00280100': ['US', 16], '00280101': ['US', 12] } as const
  for (const [high, signed, stored, value] of [
    [11, 0, (v: number) => v | 0xf000, (v: number) => v],
    [15, 0, (v: number) => (v << 4) | 5, (v: number) => v],
    [13, 0, (v: number) => (v << 2) | 0xc003, (v: number) => v],
    [11, 1, (v: number) => v, (v: number) => (v > 2047 ? v - 4096 : v)],
  ] as const) {
    const pixels = new Uint8Array(samples.map(stored).buffer)
    const tags = { ...header, ...depth, '00280102': ['US', high], '00280103': ['US', signed], '7fe00010': ['OW', pixels] } as const
    const [image] = await openImages(writeDicom(tags))
    assert.deepEqual(Array.from((await image.decode()).data), Array.from(samples, value))
  }
})

test('the size of a pixel: rows first in the file, and the first of three ways to tell it', async () => {
  const tags = (more: Record<string, Tag>) => writeDicom({ ...GREY, ...more })
  const spacingOf = async (more: Record<string, Tag>) => (await (await openImages(tags(more)))[0].decode()).spacing
  const [plane, imager, scanned] = [
    ['DS', '0.5\\0.25'],
    ['DS', '3\\2'],
    ['DS', '5\\4'],
  ] as const
  assert.deepEqual(await spacingOf({ '00280030': plane, '00181164': imager }), { x: 0.25, y: 0.5, unit: 'mm' })
  assert.deepEqual(await spacingOf({ '00181164': imager, '00182010': scanned }), { x: 2, y: 3, unit: 'mm' })
  assert.deepEqual(await spacingOf({ '00182010': scanned }), { x: 4, y: 5, unit: 'mm' })
  assert.equal(await spacingOf({ '00280030': ['DS', '0\\0'] }), undefined)
})
