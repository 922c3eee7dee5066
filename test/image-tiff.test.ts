/**
 * @file TIFF: samples equal those of tifffile (test/data/formats/tiff, made by
 * scripts/formats/tiff.py), parts are read by their chunks, broken files end in one error.
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'vitest'
import type { Decoded, StoredImage } from '../src/image/format.ts'
import { tiff } from '../src/image/formats/tiff/index.ts'
import { bytesSource } from '../src/source.ts'

const FOLDER = 'test/data/formats/tiff'

interface Expected {
  width: number
  height: number
  channels: number
  type: 'u8' | 'u16' | 'i16' | 'f32'
  sha256?: string
  /** Samples may differ by so much from those in the file `.bin`. */
  near?: number
  name?: string
  channelNames?: string[]
  spacing?: [number, number]
  window?: [number, number]
  levels?: Expected[]
}

interface ExpectedFile {
  images: Expected[]
  volume?: number[]
  parts?: (Expected & { region: [number, number, number, number]; wanted: number[] })[]
}

const EXPECTED: Record<string, ExpectedFile> = JSON.parse(readFileSync(`${FOLDER}/expected.json`, 'utf8'))
const TYPES = { u8: Uint8Array, u16: Uint16Array, i16: Int16Array, f32: Float32Array }

const read = (name: string) => new Uint8Array(readFileSync(`${FOLDER}/${name}`))
const open = (bytes: Uint8Array) => tiff.open(bytesSource('a.tif', bytes), 'a.tif')

function checkPixels(file: string, decoded: Decoded, expected: Expected): void {
  const { data } = decoded
  assert.deepEqual([decoded.width, decoded.height, decoded.channels], [expected.width, expected.height, expected.channels])
  assert.equal(data.constructor, TYPES[expected.type])
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  if (expected.near === undefined) {
    assert.equal(createHash('sha256').update(bytes).digest('hex'), expected.sha256)
    return
  }
  const stored = read(`${file}.bin`)
  const wanted = new TYPES[expected.type](stored.buffer, stored.byteOffset, data.length)
  let most = 0
  for (let i = 0; i < data.length; i++) most = Math.max(most, Math.abs(data[i] - wanted[i]))
  assert.ok(most <= expected.near, `differs by ${most}`)
}

async function checkImage(file: string, image: StoredImage, expected: Expected): Promise<void> {
  const decoded = await image.decode()
  checkPixels(file, decoded, expected)
  assert.deepEqual(image.name, expected.name)
  if (expected.channelNames)
    assert.deepEqual([decoded.channelNames, image.facts?.channelNames], [expected.channelNames, expected.channelNames])
  if (expected.window) assert.deepEqual([decoded.window, image.facts?.window], [expected.window, expected.window])
  if (expected.spacing) {
    const { x, y, unit } = decoded.spacing!
    assert.equal(unit, 'mm')
    for (const [got, wanted] of [
      [x, expected.spacing[0]],
      [y, expected.spacing[1]],
    ])
      assert.ok(Math.abs(got / wanted - 1) < 1e-6, `${got} mm a pixel`)
  }
  assert.equal(image.levels?.length ?? 0, expected.levels?.length ?? 0)
  for (const [i, level] of (expected.levels ?? []).entries()) await checkImage(file, image.levels![i], level)
}

for (const [file, { images, volume }] of Object.entries(EXPECTED))
  test(`samples of ${file}`, async () => {
    const found = await open(read(file))
    assert.equal(found.length, images.length)
    for (const [i, expected] of images.entries()) await checkImage(file, found[i], expected)
    const opened = await tiff.openVolume!(bytesSource(file, read(file)), file)
    if (!volume) return assert.equal(opened, undefined)
    assert.deepEqual(opened!.size, volume.slice(0, 3))
    for (const [i, length] of volume.slice(3).entries()) assert.ok(Math.abs(opened!.spacing[i] / length - 1) < 1e-6)
    for (const [k, expected] of images.entries()) checkPixels(file, await opened!.slice(2, k), expected)
  })

/** Files with regions of them, and some of their channels. */
const PARTS = Object.entries(EXPECTED).flatMap(([file, { parts = [] }]) => parts.map((part) => [file, part] as const))

for (const [file, part] of PARTS)
  test(`a part of ${file}: ${part.region}`, async () => {
    const [x, y, width, height] = part.region
    const [image] = await open(read(file))
    const wanted = part.wanted
    const decoded = await image.decodePart!({ region: { x, y, width, height }, channels: wanted })
    checkPixels(file, decoded, part)
    // Once more, of tiles that are kept.
    checkPixels(file, await image.decodePart!({ region: { x, y, width, height }, channels: wanted }), part)
  })

test('parts are there to be compared', () => assert.equal(PARTS.length, 36))

const NOTES: [file: string, note: RegExp][] = [
  ['f64.tif', /float64\) became 32-bit floats, which hold 24 bits/],
  ['i32.tif', /int32\) became 32-bit floats/],
  ['rgb-unspecified.tif', /one of its channels is no colour and left out/],
  ['rgba-associated.tif', /multiplied with alpha, which was undone/],
  ['cmyk-lzw.tif', /four inks/],
  ['missing-tile.tif', /1 of its tiles are missing/],
  ['f16.tif', /^$/],
  ['be-lzw-p2.tif', /^$/],
]

for (const [file, note] of NOTES)
  test(`what is not exact, undone or missing in ${file} is said`, async () => {
    const [image] = await open(read(file))
    assert.match((await image.decode()).notes.join(), note)
  })

test('its first bytes, of either order and size', () => {
  for (const mark of ['II*\0', 'MM\0*', 'II+\0', 'MM\0+'])
    assert.ok(tiff.recognises(Uint8Array.from(mark, (letter) => letter.charCodeAt(0))))
  for (const mark of ['II*', 'MM*\0', 'II\0*', '']) assert.ok(!tiff.recognises(Uint8Array.from(mark, (letter) => letter.charCodeAt(0))))
})

test('facts: type, channels, compression, tiles', async () => {
  const facts = async (file: string) => (await open(read(file)))[0].facts
  const { type, channels, compression, others } = (await facts('channels-planes.tif'))!
  assert.deepEqual([type, channels, compression, others], ['uint16', 5, 'deflate', { tiles: '32 × 32' }])
  assert.deepEqual((await facts('palette.tif'))?.channels, 3)
  assert.deepEqual((await facts('f24.tif'))?.type, 'float24')
  assert.deepEqual((await facts('slide.svs'))?.others, { tiles: '32 × 32', slide: 'Aperio', magnification: 20 })
})
