/**
 * @file JPEG files that are damaged or incomplete, kinds of JPEG that are read or named, pictures
 * of four inks.
 */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'vitest'
import { AdzusError } from '../src/errors.ts'
import { decodeImage } from '../src/image/decode.ts'
import { readSegments, writeSegments } from '../src/image/formats/jpeg/segments.ts'
import { withoutChannel } from '../src/image/formats/jpeg/split.ts'
import { type FlatJpeg, writeFlatJpeg } from './support/flat-jpeg.ts'
import { disc, join, writeJpeg } from './support/pictures.ts'

const PHOTO = new Uint8Array(await readFile('data/bccd/images/BloodImage_00001.jpg'))
const [START, END] = [PHOTO.subarray(0, 2), PHOTO.subarray(-2)]
/** Where the first scan's header stands. */
const SCAN = PHOTO.findIndex((byte, i) => byte === 0xff && PHOTO[i + 1] === 0xda)
const junk = (...bytes: number[]) => Uint8Array.from(bytes)

test('missing and damaged data are refused, whatever harmless thing stands before them', async () => {
  const half = join([PHOTO.subarray(0, SCAN + (PHOTO.length - SCAN) / 2), END])
  const files: [string, Uint8Array][] = [
    ['half_plus_eoi.jpg', new Uint8Array(await readFile('test/data/cases/half_plus_eoi.jpg'))],
    ['flip_mid.jpg', new Uint8Array(await readFile('test/data/cases/flip_mid.jpg'))],
    ['half of a photo, with an end', half],
    // libjpeg tells of the first thing only.
    ['half, behind bytes that belong to nothing', join([START, junk(1, 2, 3), half.subarray(2)])],
    ['half, with an unknown JFIF version', half.map((byte, i) => (i === 11 ? 9 : byte))],
    ['half without an end', half.subarray(0, -2)],
  ]
  for (const [name, bytes] of files)
    await assert.rejects(
      decodeImage(bytes, name),
      (error) => error instanceof AdzusError && /missing or damaged data: .*premature end/i.test(error.message),
      name,
    )
})

test('harmless things are read, with a note', async () => {
  const expected = (await decodeImage(PHOTO)).data
  const cases: [Uint8Array, RegExp][] = [
    [join([START, junk(1, 2, 3), PHOTO.subarray(2)]), /^3 bytes between its segments belong to none/],
    [join([PHOTO.subarray(0, SCAN), junk(0, 0), PHOTO.subarray(SCAN)]), /^2 bytes between its segments/],
    [join([PHOTO.subarray(0, -2), junk(1, 2, 3, 4), END]), /^the decoder says: .*4 extraneous bytes before marker 0xd9$/],
    [PHOTO.subarray(0, -2), /^its end marker is missing, but all its pixels are there$/],
  ]
  for (const [bytes, message] of cases) {
    const { data, notes } = await decodeImage(bytes)
    assert.deepEqual(data, expected)
    assert.equal(notes.length, 1, notes.join())
    assert.match(notes[0], message)
  }
  // What stands behind the end, and numbers of progression in a scan without it.
  const zeros = PHOTO.map((byte, i) => (i === SCAN + PHOTO[SCAN + 3] ? 0 : byte))
  assert.equal(PHOTO[SCAN + PHOTO[SCAN + 3]], 63)
  assert.deepEqual((await decodeImage(zeros)).data, expected)
  for (const bytes of [PHOTO, zeros, join([PHOTO, junk(1, 2, 3)])]) assert.deepEqual((await decodeImage(bytes)).notes, [])
})

