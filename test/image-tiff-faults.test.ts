/**
 * @file TIFF files that lie, break off or hold what is not read end in one clear error each, before
 * memory is asked for; and files of gigabytes are read by range.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'vitest'
import { AdzusError } from '../src/errors.ts'
import { tiff } from '../src/image/formats/tiff/index.ts'
import { bytesSource } from '../src/source.ts'
import { type Entry, endlessSource, greyPage, writeTiff } from './support/tiff.ts'

const FOLDER = 'test/data/formats/tiff'
const read = (name: string) => new Uint8Array(readFileSync(`${FOLDER}/${name}`))
const open = (bytes: Uint8Array) => tiff.open(bytesSource('a.tif', bytes), 'a.tif')
const decode = async (bytes: Uint8Array) => (await open(bytes))[0].decode()

/** A page of 16 × 16 pixels whose strip begins at a byte of the file. */
const page = (more: readonly Entry[] = [], offset = 400) => greyPage(16, 16, [[273, 4, [offset]], [279, 4, [256]], ...more])

/** A file of one page, followed by so many bytes of pixels. */
function file(entries: readonly Entry[], pixels: Uint8Array | number = 1000): Uint8Array {
  const head = writeTiff({ directories: [entries] })
  const out = new Uint8Array(400 + (typeof pixels === 'number' ? pixels : pixels.length))
  out.set(head)
  if (typeof pixels !== 'number') out.set(pixels, 400)
  return out
}

/** A page of 16 × 16 pixels, compressed. */
const compressed = (number: number, pixels: Uint8Array, more: readonly Entry[] = []) =>
  file(greyPage(16, 16, [[259, 3, [number]], [273, 4, [400]], [279, 4, [pixels.length]], ...more]), pixels)

const noise = Uint8Array.from({ length: 300 }, (_, i) => (i * i * 31 + 7) % 256)
const replaced = (tag: number, type: number, values: number[]) =>
  page().map((entry): Entry => (entry[0] === tag ? [tag, type, values] : entry))

