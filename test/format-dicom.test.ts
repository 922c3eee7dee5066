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
