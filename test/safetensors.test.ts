/** @file Reading and writing safetensors: every type, odd alignments, and files that lie. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'vitest'
import { AdzusError } from '../src/errors.ts'
import { BITS } from '../src/safetensors/dtypes.ts'
import { parseHeader } from '../src/safetensors/header.ts'
import { SafetensorsFile } from '../src/safetensors/reader.ts'
import { encodeSafetensors, safetensorsHeader } from '../src/safetensors/writer.ts'
import { type ByteSource, bytesSource } from '../src/source.ts'
import { floatToHalf, toHalf } from '../src/tensor/half.ts'
import { random } from './support/random.ts'
import { fileOf, LFS_POINTER, one } from './support/safetensors-files.ts'

const open = (bytes: Uint8Array) => SafetensorsFile.open(bytesSource('test.safetensors', bytes))

async function readOne(dtype: string, shape: number[], data: ArrayBufferView): Promise<SafetensorsFile> {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  return open(fileOf(one(dtype, shape, bytes.length), bytes))
}

test('floating point types are decoded exactly', async () => {
  const cases: [string, ArrayBufferView, number[]][] = [
    ['F32', Float32Array.of(1.5, -0, Number.NaN, Infinity), [1.5, -0, Number.NaN, Infinity]],
    ['F64', Float64Array.of(0.1, -1e300), [Math.fround(0.1), -Infinity]],
    // 1, −2, the largest, the smallest normal, the smallest subnormal, −0, ∞, NaN
    [
      'F16',
      Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0x0400, 0x0001, 0x8000, 0x7c00, 0x7e00),
      [1, -2, 65504, 2 ** -14, 2 ** -24, -0, Infinity, Number.NaN],
    ],
    ['BF16', Uint16Array.of(0x3f80, 0xc040, 0x7f80, 0x0001), [1, -3, Infinity, 2 ** -133]],
  ]
  for (const [dtype, data, expected] of cases) {
    const file = await readOne(dtype, [expected.length], data)
    assert.deepEqual([...(await file.readFloats('x'))], expected, dtype)
  }
})

test('integer types are decoded as integers and as floats', async () => {
  const cases: [string, ArrayBufferView, number[]][] = [
    ['I64', BigInt64Array.of(-1n, 2n ** 31n - 1n), [-1, 2 ** 31 - 1]],
    ['U64', BigUint64Array.of(7n), [7]],
    ['I32', Int32Array.of(-(2 ** 31), 5), [-(2 ** 31), 5]],
    ['U32', Uint32Array.of(2 ** 31 - 1), [2 ** 31 - 1]],
    ['I16', Int16Array.of(-300), [-300]],
    ['U16', Uint16Array.of(65535), [65535]],
    ['I8', Int8Array.of(-3), [-3]],
    ['U8', Uint8Array.of(0, 255), [0, 255]],
    ['BOOL', Uint8Array.of(0, 1), [0, 1]],
  ]
  for (const [dtype, data, expected] of cases) {
    const file = await readOne(dtype, [expected.length], data)
    assert.deepEqual([...(await file.readInts('x'))], expected, dtype)
    assert.deepEqual([...(await file.readFloats('x'))], expected.map(Math.fround), dtype)
  }
})

test('numbers that do not fit are refused, types that nobody decodes are named', async () => {
  const large = await readOne('I64', [1], BigInt64Array.of(2n ** 40n))
  await assert.rejects(large.readInts('x'), /integers of 32 bits, got 1099511627776/)
  const fraction = await readOne('F32', [1], Float32Array.of(0.5))
  await assert.rejects(fraction.readInts('x'), /integers of 32 bits, got 0.5/)
  const small = await readOne('F8_E4M3', [2], Uint8Array.of(1, 2))
  await assert.rejects(small.readFloats('x'), /"x" in test\.safetensors.*got F8_E4M3\. Convert the checkpoint/)
  assert.deepEqual([...(await small.read('x'))], [1, 2])
})

test('a half stays a half when stored for a device, all else becomes f32', async () => {
  const half = await readOne('F16', [1], Uint16Array.of(0x3c01))
  assert.deepEqual(await half.readStored('x'), { dtype: 'f16', data: Uint16Array.of(0x3c01) })
  const brain = await readOne('BF16', [1], Uint16Array.of(0x3f80))
  assert.deepEqual(await brain.readStored('x'), { dtype: 'f32', data: Float32Array.of(1) })
})

test('halves are rounded to nearest, ties to even', () => {
  const cases = [
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
    [65519, 0x7bff],
    [65520, 0x7c00],
    [2 ** -25, 0],
    [1.5 * 2 ** -24, 2],
    [-(2 ** -24), 0x8001],
    [Number.NaN, 0x7e00],
  ]
  for (const [value, bits] of cases) assert.equal(toHalf(value), bits, `${value}`)
})

test('data may start at any byte', async () => {
  const data = new Uint8Array(13)
  new DataView(data.buffer).setFloat32(1, 3.25, true)
  new DataView(data.buffer).setFloat64(5, -7.5, true)
  for (const pad of ['', ' ', '  ', '   ']) {
    const file = await open(
      fileOf(
        `{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"F32","shape":[1],"data_offsets":[1,5]},"c":{"dtype":"F64","shape":[1,1],"data_offsets":[5,13]}}${pad}`,
        data,
      ),
    )
    assert.equal((await file.readFloats('b'))[0], 3.25)
    assert.equal((await file.readFloats('c'))[0], -7.5)
  }
})

test('scalars and empty tensors', async () => {
  const bytes = encodeSafetensors([
    { name: 'scalar', dtype: 'F32', shape: [], data: Float32Array.of(4) },
    { name: 'empty', dtype: 'F32', shape: [3, 0], data: new Float32Array(0) },
  ])
  const file = await open(bytes)
  assert.deepEqual(file.tensors.get('scalar')!.shape, [])
  assert.deepEqual([...(await file.readFloats('scalar'))], [4])
  assert.deepEqual([...(await file.readFloats('empty'))], [])
  assert.equal((await open(fileOf('{}'))).tensors.size, 0)
})

test('a tensor may be called __proto__ or constructor', async () => {
  const names = ['__proto__', 'constructor', 'toString', 'a"b\\c', 'ü']
  const tensors = names.map((name, i) => ({ name, dtype: 'F32', shape: [1], data: Float32Array.of(i) }))
  const file = await open(encodeSafetensors(tensors))
  assert.deepEqual([...file.tensors.keys()].sort(), [...names].sort())
  for (const [i, name] of names.entries()) assert.equal((await file.readFloats(name))[0], i)
})

test('what is written can be read: aligned, the widest types first, metadata kept', async () => {
  const rng = random(3)
  const halves = floatToHalf(rng.floats(5))
  const tensors = [
    { name: 'bytes', dtype: 'U8', shape: [3], data: Uint8Array.of(1, 2, 3) },
    { name: 'halves', dtype: 'F16', shape: [5], data: halves },
    { name: 'floats', dtype: 'F32', shape: [2, 2], data: rng.floats(4) },
    { name: 'longs', dtype: 'I64', shape: [1], data: BigInt64Array.of(-9n) },
  ]
  const bytes = encodeSafetensors(tensors, { format: 'pt', __proto__x: 'y' })
  const file = await open(bytes)
  assert.deepEqual(
    file.metadata,
    new Map([
      ['format', 'pt'],
      ['__proto__x', 'y'],
    ]),
  )
  assert.deepEqual([...file.tensors.keys()], ['longs', 'floats', 'halves', 'bytes'])
  for (const { name, dtype, shape, data } of tensors) {
    const info = file.tensors.get(name)!
    assert.equal(info.begin % (BITS.get(dtype)! / 8), 0, name)
    assert.deepEqual(info.shape, shape)
    assert.deepEqual(new Uint8Array(await file.read(name)), new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  }
  const { header } = safetensorsHeader(tensors)
  assert.equal(header.length % 8, 0)
})

test('every type of the format has its size checked', async () => {
  for (const [dtype, bits] of BITS) {
    await open(fileOf(one(dtype, [8], bits), new Uint8Array(bits)))
    await assert.rejects(open(fileOf(one(dtype, [8], bits + 1), new Uint8Array(bits + 1))), AdzusError, dtype)
  }
})

test('a name that is not there: the nearest one is suggested', async () => {
  const file = await readOne('F32', [1], Float32Array.of(1))
  await assert.rejects(file.readFloats('y'), /test\.safetensors.*expected "y", got 1 tensors without it\. Did you mean "x"\?/)
})

const x = (fields: string) => `{"x":{${fields}}}`
const BROKEN: [string, Uint8Array, RegExp][] = [
  ['an empty file', new Uint8Array(0), /at least 8 bytes, got 0\. The download is incomplete/],
  ['7 bytes', new Uint8Array(7), /at least 8 bytes, got 7/],
  ['a header of length 0', fileOf(''), /a header of 1 … 100000000 bytes, got 0/],
  ['a header length of 2^63', new Uint8Array(64).fill(0x80, 7, 8).fill(1, 8), /got 9223372036854775808/],
  [
    'a header of 100,000,001 bytes',
    new Uint8Array(64).fill(1).map((b, i) => [0x01, 0xe1, 0xf5, 0x05, 0, 0, 0, 0][i] ?? b),
    /got 100000001/,
  ],
  ['a header length of 2^64 − 1', new Uint8Array(64).fill(0xff), /got 18446744073709551615/],
  ['a header longer than the file', fileOf('{}').subarray(0, 9), /a header of 2 bytes, got a file of 9\. The download is incomplete/],
  ['a header that is no JSON object', fileOf('[1]'), /begins with \{/],
  ['a header that begins with a space', fileOf(' {}'), /begins with \{/],
  ['broken JSON', fileOf('{"x":'), /a header of UTF-8 JSON/],
  ['no UTF-8', fileOf('{}').map((b, i) => (i === 9 ? 0xff : b)), /a header of UTF-8 JSON/],
  ['a tensor that is no object', fileOf('{"x":3}'), /a JSON object, got 3/],
  ['no dtype', fileOf(x('"shape":[1],"data_offsets":[0,4]'), [0, 0, 0, 0]), /"x".*a dtype/],
  ['an unknown dtype', fileOf(one('F31', [1], 4), [0, 0, 0, 0]), /"x".*a dtype.*got "F31"/],
  ['an inherited name as dtype', fileOf(one('constructor', [1], 4), [0, 0, 0, 0]), /a dtype/],
  ['no shape', fileOf(x('"dtype":"F32","data_offsets":[0,4]'), [0, 0, 0, 0]), /a shape of whole numbers/],
  ['a negative shape', fileOf(one('F32', [-1], 4), [0, 0, 0, 0]), /a shape of whole numbers/],
  ['a fractional shape', fileOf(one('F32', [0.5], 2), [0, 0]), /a shape of whole numbers/],
  ['a shape beyond all numbers', fileOf(one('F32', [2 ** 40, 2 ** 40], 4), [0, 0, 0, 0]), /"x"/],
  ['one offset', fileOf(x('"dtype":"F32","shape":[1],"data_offsets":[4]'), [0, 0, 0, 0]), /two rising data_offsets/],
  ['falling offsets', fileOf(one('F32', [1], 0, 4), [0, 0, 0, 0]), /two rising data_offsets/],
  ['a negative offset', fileOf(one('F32', [1], 0, -4), [0, 0, 0, 0]), /two rising data_offsets/],
  ['a size that does not fit the shape', fileOf(one('F32', [2], 4), [0, 0, 0, 0]), /8 bytes for F32 \[2\], got 4/],
  ['an end beyond the file', fileOf(one('F32', [2], 8), [0, 0, 0, 0]), /The download is incomplete/],
  ['a gap at the start', fileOf(one('F32', [1], 8, 4), new Uint8Array(8)), /gap/],
  ['bytes after the last tensor', fileOf(one('F32', [1], 4), new Uint8Array(5)), /There are bytes after the last tensor/],
  ['metadata that is not text', fileOf('{"__metadata__":{"a":1}}'), /__metadata__.*strings only, got a: 1/],
  ['metadata that is a list', fileOf('{"__metadata__":["a"]}'), /a JSON object/],
  [
    'a name twice',
    fileOf('{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\\u0078" : {"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', [1]),
    /every tensor once, got "x" twice/,
  ],
  [
    'an overlap',
    fileOf('{"x":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"y":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}', [1, 2, 3]),
    /"y".*overlap/,
  ],
  [
    'a gap',
    fileOf('{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"y":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}', [1, 2, 3]),
    /"y".*gap/,
  ],
]

const bytesOf = (text: string) => new TextEncoder().encode(text)
const tensor = '{"dtype":"U8","shape":[4],"data_offsets":[0,4]}'
const four = [0, 0, 0, 0]

/** Headers that contradict themselves, larger than a message may be. */
const CROOKED: [string, Uint8Array, RegExp][] = [
  ['−0 as a length', fileOf('{"x":{"dtype":"F32","shape":[-0,1],"data_offsets":[0,0]}}'), /a shape of whole numbers, got a list with −0/],
  ['−0 as an offset', fileOf('{"x":{"dtype":"F32","shape":[0],"data_offsets":[-0,0]}}'), /data_offsets, got a list with −0/],
  ['2^53 beside 0', fileOf(one('F32', [2 ** 53, 0], 0)), /a shape of whole numbers/],
  ['an overflow beside 0', fileOf(one('U8', [2 ** 50, 0, 2 ** 50], 0)), /a size that a file can have/],
  ['an overflow before 0', fileOf(one('U8', [2 ** 50, 2 ** 50, 0], 0)), /a size that a file can have/],
  [
    'a name twice, far from its colon',
    fileOf(`{"x"${' '.repeat(99)}:${tensor},"x"\n:${tensor}}`, four),
    /every tensor once, got "x" twice/,
  ],
  ['a name twice, one with escapes', fileOf(`{"\\u0061\\/":${tensor},"a/":${tensor}}`, four), /every tensor once, got "a\/" twice/],
  [
    'a field twice',
    fileOf(`{"x":{"shape":[1],"dtype":"U8","shape" :[4],"data_offsets":[0,4]}}`, four),
    /every field once, got "shape" twice/,
  ],
  ['metadata twice', fileOf('{"__metadata__":{"a":"b"},"__metadata__":{}}'), /got "__metadata__" twice/],
  ['a key of metadata twice', fileOf('{"__metadata__":{"__proto__":"b","__proto__":"c"}}'), /every field once, got "__proto__" twice/],
  ['a field without end', fileOf(`{"x":{"dtype":"U8","more":${'['.repeat(5000)}${']'.repeat(5000)}}}`), /3 levels at most/],
  ['objects without end', fileOf(`${'{"x":'.repeat(5000)}{}${'}'.repeat(5000)}`), /3 levels at most/],
  ['a dtype of a million letters', fileOf(one('F'.repeat(1e6), [4], 4), four), /a dtype.*more characters/],
  ['a shape of a million lengths', fileOf(one('U8', Array(1e6).fill(2), 4), four), /a size that a file can have/],
  ['metadata of a million letters', fileOf(`{"__metadata__":{"${'a'.repeat(1e6)}":1}}`), /strings only/],
  ['more tensors than any model has', fileOf(`{${Array.from({ length: 200_001 }, (_, i) => `"${i}":0`)}}`), /at most 200000 tensors/],
  ['a string without end', fileOf('{"x'), /a header of UTF-8 JSON/],
  ['a string that ends with a backslash', fileOf('{"x\\'), /a header of UTF-8 JSON/],
  ['a tensor of that name', fileOf(`{"${'a'.repeat(1e6)}":${tensor}}`, four), /names of at most 1000 characters/],
]