const FAULTS: [name: string, bytes: Uint8Array, message: RegExp][] = [
  ['a header alone', Uint8Array.from(writeTiff({ directories: [page()] }).subarray(0, 6)), /6 bytes/],
  ['no directory', Uint8Array.of(0x49, 0x49, 42, 0, 0, 0, 0, 0), /no page/],
  ['a directory outside', Uint8Array.of(0x49, 0x49, 42, 0, 0, 1, 0, 0), /a directory at byte 256/],
  ['a directory that is cut off', writeTiff({ directories: [page()] }).subarray(0, 60), /a directory at byte 10/],
  ['directories in a circle', writeTiff({ directories: [page(), page()], loop: 0 }), /directories in a circle/],
  ['sub-directories in a circle', writeTiff({ directories: [page([[330, 4, [8]]])] }), /directories in a circle/],
  ['no width', file(page().filter(([tag]) => tag !== 256)), /page 1 of 0 × 16 pixels/],
  ['no pixels', file(page().filter(([tag]) => tag !== 273)), /page 1 without pixels/],
  ['a strip outside', file(page([], 5_000_000)), /a strip of page 1 at byte 5000000/],
  ['pixels that break off', file(page(), 100), /a strip of page 1 at byte 400, 256 bytes long, in a file of 500/],
  ['a gigabyte of few bytes', file(greyPage(16384, 16384, [[273, 4, [400]]])), /pixels of 268435456 bytes out of 1400/],
  ['more pixels than there can be', file(greyPage(100_000, 100_000, [[273, 4, [400]]])), /megapixels.*Cut the picture into tiles/],
  ['a side too small', file(greyPage(16, 4, [[273, 4, [400]]])), /sides of 8 pixels or more/],
  [
    'tiles that are too large',
    file(
      greyPage(16, 16, [
        [322, 4, [2 ** 20]],
        [323, 4, [2 ** 20]],
        [324, 4, [400]],
        [325, 4, [9]],
      ]),
    ),
    /pixels of 1099511627776 bytes/,
  ],
  ['LZW that is noise', compressed(5, noise), /LZW: damaged data/],
  ['LZW that ends early', compressed(5, Uint8Array.of(0x80, 0x40, 0x40)), /too little data: 0 bytes of 256/],
  ['old LZW', compressed(5, Uint8Array.of(0, 1, 2, 3)), /LZW of an old kind/],
  ['deflate that is noise', compressed(8, noise), /deflate: damaged data/],
  ['zstd that is noise', compressed(50000, noise), /zstd: damaged data/],
  ['CCITT that is noise', compressed(4, noise, [[258, 3, [1]]]), /CCITT G4: /],
  ['CCITT of grey', compressed(4, noise), /CCITT with other than one bit/],
  ['JPEG that is noise', compressed(7, noise), /a broken one/],
  ['JPEG 2000 that is noise', compressed(34712, noise), /JPEG 2000 that has no header/],
  ['WebP that is noise', compressed(50001, noise), /a WebP file/],
  ['old JPEG', compressed(6, noise), /compressed with old JPEG/],
  ['a compression without a name', compressed(999, noise), /compressed with number 999/],
  [
    'tiles of a pixel',
    file(
      greyPage(16_000, 1000, [
        [322, 4, [1]],
        [323, 4, [1]],
        [324, 4, [400]],
        [325, 4, [1]],
      ]),
    ),
    /page 1 of 16000000 tiles/,
  ],
  [
    'samples of 128 bits',
    file(
      greyPage(16, 16, [
        [258, 3, [128]],
        [273, 4, [400]],
      ]),
    ),
    /samples of uint128/,
  ],
  [
    'a colour filter',
    file(
      greyPage(16, 16, [
        [262, 3, [32803]],
        [273, 4, [400]],
      ]),
    ),
    /colours are of kind 32803/,
  ],
  [
    'RGB of one sample',
    file(
      greyPage(16, 16, [
        [262, 3, [2]],
        [273, 4, [400]],
      ]),
    ),
    /1 samples a pixel where colours have 3/,
  ],
  [
    'no palette',
    file(
      greyPage(16, 16, [
        [262, 3, [3]],
        [273, 4, [400]],
      ]),
    ),
    /no palette/,
  ],
  [
    'a predictor of floats for bytes',
    compressed(32773, Uint8Array.of(129, 1, 129, 1, 129, 1), [[317, 3, [3]]]),
    /predictor 3 for samples of uint8/,
  ],
]

for (const [name, bytes, message] of FAULTS)
  test(name, () =>
    assert.rejects(decode(bytes), (error) => {
      assert.ok(error instanceof AdzusError, `${error}`)
      assert.match(error.message, message)
      assert.ok(error.message.startsWith('image') && error.message.length < 400)
      return true
    }),
  )

test('what is not read is said so', async () => {
  for (const [name, message] of [
    ['lzma', /LZMA/],
    ['lerc', /LERC/],
    ['jxl', /JPEG XL/],
    ['complex', /complex numbers/],
  ] as const)
    await assert.rejects(decode(read(`refused-${name}.tif`)), (error) => error instanceof AdzusError && message.test(error.message))
})

test('a count of values that the file cannot hold is refused before memory is asked for', async () => {
  const bytes = file(replaced(273, 4, [400]))
  const at = 10 + 12 * page().findIndex(([tag]) => tag === 273)
  new DataView(bytes.buffer).setUint32(at + 4, 0xffffffff, true)
  await assert.rejects(decode(bytes), /the values of tag 273 at byte 400/)
})

test('every cut of a file ends in an error or in its pixels', async () => {
  for (const name of ['g16-lzw-tiles.tif', 'rgb-jpeg-rgb.tif', 'pyramid.ome.tif', 'imagej-one-directory.tif']) {
    const whole = read(name)
    for (let length = 0; length < whole.length; length += 997) {
      const error = await decode(whole.subarray(0, length)).then(
        () => undefined,
        (cause) => cause,
      )
      assert.ok(error === undefined || error instanceof AdzusError, `${name}, ${length}: ${error}`)
    }
  }
})

