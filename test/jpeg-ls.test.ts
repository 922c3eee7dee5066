/**
 * @file JPEG-LS: streams of CharLS give its samples, whatever depth, interleave, nearness, parameters
 * and restarts (`scripts/formats/jpeg-ls.py` made them); damaged ones end in an error.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'vitest'
import { decodeJpegLs } from '../src/image/codecs/jpeg-ls.ts'
import { random } from './support/random.ts'

interface Case {
  name: string
  width: number
  height: number
  components: number
  bits: number
  stream: string
  samples: string
}

const CASES: Case[] = JSON.parse(readFileSync('test/data/formats/jpeg-ls/cases.json', 'utf8'))
const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, 'base64'))

for (const { name, stream, samples, ...told } of CASES)
  test(`the samples of CharLS: ${name}`, () => {
    const { data, signed, ...size } = decodeJpegLs(bytesOf(stream), told)
    assert.deepEqual(size, told)
    assert.equal(signed, false)
    assert.deepEqual(data, bytesOf(samples))
  })

test('a stream that is cut off is refused, wherever', () => {
  for (const { name, stream, ...size } of CASES) {
    const bytes = bytesOf(stream)
    // Without its last marker it is whole.
    assert.equal(decodeJpegLs(bytes.subarray(0, -2), size).bits, size.bits)
    for (let length = 0; length < bytes.length - 3; length++)
      assert.throws(() => decodeJpegLs(bytes.subarray(0, length), size), Error, `${name}: ${length}`)
  }
})

test('damaged bytes give an error of ours or samples', () => {
  const chance = random(3)
  let refused = 0
  for (const { stream, ...size } of CASES)
    for (let i = 0; i < 40; i++) {
      const bytes = bytesOf(stream)
      bytes[chance.int(2, bytes.length - 1)] = chance.int(0, 255)
      try {
        assert.equal(decodeJpegLs(bytes, size).width, size.width)
      } catch (error) {
        assert.equal((error as Error).constructor, Error)
        refused++
      }
    }
  assert.ok(refused > 500, `${refused}`)
})

test('what is of another size or kind is refused', () => {
  const { stream, ...size } = CASES.find(({ name }) => name === '8 bits')!
  const bytes = bytesOf(stream)
  const scan = bytes.findIndex((byte, at) => byte === 0xff && bytes[at + 1] === 0xda)
  const before = (...segment: number[]) => Uint8Array.from([...bytes.subarray(0, scan), ...segment, ...bytes.subarray(scan)])
  const changed = (at: number, byte: number) => bytes.map((old, i) => (i === at ? byte : old))
  const refused = (data: Uint8Array, message: RegExp) => assert.throws(() => decodeJpegLs(data, size), message)
  assert.throws(() => decodeJpegLs(bytes, { ...size, width: 14 }), /a stream of 13 × 9 × 1 samples in place of 14 × 9 × 1/)
  refused(before(0xff, 0xf8, 0, 5, 2, 1, 1), /a mapping table/)
  refused(before(0xff, 0xf8, 0, 12, 4, 4, 0, 0, 0, 9, 0, 0, 0, 13), /a size of its own/)
  refused(before(0xff, 0xf8, 0, 13, 1, 0, 255, 0, 9, 0, 5, 0, 60, 0, 64), /thresholds out of range/)
  refused(before(0xff, 0xf8, 0, 13, 1, 0, 255, 0, 3, 0, 7, 0, 21, 0, 2), /parameters out of range/)
  refused(before(0xff, 0xe8, 0, 7, 0x6d, 0x72, 0x66, 0x78, 1), /transformed colours/)
  refused(before(0xff, 0xc4, 0, 3, 0), /not JPEG-LS/)
  refused(changed(scan + 6, 1), /a mapping table/)
  refused(changed(scan + 5, 7), /a channel that its frame does not have/)
  refused(changed(scan + 7, 128), /parameters out of range/)
  refused(changed(scan + 8, 1), /unusual kind/)
  refused(Uint8Array.of(1, 2, 3), /its size cannot be found/)
})