test('pictures that are decoded at the same time keep their complaints apart, and a decoder that gave up hurts none', async () => {
  const leftOver = join([PHOTO.subarray(0, -2), junk(1, 2, 3, 4), END])
  const half = new Uint8Array(await readFile('test/data/cases/half_plus_eoi.jpg'))
  // A frame without any table, at which libjpeg gives up.
  const bare = junk(0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 0, 16, 0, 16, 1, 1, 0x11, 0, 0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, 7, 0xff, 0xd9)
  const files = [PHOTO, half, leftOver, bare, PHOTO, half, bare, leftOver, PHOTO]
  const results = await Promise.allSettled(files.map((file, i) => decodeImage(file, `${i}`)))
  const told = results.map((r) => (r.status === 'fulfilled' ? r.value.notes.join() : r.reason.message))
  for (const i of [0, 4, 8]) assert.equal(told[i], '')
  for (const i of [1, 5])
    assert.match(told[i], new RegExp(`^image \\(${i}\\): .*premature end of data segment\\. Is the file complete\\?$`))
  for (const i of [2, 7]) assert.match(told[i], /^the decoder says: .*4 extraneous bytes before marker 0xd9$/)
  for (const i of [3, 6]) assert.match(told[i], new RegExp(`^image \\(${i}\\): .*table 0x0.* was not defined`))
})

/** A file of flat blocks that differ everywhere. */
const value: FlatJpeg['value'] = (c, x, y) => (c * 61 + x * 37 + y * 91 + x * y * 13) % 256
const SIZE = { width: 37, height: 29, value }
const EVEN = Array(4).fill([1, 1]) as [number, number][]

/** The middle of a block, of the channels' own size or of half of it. */
const middle = ({ data }: { data: Uint8Array }, x: number, y: number, block = 8) => {
  const at = 3 * ((y * block + block / 2) * SIZE.width + x * block + block / 2)
  return [...data.subarray(at, at + 3)]
}

for (const progressive of [false, true])
  for (const restart of [0, 2]) {
    const kind = `${progressive ? 'progressive' : 'baseline'}${restart ? ', restart markers' : ''}`
    test(`CMYK is read: ${kind}`, async () => {
      for (const adobe of [undefined, 0]) {
        const picture = await decodeImage(writeFlatJpeg({ ...SIZE, sampling: EVEN, adobe, progressive, restart }))
        assert.deepEqual([picture.width, picture.height], [SIZE.width, SIZE.height])
        for (let y = 0; y < 3; y++)
          for (let x = 0; x < 4; x++)
            // Stored inverted: 255 is no ink.
            assert.deepEqual(
              middle(picture, x, y),
              [0, 1, 2].map((c) => Math.round((value(c, x, y) * value(3, x, y)) / 255)),
            )
        assert.match(picture.notes.join(), /^it has four inks \(CMYK\)/)
      }
    })

    test(`YCCK is read, with colours at half the size: ${kind}`, async () => {
      const flat: FlatJpeg['value'] = (c, x, y) => (c === 0 || c === 3 ? value(c, x >> 1, y >> 1) : 100 + 10 * c)
      const sampling = [
        [2, 2],
        [1, 1],
        [1, 1],
        [2, 2],
      ] as const
      const picture = await decodeImage(writeFlatJpeg({ ...SIZE, value: flat, sampling, adobe: 2, progressive, restart }))
      for (const [x, y] of [
        [0, 0],
        [1, 0],
        [1, 1],
      ]) {
        const [luma, cb, cr, black] = [value(0, x, y), 110 - 128, 120 - 128, value(3, x, y)]
        const light = [luma + 1.402 * cr, luma - 0.344136 * cb - 0.714136 * cr, luma + 1.772 * cb]
        const expected = light.map((v) => ((255 - Math.min(255, Math.max(0, v))) * black) / 255)
        for (const [c, got] of middle(picture, x, y, 16).entries())
          assert.ok(Math.abs(got - expected[c]) <= 1.5, `${got}, expected ${expected[c]}`)
      }
    })
  }

test('CMYK whose data are cut off is refused, and so are channels of unusual sizes', async () => {
  const file = writeFlatJpeg({ ...SIZE, sampling: EVEN, adobe: 0 })
  await assert.rejects(decodeImage(join([file.subarray(0, file.length - 12), END])), /four channels with missing data/)
  const odd = EVEN.map((factors, c): [number, number] => (c === 2 ? [2, 2] : factors))
  await assert.rejects(decodeImage(writeFlatJpeg({ ...SIZE, sampling: odd })), /channels of unusual sizes.*convert it to RGB/)
})