/** Files of another kind that are called .safetensors. */
const OTHERS: [string, Uint8Array, RegExp][] = [
  ['a Git LFS pointer', bytesOf(LFS_POINTER), /got a Git LFS pointer.*git lfs pull/],
  ['a web page', bytesOf('\n<!DOCTYPE html><html lang="en"><head><title>Log in'), /got a web page.*again/],
  ['an older web page', bytesOf('<HTML><BODY>404'), /got a web page/],
  ['a server’s message', bytesOf('{"error":"Invalid username or password."}'), /got a server’s error message/],
  ['a pickle in a ZIP', bytesOf('PK\x03\x04\0\0\b\b archive/data.pkl'), /got a ZIP archive, as pickled checkpoints.*can run code/],
  ['a pickle', Uint8Array.of(0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8), /got a pickled checkpoint.*can run code/],
  ['a pickle of two bytes', Uint8Array.of(0x80, 2), /got a pickled checkpoint/],
  ['GGUF', bytesOf('GGUF\x03\0\0\0\x10\0\0\0\0\0\0\0'), /got a GGUF file/],
  ['HDF5', Uint8Array.of(0x89, 0x48, 0x44, 0x46, 13, 10, 0x1a, 10, 0, 0), /got an HDF5 file/],
  ['a download that was begun', new Uint8Array(4096), /got zeros.*not finished/],
]

