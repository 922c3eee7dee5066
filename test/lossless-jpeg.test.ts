/** @file Lossless JPEG: what a plain encoder writes comes back, whatever predictor, depth, restarts and channels. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { decodeLossless } from '../src/image/codecs/lossless-jpeg.ts'
import { random } from './support/random.ts'

interface Made {
  width: number
  height: number
  components: number
  bits: number
  predictor: number
  /** Rows between restarts; 0 for none. */
  restart?: number
  shift?: number
}

/** Annex H: the 17 sizes of differences as codes of five bits. */
function encode(samples: Uint16Array, { width, height, components, bits, predictor, restart = 0, shift = 0 }: Made): Uint8Array {
  const out: number[] = [
    0xff,
    0xd8,
    0xff,
    0xc3,
    0,
    8 + 3 * components,
    bits,
    height >> 8,
    height & 255,
    width >> 8,
    width & 255,
    components,
  ]
  for (let c = 0; c < components; c++) out.push(c + 1, 0x11, 0)
  out.push(0xff, 0xc4, 0, 36, 0, ...Array.from({ length: 16 }, (_, i) => (i === 4 ? 17 : 0)), ...Array(17).keys())
  if (restart > 0) out.push(0xff, 0xdd, 0, 4, (restart * width) >> 8, (restart * width) & 255)
  out.push(
    0xff,
    0xda,
    0,
    6 + 2 * components,
    components,
    ...Array.from({ length: components }, (_, c) => [c + 1, 0]).flat(),
    predictor,
    0,
    shift,
  )
  let [buffer, count] = [0, 0]
  const put = (value: number, length: number) => {
    for (let i = length - 1; i >= 0; i--) {
      buffer = (buffer << 1) | ((value >> i) & 1)
      if (++count < 8) continue
      out.push(buffer)
      if (buffer === 0xff) out.push(0)
      buffer = count = 0
    }
  }
  const flush = () => {
    while (count > 0) put(1, 1)
  }
  const at = (x: number, y: number, c: number) => samples[(y * width + x) * components + c] >> shift
  for (let y = 0; y < height; y++) {
    const fresh = restart > 0 ? y % restart === 0 : y === 0
    if (fresh && y > 0) {
      flush()
      out.push(0xff, 0xd0 + ((y / restart - 1) % 8))
    }
    for (let x = 0; x < width; x++)
      for (let c = 0; c < components; c++) {
        const [left, above, corner] = [x > 0 && at(x - 1, y, c), y > 0 && at(x, y - 1, c), x > 0 && y > 0 && at(x - 1, y - 1, c)].map(
          Number,
        )
        const guesses = [
          0,
          left,
          above,
          corner,
          left + above - corner,
          left + ((above - corner) >> 1),
          above + ((left - corner) >> 1),
          (left + above) >> 1,
        ]
        const guess = x === 0 && fresh ? 1 << (bits - shift - 1) : fresh ? left : x === 0 ? above : guesses[predictor]
        const difference = (((at(x, y, c) - guess) & 0xffff) << 16) >> 16
        const size = difference === -32768 ? 16 : 32 - Math.clz32(Math.abs(difference))
        put(size, 5)
        if (size < 16) put(difference < 0 ? difference + (1 << size) - 1 : difference, size)
      }
  }
  flush()
  return Uint8Array.from([...out, 0xff, 0xd9])
}

function drawn({ width, height, components, bits, shift = 0 }: Made): Uint16Array {
  const chance = random(bits)
  const mask = (1 << bits) - (1 << shift)
  return Uint16Array.from(
    { length: width * height * components },
    (_, i) => (chance.chance(0.2) ? chance.int(0, 2 ** bits - 1) : i * 3) & mask,
  )
}

const SIZE = { width: 13, height: 11 }

for (const predictor of [1, 2, 3, 4, 5, 6, 7])
  test(`what was written comes back: predictor ${predictor}`, () => {
    for (const bits of [8, 12, 16])
      for (const components of [1, 3])
        for (const restart of [0, 2]) {
          const made = { ...SIZE, components, bits, predictor, restart }
          const samples = drawn(made)
          const { data, ...told } = decodeLossless(encode(samples, made), made)
          assert.deepEqual(told, { ...SIZE, components, bits })
          assert.deepEqual(data, samples)
        }
  })

test('a point transform shifts the samples back', () => {
  const made = { ...SIZE, components: 1, bits: 12, predictor: 1, shift: 3 }
  const samples = drawn(made)
  assert.deepEqual(decodeLossless(encode(samples, made), made).data, samples)
})

test('what is damaged, of another size or of another kind is refused', () => {
  const made = { ...SIZE, components: 1, bits: 12, predictor: 1 }
  const stream = encode(drawn(made), made)
  assert.throws(() => decodeLossless(stream.subarray(0, 120), made), /missing data|too little data/)
  assert.throws(() => decodeLossless(stream, { ...made, width: 14 }), /a stream of 13 × 11 × 1 samples in place of 14 × 11 × 1/)
  const baseline = stream.slice()
  baseline[3] = 0xc0
  assert.throws(() => decodeLossless(baseline, made), /not lossless/)
  assert.throws(() => decodeLossless(Uint8Array.of(1, 2, 3), made), /no JPEG stream/)
})