test('a channel is taken out of real scans without touching the others', async () => {
  const [width, height] = [37, 21]
  for (const progressive of [false, true]) {
    const file = await writeJpeg(width, height, disc(width, height), { progressive })
    const grey = await decodeImage(writeSegments({ ...withoutChannel(withoutChannel(readSegments(file, 'x'), 2), 1), jfif: true }))
    const { data } = await decodeImage(file)
    for (let i = 0; i < data.length; i += 3) {
      const luma = 0.299 * data[i] + 0.587 * data[i + 1] + 0.114 * data[i + 2]
      assert.ok(Math.abs(grey.data[i] - luma) <= 3, `pixel ${i / 3}: ${grey.data[i]}, expected ${luma}`)
    }
  }
})

test('kinds of JPEG that are not read are named', async () => {
  const frame = (marker: number, { bits = 8, height = 16, channels = 3 } = {}) =>
    junk(
      ...[0xff, 0xd8, 0xff, marker, 0, 8 + 3 * channels, bits, 0, height, 0, 16, channels],
      ...Array.from({ length: channels }, (_, c) => [c + 1, 0x11, 0]).flat(),
      ...[0xff, 0xd9],
    )
  const cases: [Uint8Array, RegExp][] = [
    [frame(0xc1, { bits: 12 }), /one with 12 bits a sample\. Convert it to a 16-bit PNG/],
    [frame(0xc3), /a lossless one\. Convert it/],
    [frame(0xc3, { bits: 16 }), /a lossless one/],
    [frame(0xc5), /a hierarchical one/],
    [frame(0xc9), /one with arithmetic coding\. Convert it/],
    [frame(0xca), /one with arithmetic coding/],
    [frame(0xf7), /a JPEG-LS one/],
    [frame(0xc0, { height: 0 }), /its height behind its pixels \(DNL\)/],
    [frame(0xc0, { channels: 2 }), /one of 2 channels/],
    [frame(0xc0), /no pixels/],
    [junk(0xff, 0xd8, 0xff, 0xe0, 0, 1), /a segment of 1 bytes at byte 2/],
    [join([frame(0xc0).subarray(0, -2), frame(0xc0).subarray(2)]), /two frame headers/],
    [join([START, PHOTO]), /a second beginning/],
  ]
  for (const [bytes, message] of cases)
    await assert.rejects(decodeImage(bytes, 'x.jpg'), (error) => error instanceof AdzusError && message.test(error.message), `${message}`)
})

test('scans: too many, missing ones, and too little data for the size', async () => {
  const scan = PHOTO.subarray(SCAN, SCAN + 2 + PHOTO[SCAN + 3])
  const many = join([PHOTO.subarray(0, SCAN), ...Array(101).fill(scan), END])
  await assert.rejects(decodeImage(many), /more than 100 scans/)
  const frame = PHOTO.findIndex((byte, i) => byte === 0xff && (PHOTO[i + 1] === 0xc0 || PHOTO[i + 1] === 0xc2))
  const huge = PHOTO.map((byte, i) => (i === frame + 5 || i === frame + 7 ? 0x3f : byte)).slice(0, SCAN + 2000)
  await assert.rejects(decodeImage(huge), /too little data for \d+ × \d+ pixels/)
  const progressive = await writeJpeg(64, 48, disc(64, 48), { progressive: true })
  const scans = [...progressive.keys()].filter((i) => progressive[i] === 0xff && progressive[i + 1] === 0xda)
  assert.ok(scans.length > 2)
  // Cut at a scan's end: nothing is missing that libjpeg would miss.
  const cut = progressive.subarray(0, scans[2])
  await assert.rejects(decodeImage(cut), /no end marker, and its last scans are missing/)
  const { notes } = await decodeImage(join([cut, END]))
  assert.match(notes.join(), /its last scans are missing: it has less detail/)
})
