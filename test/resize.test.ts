/**
 * @file Resizing sample by sample as Pillow does it, with WebAssembly and without, and the other fast
 * ways of large pictures against the plain ones.
 */
import assert from 'node:assert/strict'
import { deflateSync } from 'node:zlib'
import { afterEach, test, vi } from 'vitest'
import { crc32 } from '../src/image/crc32.ts'
import { decodeImage, displayed } from '../src/image/decode.ts'
import { registerFormat } from '../src/image/formats/index.ts'
import { firstChannels } from '../src/image/formats/jpeg/decode.ts'
import { unfilterRow } from '../src/image/formats/png/unfilter.ts'
import { plainRows, resize } from '../src/image/resize.ts'
import { resizeRows } from '../src/image/resize-rows.ts'
import { windowsOf } from '../src/image/windows.ts'
import { inflateAtOnce } from '../src/platform/inflate.ts'
import { disc, writePng } from './support/pictures.ts'
import { random } from './support/random.ts'

afterEach(() => {
  vi.unstubAllGlobals()
})

const [WIDTH, HEIGHT] = [97, 61]
const DATA = Uint8Array.from({ length: WIDTH * HEIGHT * 3 }, (_, i) => {
  const [c, x, y] = [i % 3, Math.floor(i / 3) % WIDTH, Math.floor(i / 3 / WIDTH)]
  return (37 * x + 91 * y + 53 * c + 11 * x * y) % 256
})

/**
 * Pillow 13, of the picture of `DATA`, where r = np.asarray(image.resize(size, LANCZOS)).flatten():
 * the sum of r, the sum of r[i] · (i mod 1009 + 1), and the first six.
 */
const PILLOW: { size: [number, number]; sum: number; weighed: number; first: number[] }[] = [
  { size: [23, 17], sum: 149072, weighed: 66449898, first: [119, 137, 129, 127, 124, 129] },
  { size: [97, 20], sum: 739659, weighed: 362234306, first: [79, 129, 121, 137, 117, 167] },
  { size: [31, 61], sum: 720989, weighed: 348464567, first: [37, 101, 165, 164, 176, 154] },
  { size: [150, 100], sum: 5719791, weighed: 2868301954, first: [0, 45, 90, 7, 56, 100] },
]

function checkPillow(made: typeof resize): void {
  for (const { size, sum, weighed, first } of PILLOW) {
    const { data } = made({ width: WIDTH, height: HEIGHT, data: DATA }, ...size)
    let [plain, places] = [0, 0]
    for (const [i, value] of data.entries()) {
      plain += value
      places += value * ((i % 1009) + 1)
    }
    assert.deepEqual([plain, places, ...data.subarray(0, 6)], [sum, weighed, ...first], `${size}`)
  }
}

test('every sample is Pillow’s', () => checkPillow(resize))

test('where WebAssembly is missing or forbidden, the result is the same', async () => {
  vi.stubGlobal('WebAssembly', undefined)
  // What was compiled before is forgotten.
  vi.resetModules()
  const { resize: plain } = await import('../src/image/resize.ts')
  const rows = await import('../src/image/resize-rows.ts')
  assert.equal(rows.resizeRows(DATA, WIDTH, HEIGHT, windowsOf(WIDTH, 9)), undefined)
  checkPillow(plain)
})

test('rows by WebAssembly are rows by TypeScript', () => {
  const r = random(190)
  const sizes = Array.from({ length: 30 }, () => [r.int(1, 300), r.int(1, 20), r.int(1, 200)])
  // One pixel; and rows that are longer than what is handed over at a time.
  for (const [width, height, to] of [[1, 1, 1], [1, 3, 7], [400_001, 2, 3], ...sizes]) {
    // Half of the samples at the ends, where sums leave the range.
    const data = Uint8Array.from({ length: width * height * 3 }, () => (r.chance() ? 255 * r.int(0, 1) : r.int(0, 255)))
    const windows = windowsOf(width, to)
    assert.deepEqual(resizeRows(data, width, height, windows), plainRows(data, width, height, windows), `${width} × ${height} → ${to}`)
  }
})

test('checksums: the check value, and every length by the definition', () => {
  assert.equal(crc32(new TextEncoder().encode('123456789')), 0xcbf43926)
  const r = random(191)
  for (let length = 0; length < 40; length++) {
    const bytes = Uint8Array.from({ length }, () => r.int(0, 255))
    let c = 0xffffffff
    for (const byte of bytes) {
      c ^= byte
      for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1
    }
    assert.equal(crc32(bytes), (c ^ 0xffffffff) >>> 0, `${length} bytes`)
  }
})

