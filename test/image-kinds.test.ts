/**
 * @file Files that are no PNG and no JPEG are named for what they are; whatever a file holds is its
 * own error.
 */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { AdzusError } from '../src/errors.ts'
import { decodeImage, pictureErrors } from '../src/image/decode.ts'
import { formatNames } from '../src/index.ts'
import { disc, writeJpeg, writePng } from './support/pictures.ts'
import { random } from './support/random.ts'

/** Bytes of Latin letters, at a place behind zeros, in a file of 400 bytes. */
const file = (text: string, at = 0) => {
  const bytes = new Uint8Array(Math.max(400, at + text.length))
  Array.from(text).forEach((letter, i) => {
    bytes[at + i] = letter.charCodeAt(0)
  })
  return bytes
}
const text = (s: string) => new TextEncoder().encode(s)

const KINDS: [string, Uint8Array, RegExp][] = [
  ['nothing', new Uint8Array(0), /an empty file\. Was it downloaded/],
  ['zeros', new Uint8Array(5000), /nothing but zero bytes/],
  [
    'a Git LFS pointer',
    text('version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n'),
    /a Git LFS pointer.*git lfs pull/,
  ],
  ['HTML', text('\n <!DOCTYPE html>\n<html><body>Please log in</body></html>'), /a web page \(HTML\).*Download the picture itself/],
  ['HTML with a BOM', text('\ufeff<html lang="en">'), /a web page/],
  ['XML', text('<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>'), /an XML text.*error message of a server/],
  ['JSON', text('{"message": "Not Found"}'), /a JSON text/],
  ['SVG', text('<?xml version="1.0"?>\n<!-- made by hand -->\n<svg xmlns="http://www.w3.org/2000/svg"/>'), /an SVG drawing/],
  [
    'text',
    text('Once upon a time there was a picture of a cell, or so'),
    /a text that begins with "Once upon a time there was a picture of"?/,
  ],
  ['text in Latin letters that begins as a BMP does', text('BMI of all patients\n'), /a text that begins with "BMI of all patients"/],
  ['BMP', file('BM\x36\x10\0\0'), /a BMP file/],
  ['RIFF', file('RIFF\x10\0\0\0WAVEfmt '), /a RIFF file/],
  ['JPEG 2000', file('\0\0\0\x0cjP  \r\n\x87\n'), /a JPEG 2000 file/],
  ['JPEG 2000 stream', file('\xff\x4f\xff\x51\0'), /a JPEG 2000 stream/],
  ['JPEG XL', file('\0\0\0\x0cJXL \r\n\x87\n'), /a JPEG XL file/],
  ['HEIC', file('\0\0\0\x18ftypheic\0\0\0\0mif1heic'), /a HEIC file.*phones/],
  ['AVIF', file('\0\0\0\x18ftypavif\0\0\0\0'), /an AVIF file/],
  ['film', file('\0\0\0\x18ftypisom\0\0\0\0'), /a film/],
  ['PDF', file('%PDF-1.7\n%\xe2\xe3'), /a PDF file.*pdfimages/],
  ['the header of a NIfTI pair', file('ni1\0', 344), /the header of a NIfTI pair.*Join/],
  ['HDF5', file('\x89HDF\r\n\x1a\n'), /an HDF5 file/],
  ['NumPy', file('\x93NUMPY\x01\0'), /a NumPy array/],
  ['ZIP', file('PK\x03\x04'), /a ZIP archive/],
  ['Photoshop', file('8BPS\0\x01'), /a Photoshop file/],
  ['PNM', text('P5\n20 20\n255\n'), /a PNM file/],
  ['PNG after a transfer as text', file('\x89PNG\n\x1a\n\0\0'), /a PNG file damaged by a transfer as text.*binary/],
  ['PNG read as UTF-8', text('\ufffdPNG\r\n\x1a\n'), /a PNG file damaged by a transfer as text/],
  ['something', Uint8Array.of(1, 2, 3, 200), /something else/],
]

for (const [name, bytes, message] of KINDS)
  test(`named for what it is: ${name}`, async () => {
    await assert.rejects(
      decodeImage(bytes, 'a.png'),
      (error) =>
        error instanceof AdzusError &&
        error.message.startsWith(`image (a.png): expected a ${formatNames()} file, got `) &&
        message.test(error.message) &&
        error.message.length < 400,
    )
  })

test('what is no file’s bytes is an error in words', async () => {
  for (const [value, got] of [
    [null, 'null'],
    [undefined, 'undefined'],
    ['a.png', 'string'],
    [5, 'number'],
  ] as const)
    await assert.rejects(decodeImage(value as unknown as Uint8Array), new RegExp(`expected a file’s bytes as a Uint8Array, got ${got}\\.`))
})

test('whatever is thrown while a picture is read is this picture’s error, of bounded length', async () => {
  for (const thrown of [new RangeError('x'.repeat(5000)), new TypeError(''), 'text', undefined]) {
    const error = await pictureErrors('a.png', async () => {
      throw thrown
    }).catch((e) => e)
    assert.ok(error instanceof AdzusError)
    assert.match(error.message, /^image \(a\.png\): expected a picture that can be read, got one that cannot: /)
    assert.ok(error.message.length < 300)
    assert.equal(error.cause, thrown)
  }
  const own = new AdzusError({ what: 'image', expected: 'a', got: 'b' })
  await assert.rejects(
    pictureErrors('a.png', async () => {
      throw own
    }),
    own,
  )
})

test('files changed at random are read or refused, nothing else', async () => {
  const [width, height] = [24, 16]
  const seeds = [
    writePng({ width, height, colour: 'rgb', depth: 8, samples: disc(width, height) }),
    writePng({ width, height, colour: 'grey', depth: 2, samples: new Uint8Array(width * height), interlaced: true, transparency: [0, 1] }),
    await writeJpeg(width, height, disc(width, height)),
    await writeJpeg(width, height, disc(width, height), { progressive: true }),
  ]
  const rng = random(11)
  const outcomes = { read: 0, refused: 0 }
  for (let round = 0; round < 400; round++) {
    const bytes = rng.pick(seeds).slice()
    for (let changes = rng.int(1, 4); changes > 0; changes--) bytes[rng.int(2, bytes.length - 1)] = rng.int(0, 255)
    const mutant = rng.chance(0.2) ? bytes.subarray(0, rng.int(0, bytes.length)) : bytes
    try {
      await decodeImage(mutant)
      outcomes.read++
    } catch (error) {
      assert.ok(error instanceof AdzusError, `round ${round}: ${error}`)
      outcomes.refused++
    }
  }
  assert.ok(outcomes.read > 0 && outcomes.refused > 0)
})