test('a page beyond what is read is left out with a note', async () => {
  const bits: Entry = [258, 3, [5, 6, 5]]
  const bytes = new Uint8Array(2000)
  bytes.set(writeTiff({ directories: [greyPage(16, 16, [[273, 4, [600]]]), greyPage(16, 16, [bits, [273, 4, [600]]])] }))
  const images = await open(bytes)
  assert.equal(images.length, 1)
  assert.match((await images[0].decode()).notes.join(), /its page 2 is left out/)
})

test('parts: what lies outside, and channels that are not there', async () => {
  const [image] = await open(read('rgb-none-tiles.tif'))
  await assert.rejects(image.decodePart!({ region: { x: 70, y: 0, width: 8, height: 8 } }), /whole pixels within 76 × 66.*8 × 8 at 70, 0/)
  await assert.rejects(image.decodePart!({ channels: [3] }), /channels from 0 to 2, got 3/)
})

test('a BigTIFF file beyond 4 GB is read by range', async () => {
  const [width, height] = [50_000, 100_000]
  const head = writeTiff({
    big: true,
    directories: [
      greyPage(width, height, [
        [273, 16, [2 ** 32 + 4096]],
        [278, 4, [height]],
        [279, 16, [width * height]],
      ]),
    ],
  })
  const source = endlessSource(head, 2 ** 32 + 4096 + width * height, (at) => at % 251)
  const [image] = await tiff.open(source, 'a.tif')
  assert.deepEqual([image.width, image.height], [width, height])
  const region = { x: 40_000, y: 99_990, width: 300, height: 10 }
  const { data } = await image.decodePart!({ region })
  const first = 2 ** 32 + 4096 + region.y * width + region.x
  assert.deepEqual([data[0], data[299], data[300]], [first % 251, (first + 299) % 251, (first + width) % 251])
  assert.ok(source.bytes < 3e6, `${source.bytes} bytes`)
  await assert.rejects(image.decode(), /megapixels/)
})

test('of a slide no more tiles are read than a region needs, and those once', async () => {
  const [side, tile] = [20_000, 256]
  const across = Math.ceil(side / tile)
  const bytes = tile * tile * 3
  const start = 2 ** 20
  const offsets = Array.from({ length: across * across }, (_, i) => start + i * bytes)
  const description = 'Aperio Image Library v12|AppMag = 40|Patient = Somebody|MPP = 0.25|Date = 01/02/03'
  const entries = greyPage(side, side, [
    [258, 3, [8, 8, 8]],
    [262, 3, [2]],
    [270, 2, description],
    [277, 3, [3]],
    [322, 3, [tile]],
    [323, 3, [tile]],
    [324, 4, offsets],
    [325, 4, offsets.map(() => bytes)],
  ])
  const source = endlessSource(
    writeTiff({ directories: [entries] }),
    start + offsets.length * bytes,
    (at) => Math.floor((at - start) / bytes) % 256,
  )
  const [image] = await tiff.open(source, 'a.svs')
  assert.deepEqual(image.facts, {
    type: 'uint8',
    channels: 3,
    channelNames: undefined,
    spacing: { x: 0.00025, y: 0.00025, unit: 'mm' },
    window: undefined,
    compression: 'none',
    others: { tiles: '256 × 256', slide: 'Aperio', magnification: 40 },
  })
  const before = source.bytes
  const { data } = await image.decodePart!({ region: { x: 10_230, y: 5_000, width: 20, height: 200 } })
  // Columns 39 and 40; rows 19 and 20.
  assert.deepEqual([data[0], data[19 * 3], data.at(-1)], [(19 * across + 39) % 256, (19 * across + 40) % 256, (20 * across + 40) % 256])
  const once = source.bytes - before
  assert.ok(once <= 4 * bytes + 300_000, `${once} bytes`)
  await image.decodePart!({ region: { x: 10_200, y: 5_010, width: 60, height: 20 }, channels: [1] })
  assert.equal(source.bytes - before, once)
})

test('nothing of a description but structure, names of channels and sizes is told', async () => {
  for (const name of ['slide.svs', 'czyx.ome.tif', 'imagej.tif']) {
    const images = await open(read(name))
    const told = JSON.stringify([images, await images[0].decode()].map(({ ...all }) => ({ ...all, data: undefined })))
    assert.doesNotMatch(told, /Somebody|7c1b|Filename|tifffile|UUID|Aperio Image/)
  }
})
