/** @file WebP: pixels as Pillow (libwebp) reads them; orientation, animations, bad files. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { test } from 'vitest'
import { AdzusError, decodeImage, openImages } from '../src/index.ts'

const FOLDER = 'test/data/formats/webp'

const expected: Record<string, { width: number; height: number; channels: number; sha256: string }> = JSON.parse(
  await readFile(`${FOLDER}/expected.json`, 'utf8'),
)
const bytesOf = async (name: string) => new Uint8Array(await readFile(`${FOLDER}/${name}`))

for (const [name, { width, height, channels, sha256 }] of Object.entries(expected))
  test(`${name}: pixels equal those of Pillow`, async () => {
    const images = await openImages(await bytesOf(name))
    assert.equal(images.length, 1)
    const decoded = await images[0].decode()
    assert.deepEqual([decoded.width, decoded.height, decoded.channels], [width, height, channels])
    assert.equal(createHash('sha256').update(decoded.data).digest('hex'), sha256)
  })

test('EXIF turns a picture where that is asked for', async () => {
  const stored = await decodeImage(await bytesOf('exif.webp'))
  const turned = await decodeImage(await bytesOf('exif.webp'), 'a', { orient: true })
  assert.deepEqual([stored.width, stored.height, turned.width, turned.height], [37, 26, 26, 37])
  assert.match(stored.notes.join(), /EXIF orientation 6/)
})

test('of an animation the first frame is taken, with a note', async () => {
  assert.deepEqual((await decodeImage(await bytesOf('animated.webp'))).notes, ['it is an animation of 3 frames: the first is taken'])
})

/** The file with bytes set from a place on. */
const edited = (bytes: Uint8Array, at: number, ...values: number[]) => {
  const out = bytes.slice()
  out.set(values, at)
  return out
}
const chunk = (name: string, ...body: number[]) => [...Array.from(name, (letter) => letter.charCodeAt(0)), body.length, 0, 0, 0, ...body]
const riff = (...body: number[]) =>
  Uint8Array.from([...chunk('RIFF').slice(0, 4), body.length + 4, 0, 0, 0, ...chunk('WEBP').slice(0, 4), ...body])

test('bad files are one clear error each', async () => {
  const lossless = await bytesOf('lossless.webp')
  const lossy = await bytesOf('lossy.webp')
  const BAD: [what: string, file: Uint8Array, message: RegExp][] = [
    ['cut off', lossless.subarray(0, 400), /one of 400 bytes that should have \d+/],
    ['cut off after its name', lossless.subarray(0, 12), /one of 12 bytes/],
    ['nothing in it', riff(), /one without a picture/],
    ['a chunk beyond the end', riff(...chunk('VP8L').slice(0, 4), 200, 0, 0, 0), /ends within its chunk "VP8L"/],
    ['no signature', edited(lossless, 20, 0), /without the signature/],
    ['no key frame', edited(lossy, 23, 0), /without the header of a key frame/],
    ['damaged data', edited(lossless, 25, ...Array(300).fill(0xff)), /damaged data/],
    ['huge sizes with few bytes', riff(...chunk('VP8L', 0x2f, 0xff, 0xff, 0xff, 0x0f, 0)), /too little data for 16384 × 16384/],
    [
      'sizes that disagree',
      riff(...chunk('VP8X', 0, 0, 0, 0, 99, 0, 0, 99, 0, 0), ...chunk('VP8L', 0x2f, 9, 0, 3, 0, 0)),
      /of 10 × 13 in one of 100 × 100/,
    ],
  ]
  for (const [what, file, message] of BAD)
    await assert.rejects(
      decodeImage(file, 'a.webp'),
      (error: Error) => error instanceof AdzusError && error.message.includes('a.webp') && message.test(error.message),
      what,
    )
  // A decoder that has failed does not hinder the next picture.
  await decodeImage(lossless)
})
