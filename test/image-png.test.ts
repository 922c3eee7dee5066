/**
 * @file PNG files that contradict the specification or themselves, files whose unimportant parts
 * are bad, and the decoder against another one.
 */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { deflateSync } from 'node:zlib'
import { convertIndexedToRgb, decode } from 'fast-png'
import { test } from 'vitest'
import { AdzusError } from '../src/errors.ts'
import { decodeImage, openImages } from '../src/image/decode.ts'
import { inflateByStream } from '../src/image/inflate.ts'
import { CHANNELS, COLOURS, chunk, disc, type PngPicture, pngHeader, pngOf, writePng } from './support/pictures.ts'
import { random } from './support/random.ts'

const CASES = 'test/data/cases'
const read = async (name: string) => new Uint8Array(await readFile(`${CASES}/${name}`))

/** The samples of a file's only image, as it has them. */
const rasterOf = async (file: Uint8Array) => (await openImages(file))[0].decode()

const [WIDTH, HEIGHT] = [24, 17]
const PLAIN = writePng({ width: WIDTH, height: HEIGHT, colour: 'rgb', depth: 8, samples: disc(WIDTH, HEIGHT) })
const HEADER = pngHeader(WIDTH, HEIGHT, 8, COLOURS.rgb)
/** The chunks of the plain picture behind its header. */
const PIXELS = PLAIN.subarray(33, PLAIN.length - 12)
const END = chunk('IEND', new Uint8Array())
const text = (s: string) => new TextEncoder().encode(s)
/** A chunk whose checksum is wrong. */
const spoilt = (type: string, data: Uint8Array) => chunk(type, data).map((byte, i, all) => (i === all.length - 1 ? byte ^ 1 : byte))
const lines = (bytes: number, rows: number) => deflateSync(new Uint8Array(rows * (1 + bytes)))

const REFUSED: [string, RegExp][] = [
  ['png-two-ihdr-same.png', /two headers \(IHDR\)/],
  ['png-second-ihdr.png', /two headers \(IHDR\)/],
  ['png-seed-2151.png', /two headers \(IHDR\)/],
  ['png-rgb-depth4.png', /no pixels have 4 bits a sample with colour type 2/],
  ['png-last-row-short.png', /too little data: 65 bytes of 72/],
  ['png-bad-adler.png', /a broken one: /],
  ['png-palette-no-plte.png', /a palette is missing/],
]
for (const [name, message] of REFUSED)
  test(`${name} is refused`, async () => {
    const bytes = await read(name)
    await assert.rejects(decodeImage(bytes, name), (error) => error instanceof AdzusError && message.test(error.message))
  })

test('PNG: what contradicts the specification is refused', async () => {
  const grey = (...chunks: Uint8Array[]) => pngOf(pngHeader(8, 8, 8, 0), ...chunks, END)
  const pixels = chunk('IDAT', lines(8, 8))
  const cases: [string, Uint8Array, RegExp][] = [
    ['no header', pngOf(pixels, END), /its first chunk is IDAT instead of IHDR/],
    ['a text before the header', pngOf(chunk('tEXt', text('a\0b')), HEADER, PIXELS, END), /its first chunk is tEXt/],
    ['nothing but the signature', pngOf(), /its first chunk is missing/],
    ['a header of 12 bytes', pngOf(chunk('IHDR', new Uint8Array(12)), PIXELS, END), /a header \(IHDR\) of 12 bytes/],
    ['colour type 1', pngOf(pngHeader(8, 8, 8, 1), pixels, END), /8 bits a sample with colour type 1/],
    ['a palette of 16 bits', pngOf(pngHeader(8, 8, 16, 3), pixels, END), /16 bits a sample with colour type 3/],
    ['an unknown critical chunk', grey(chunk('ABCD', text('x')), pixels), /unknown chunk that its pixels depend on \(ABCD\)/],
    ['a wrong checksum of pixels', grey(spoilt('IDAT', lines(8, 8))), /checksum of its chunk IDAT is wrong/],
    ['a wrong checksum of the header', pngOf(spoilt('IHDR', HEADER.subarray(8, 21)), PIXELS, END), /checksum of its chunk IHDR/],
    ['no pixels', grey(), /there are no pixels/],
    ['pixels in two places', grey(pixels.slice(), chunk('tIME', new Uint8Array(7)), pixels), /other chunks between its pixels/],
    ['too many rows', grey(chunk('IDAT', lines(8, 9))), /too much data: more than 72 bytes/],
    ['a row too few', grey(chunk('IDAT', lines(8, 7))), /too little data: 63 bytes of 72/],
    ['compressed data cut off', grey(chunk('IDAT', lines(8, 8).subarray(0, 8))), /a broken one/],
    ['no filter 5', grey(chunk('IDAT', deflateSync(new Uint8Array(72).fill(5)))), /no filter has number 5/],
    ['no chunk name', grey(chunk('IDAT', lines(8, 8)), chunk('1234', text('x'))), /no chunk at byte/],
    ['a palette of 7 bytes', pngOf(pngHeader(8, 8, 8, 3), chunk('PLTE', new Uint8Array(7)), pixels, END), /a palette \(PLTE\) of 7 bytes/],
    ['a palette too late', pngOf(pngHeader(8, 8, 8, 3), pixels, chunk('PLTE', new Uint8Array(6)), END), /comes behind the pixels/],
    [
      'two palettes',
      pngOf(pngHeader(8, 8, 8, 3), chunk('PLTE', new Uint8Array(6)), chunk('PLTE', new Uint8Array(6)), pixels, END),
      /two palettes/,
    ],
  ]
  for (const [name, bytes, message] of cases)
    await assert.rejects(decodeImage(bytes, 'x.png'), (error) => error instanceof AdzusError && message.test(error.message), name)
})