test('a length that is that of a pickle’s first bytes is no pickle', async () => {
  const header = one('U8', [4], 4)
  const long = header.padEnd(0x280)
  assert.equal((await open(fileOf(long, four))).tensors.size, 1)
})

for (const [file, message] of [
  ['st-deep-dtype-5000', /3 levels at most/],
  ['st-dup-field', /every field once, got "dtype" twice/],
  ['st-dup-spaces', /every tensor once, got "a" twice/],
  ['st-neg-zero', /got a list with −0/],
  ['st-zero-overflow', /a size that a file can have/],
  ['v1-5-pruned', /got a Git LFS pointer/],
] as const)
  BROKEN.push([`${file}.safetensors`, await readFile(`test/data/cases/${file}.safetensors`), message])

for (const [name, bytes, message] of [...BROKEN, ...CROOKED, ...OTHERS])
  test(`refused: ${name}`, async () => {
    await assert.rejects(open(bytes), (error) => {
      assert.ok(error instanceof AdzusError, String(error))
      assert.match(error.message, /test\.safetensors/)
      assert.match(error.message, message)
      assert.ok(error.message.length < 3000, `${error.message.length} characters`)
      return true
    })
  })

test('flipped bits and cuts: still a file that describes itself exactly, or an AdzusError; never a read beyond the file', async () => {
  const rng = random(11)
  const valid = encodeSafetensors(
    [
      { name: 'a.weight', dtype: 'F16', shape: [3, 5], data: floatToHalf(rng.floats(15)) },
      { name: 'a.bias', dtype: 'F32', shape: [3], data: rng.floats(3) },
      { name: 'ids', dtype: 'I64', shape: [2], data: BigInt64Array.of(1n, 2n) },
    ],
    { format: 'pt' },
  )
  const headerEnd = 8 + Number(new DataView(valid.buffer).getBigUint64(0, true))
  let [parsed, refused] = [0, 0]
  for (let round = 0; round < 5000; round++) {
    const bytes = rng.chance(0.2) ? valid.slice(0, rng.int(0, valid.length)) : valid.slice()
    // Mostly in the header, where it hurts.
    for (let n = rng.int(1, 3); n > 0; n--) {
      const at = rng.int(0, rng.chance(0.8) ? Math.min(headerEnd, bytes.length) - 1 : bytes.length - 1)
      if (rng.chance()) bytes[at] ^= 1 << rng.int(0, 7)
      else bytes[at] = rng.pick([...'0123456789[]{},:"'].map((c) => c.charCodeAt(0)))
    }
    const source: ByteSource = {
      name: 'flipped',
      size: bytes.length,
      read: async (offset, length) => {
        assert.ok(offset >= 0 && length >= 0 && offset + length <= bytes.length, `read ${length} bytes at ${offset} of ${bytes.length}`)
        return bytes.subarray(offset, offset + length)
      },
    }
    try {
      const file = await SafetensorsFile.open(source)
      const infos = [...file.tensors.values()].sort((a, b) => a.begin - b.begin || a.end - b.end)
      infos.forEach((info, i) => {
        assert.ok(i === 0 || info.begin === infos[i - 1].end)
        assert.equal((info.end - info.begin) * 8, info.shape.reduce((n, d) => n * d, 1) * BITS.get(info.dtype)!)
      })
      if (infos.length > 0) assert.equal(infos.at(-1)!.end, bytes.length)
      for (const name of file.tensors.keys()) await file.readFloats(name).catch(onlyAdzus)
      parsed++
    } catch (error) {
      onlyAdzus(error)
      refused++
    }
  }
  assert.ok(parsed > 100 && refused > 1000, `${parsed} parsed, ${refused} refused`)
})

function onlyAdzus(error: unknown): void {
  if (!(error instanceof AdzusError)) throw error
}

test('a header is checked without the file at hand', () => {
  const text = new TextEncoder().encode(one('F32', [1], 4))
  const { tensors } = parseHeader(text, { file: 'remote', fileSize: 8 + text.length + 4 })
  assert.deepEqual(tensors.get('x'), { name: 'x', dtype: 'F32', shape: [1], begin: 8 + text.length, end: 12 + text.length })
})