/** A filter's guess as the specification has it; what lies outside is 0. */
function guess(filter: number, left: number, above: number, both: number): number {
  if (filter < 4) return [0, left, above, (left + above) >> 1][filter]
  const distances = [left, above, both].map((value) => Math.abs(left + above - both - value))
  return [left, above, both][distances.indexOf(Math.min(...distances))]
}

test('PNG: every filter, in the first row and in others, for every width of a pixel, in place and not', () => {
  const r = random(192)
  for (const filter of [0, 1, 2, 3, 4])
    for (const bpp of [1, 2, 3, 4, 6, 8])
      for (const inPlace of [false, true]) {
        const length = bpp * 9
        const own = Array.from({ length: 2 }, () => Uint8Array.from({ length }, () => r.int(0, 255)))
        const lines = new Uint8Array(2 * (1 + length))
        for (const [row, bytes] of own.entries())
          for (const [i, byte] of bytes.entries()) {
            const above = row > 0 ? own[row - 1] : undefined
            const seen = guess(filter, bytes[i - bpp] ?? 0, above?.[i] ?? 0, above?.[i - bpp] ?? 0)
            lines[row * (1 + length) + 1 + i] = byte - seen
          }
        const out = inPlace ? lines : new Uint8Array(2 * length)
        const [first, stride] = inPlace ? [1, 1 + length] : [0, length]
        for (const row of [0, 1]) {
          const [to, from] = [first + row * stride, row * (1 + length) + 1]
          assert.ok(unfilterRow(filter, { lines, from, out, to, above: row === 0 ? -1 : to - stride, length, bpp }))
          assert.deepEqual(out.subarray(to, to + length), own[row], `filter ${filter}, ${bpp} bytes, row ${row}`)
        }
      }
  const row = { lines: new Uint8Array(4), from: 1, out: new Uint8Array(3), to: 0, above: -1, length: 3, bpp: 3 }
  assert.equal(unfilterRow(5, row), false)
})

test('RGBA loses its fourth channel for every number of pixels', () => {
  for (let pixels = 0; pixels < 14; pixels++) {
    const rgba = Uint8ClampedArray.from({ length: 4 * pixels }, (_, i) => (i * 67) % 256)
    const kept = (channels: number) => Uint8Array.from(rgba.filter((_, i) => i % 4 < channels))
    for (const channels of [1, 3]) assert.deepEqual(firstChannels(rgba, channels), kept(channels), `${pixels} pixels`)
  }
})

test('inflating at once: parts, lengths, damage, and what is left over', async () => {
  const bytes = Uint8Array.from({ length: 5000 }, (_, i) => (i * i) >> 5)
  const packed = deflateSync(bytes)
  const parts = [packed.subarray(0, 1), packed.subarray(1, 700), packed.subarray(700)]
  assert.deepEqual(await inflateAtOnce(parts, bytes.length), bytes)
  assert.deepEqual(await inflateAtOnce([packed, Uint8Array.of(1, 2, 3)], bytes.length), bytes)
  assert.deepEqual(await inflateAtOnce([deflateSync(new Uint8Array(0))], 0), new Uint8Array(0))
  await assert.rejects(inflateAtOnce([packed], 4999), /too much data: more than 4999 bytes/)
  await assert.rejects(inflateAtOnce([packed], 5001), /too little data: 5000 bytes of 5001/)
  await assert.rejects(inflateAtOnce([packed.subarray(0, -4)], 5000))
  await assert.rejects(inflateAtOnce([packed.map((byte, i) => (i === packed.length - 1 ? byte ^ 1 : byte))], 5000))
})

test('the caller’s own pixels are copied, and no decoded file’s samples come twice', async () => {
  const data = Uint8Array.from({ length: 8 * 8 * 3 }, (_, i) => i)
  const image = displayed({ width: 8, height: 8, channels: 3, data, notes: [] })
  assert.notEqual(image.data, data)
  assert.deepEqual(image.data, data)
  // A format that hands out a part of the file.
  const raw = Uint8Array.from([...new TextEncoder().encode('RAWRGB'), ...data])
  const remove = registerFormat({
    name: 'RAW',
    extensions: ['raw'],
    recognises: (head) => new TextDecoder().decode(head.subarray(0, 6)) === 'RAWRGB',
    open: async (source) => {
      const decode = async () => ({ width: 8, height: 8, channels: 3, data: await source.read(6, data.length), notes: [] })
      return [{ width: 8, height: 8, decode }]
    },
  })
  const read = await decodeImage(raw).finally(remove)
  assert.deepEqual(read.data, data)
  assert.notEqual(read.data.buffer, raw.buffer)
  const file = writePng({ width: 9, height: 8, colour: 'rgb', depth: 8, samples: disc(9, 8) })
  const [first, second] = [await decodeImage(file), await decodeImage(file)]
  assert.notEqual(first.data.buffer, second.data.buffer)
  assert.deepEqual(first.data, second.data)
})