test('PNG: a size that little data cannot fill is refused before memory is asked for', async () => {
  const bomb = pngOf(pngHeader(16000, 16000, 16, COLOURS.rgba), chunk('IDAT', lines(8, 8)), END)
  await assert.rejects(decodeImage(bomb), /too little data: \d+ compressed bytes for 2048016000/)
})

test('inflating goes no further than it is told', async () => {
  const long = deflateSync(new Uint8Array(8e6), { level: 0 })
  let taken = 0
  // A part whose pieces are counted.
  const part = Object.defineProperty(new Uint8Array(long), 'subarray', {
    value(from: number, to: number) {
      taken += Math.min(to, long.length) - from
      return long.subarray(from, to)
    },
  })
  await assert.rejects(inflateByStream([part], 100), /too much data/)
  assert.ok(taken > 0 && taken < 1e6, `${taken} of ${long.length} bytes were taken`)
})

test('PNG: a bomb in a chunk that nobody needs is never inflated', async () => {
  const profile = new Uint8Array([...text('icc\0\0'), ...deflateSync(new Uint8Array(50e6))])
  const { data, notes } = await decodeImage(pngOf(HEADER, chunk('iCCP', profile), PIXELS, END))
  assert.deepEqual(data, (await decodeImage(PLAIN)).data)
  assert.deepEqual(notes, ['its colour profile (iCCP) is not applied'])
})

test('PNG: a bad chunk that the pixels do not depend on is left out, with a note', async () => {
  const expected = (await decodeImage(PLAIN)).data
  const cases: [Uint8Array[], RegExp[]][] = [
    [[spoilt('iCCP', text('icc\0\0x')), PIXELS], [/iCCP has a wrong checksum/]],
    [[chunk('tEXt', text('\0value')), PIXELS], [/tEXt has no keyword/]],
    [[chunk('zTXt', text('k'.repeat(80))), PIXELS], [/zTXt has no keyword/]],
    [[chunk('iCCP', text('sRGB IEC61966-2.1\0\0x')), PIXELS], []],
    [[chunk('tRNS', new Uint8Array(2)), PIXELS], [/tRNS\) has 2 bytes and is left out/]],
    [[PIXELS, chunk('tRNS', new Uint8Array(6))], [/tRNS\) comes behind the pixels/]],
    [[chunk('PLTE', new Uint8Array(768)), PIXELS], []],
    [[chunk('PLTE', new Uint8Array(5)), PIXELS], []],
    [[chunk('acTL', new Uint8Array(8)), PIXELS], [/animated: its first picture is taken/]],
    [[chunk('abCd', text('whatever')), PIXELS], []],
  ]
  for (const [i, [chunks, messages]] of cases.entries()) {
    const { data, notes } = await decodeImage(pngOf(HEADER, ...chunks, END))
    assert.deepEqual(data, expected, `${i}`)
    assert.equal(notes.length, messages.length, notes.join())
    for (const [j, message] of messages.entries()) assert.match(notes[j], message)
  }
})

test('PNG: of very many bad chunks only some are told', async () => {
  const bad = Array.from({ length: 26 }, (_, i) => spoilt(`ab${String.fromCharCode(65 + i)}d`, text('x')))
  const { notes } = await decodeImage(pngOf(HEADER, ...bad, ...bad, PIXELS, END))
  assert.equal(notes.length, 9)
  assert.equal(notes[8], 'and 18 more of the kind')
})

test('PNG: a file that ends behind its pixels is read, with a note', async () => {
  const expected = (await decodeImage(PLAIN)).data
  const whole = pngOf(HEADER, PIXELS, chunk('tEXt', text('a\0b')), END)
  for (const cut of [3, 12, 14]) {
    const { data, notes } = await decodeImage(whole.slice(0, whole.length - cut))
    assert.deepEqual(data, expected)
    assert.deepEqual(notes, ['the file ends too soon, but all its pixels are there'])
  }
  await assert.rejects(decodeImage(PLAIN.slice(0, PLAIN.length - 14)), /ends inside its chunk IDAT/)
})

test('files that once failed: their ancillary chunks are bad', async () => {
  const cases: [string, [number, number], RegExp][] = [
    ['broken_iccp.png', [248, 248], /iCCP/],
    ['greya_trns.png', [160, 120], /tRNS\) stands beside an alpha channel/],
    ['pal_trns_long.png', [160, 120], /tRNS\) has 40 entries for a palette of 16/],
  ]
  for (const [name, size, message] of cases) {
    const { width, height, notes } = await decodeImage(await read(name), name)
    assert.deepEqual([width, height], size)
    assert.equal(notes.length, 1)
    assert.match(notes[0], message)
  }
})

test('a palette suggested for true colours changes nothing, in 8 and 16 bits', async () => {
  const bytes = await read('pp0n2c16.png')
  const { notes, data } = await rasterOf(bytes)
  assert.deepEqual(notes, [])
  // The same file without the chunk, which begins behind gAMA.
  const without = new Uint8Array([...bytes.subarray(0, 49), ...bytes.subarray(49 + 660)])
  const { data: reference, channels, depth } = decode(without, { checkCrc: true })
  assert.deepEqual([channels, depth], [3, 16])
  assert.deepEqual([...data], [...reference])
})

test('an index beyond the palette is black, with a note', async () => {
  const { data, notes } = await decodeImage(await read('pal_oob.png'))
  assert.match(notes.join(), /^18513 of its pixels lie beyond its palette and are black$/)
  assert.equal(data.filter((_, i) => i % 3 === 0 && data[i] + data[i + 1] + data[i + 2] === 0).length >= 18513, true)
  const samples = Array.from({ length: 64 }, (_, i) => i % 4)
  const palette = [
    [10, 20, 30],
    [40, 50, 60],
  ] as const
  const small = await decodeImage(writePng({ width: 8, height: 8, colour: 'palette', depth: 2, samples, palette }))
  assert.deepEqual([...small.data.subarray(0, 12)], [10, 20, 30, 40, 50, 60, 0, 0, 0, 0, 0, 0])
  assert.match(small.notes.join(), /32 of its pixels/)
})

test('Apple’s private PNG is named, with the way out', async () => {
  const bytes = pngOf(chunk('CgBI', Uint8Array.of(0x50, 0, 0x20, 2)), HEADER, PIXELS, END)
  await assert.rejects(
    decodeImage(bytes, 'icon.png'),
    /icon\.png.*Apple’s private kind of it \(CgBI.*pngcrush -revert-iphone-optimizations/,
  )
})

/** Rows with every filter in turn; what they hold is whatever comes out. */
function filtered(colour: PngPicture['colour'], depth: number, [width, height]: [number, number], seed: number): Uint8Array {
  const rowBytes = Math.ceil((width * CHANNELS[colour] * depth) / 8)
  const rng = random(seed)
  const raw = Uint8Array.from({ length: height * (1 + rowBytes) }, (_, i) =>
    i % (1 + rowBytes) === 0 ? Math.floor(i / (1 + rowBytes)) % 5 : rng.int(0, 255),
  )
  const palette = chunk(
    'PLTE',
    Uint8Array.from({ length: 3 * 2 ** Math.min(8, depth) }, () => rng.int(0, 255)),
  )
  return pngOf(
    pngHeader(width, height, depth, COLOURS[colour]),
    ...(colour === 'palette' ? [palette] : []),
    ...[0, 1].map((half) => chunk('IDAT', deflateSync(raw).subarray(...(half ? [20] : [0, 20])))),
    END,
  )
}

test('PNG: every filter gives what another decoder gives', async () => {
  const kinds: [PngPicture['colour'], number][] = [
    ['grey', 8],
    ['grey', 16],
    ['rgb', 8],
    ['rgb', 16],
    ['palette', 1],
    ['palette', 2],
    ['palette', 4],
    ['palette', 8],
    ['greyAlpha', 8],
    ['greyAlpha', 16],
    ['rgba', 8],
    ['rgba', 16],
  ]
  for (const [i, [colour, depth]] of kinds.entries()) {
    const file = filtered(colour, depth, [13, 21], i)
    const { data } = await rasterOf(file)
    const reference = decode(file, { checkCrc: true })
    assert.deepEqual([...data], [...(reference.palette ? convertIndexedToRgb(reference) : reference.data)], `${colour} ${depth}`)
  }
})
