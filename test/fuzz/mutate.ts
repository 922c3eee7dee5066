/**
 * @file Seeded damage to valid inputs: to bytes, to JSON by its structure, to text by its lines.
 * Damage that a checksum or a length would stop at the door is followed by putting those right, most
 * of the time, so that it gets further in.
 */
import { crc32 } from 'node:zlib'
import { safetensorsHeader, type TensorShape } from '../../src/safetensors/writer.ts'
import type { Random } from '../support/random.ts'

export type Mutation = (input: Uint8Array, random: Random, other: Uint8Array) => Uint8Array

/** Numbers at the edges of what formats can hold. */
export const EDGES = [0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff]

/** One to eight changes: bits, bytes, numbers, pieces taken out, doubled, moved or from elsewhere. */
export const bytes: Mutation = (input, random, other) => {
  let out: Uint8Array = input.slice()
  for (let changes = random.int(1, 8); changes > 0; changes--) out = changed(out, random, other)
  return out
}

function changed(input: Uint8Array, random: Random, other: Uint8Array): Uint8Array {
  const at = random.int(0, Math.max(0, input.length - 1))
  const length = Math.min(input.length - at, random.pick([1, 2, 4, 16, 64, 1024]))
  const end = at + length
  const joined = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts))
  switch (random.int(0, 7)) {
    case 0:
      input[at] ^= 1 << random.int(0, 7)
      return input
    case 1:
      input[at] = random.int(0, 255)
      return input
    case 2: {
      const number = Buffer.alloc(4)
      if (random.chance()) number.writeUInt32BE(random.pick(EDGES))
      else number.writeUInt32LE(random.pick(EDGES))
      input.set(number.subarray(0, Math.min(random.pick([1, 2, 4]), input.length - at)), at)
      return input
    }
    case 3:
      return joined(input.subarray(0, at), input.subarray(end))
    case 4:
      return joined(input.subarray(0, end), input.subarray(at, end), input.subarray(end))
    case 5: {
      const from = random.int(0, Math.max(0, other.length - 1))
      return joined(input.subarray(0, at), other.subarray(from, from + length), input.subarray(at))
    }
    case 6:
      return random.chance(0.2) ? input.slice(0, at) : input
    default: {
      const noise = Uint8Array.from({ length }, () => random.int(0, 255))
      return joined(input.subarray(0, at), noise, input.subarray(end))
    }
  }
}

/** A PNG's chunks: contents damaged, chunks doubled, dropped, moved and renamed. */
export const png: Mutation = (input, random, other) => {
  if (random.chance(0.2)) return bytes(input, random, other)
  const chunks = chunksOf(input)
  const foreign = chunksOf(other)
  for (let changes = random.int(1, 3); changes > 0 && chunks.length > 0; changes--) {
    const at = random.int(0, chunks.length - 1)
    const { name, data } = chunks[at]
    const kind = random.int(0, 5)
    if (kind === 0) chunks.splice(at, 1)
    else if (kind === 1) chunks.splice(random.int(0, chunks.length), 0, chunks[at])
    else if (kind === 2 && foreign.length > 0) chunks.splice(at, 0, random.pick(foreign))
    else if (kind === 3) chunks[at] = { name: random.pick(['IHDR', 'PLTE', 'tRNS', 'IDAT', 'IEND', 'iCCP', 'tEXt', 'QQQQ']), data }
    else chunks[at] = { name, data: data.length > 0 ? bytes(data, random, other) : data }
  }
  const parts = [input.subarray(0, 8)]
  for (const { name, data } of chunks) {
    const head = Buffer.alloc(4)
    head.writeUInt32BE(random.chance(0.99) ? data.length : random.pick(EDGES))
    const body = Buffer.concat([Buffer.from(name, 'latin1'), data])
    const sum = Buffer.alloc(4)
    sum.writeUInt32BE(random.chance(0.99) ? crc32(body) : 0)
    parts.push(head, body, sum)
  }
  return new Uint8Array(Buffer.concat(parts))
}

function chunksOf(file: Uint8Array): { name: string; data: Uint8Array }[] {
  const chunks: { name: string; data: Uint8Array }[] = []
  const view = Buffer.from(file.buffer, file.byteOffset, file.length)
  for (let at = 8; at + 12 <= file.length; ) {
    const length = view.readUInt32BE(at)
    const name = view.toString('latin1', at + 4, at + 8)
    chunks.push({ name, data: file.subarray(at + 8, at + 8 + length) })
    at += 12 + length
  }
  return chunks
}

/** Values that a field of any type may be given. */
const VALUES: readonly unknown[] = [
  null,
  true,
  false,
  '',
  'x',
  'linear',
  [],
  {},
  [[]],
  0,
  -1,
  1,
  2,
  3,
  0.5,
  1e-30,
  1e9,
  1e39,
  -1e300,
  2 ** 31,
  2 ** 53,
  [0],
  [1, 2, 3],
  [-1, 1],
  [null],
  ['x', 'y'],
  { a: 1 },
  'x'.repeat(100_000),
  Array(10_000).fill(7),
]

/** JSON: values replaced, members dropped, doubled, renamed and nested; sometimes as mere text. */
export const json: Mutation = (input, random, other) => {
  if (random.chance(0.2)) return bytes(input, random, other)
  let value: unknown = JSON.parse(decoded(input))
  for (let changes = random.int(1, 3); changes > 0; changes--) value = changedValue(value, random)
  return encoded(written(value))
}

function changedValue(value: unknown, random: Random): unknown {
  if (typeof value !== 'object' || value === null || random.chance(0.03)) return anything(value, random)
  const keys = Object.keys(value)
  if (keys.length === 0) return anything(value, random)
  const copy = (Array.isArray(value) ? [...value] : { ...value }) as Record<string, unknown>
  const key = random.pick(keys)
  const kind = random.int(0, 9)
  if (kind === 0) delete copy[key]
  else if (kind === 1) copy[random.pick(['__proto__x', '', 'constructor', random.pick(keys)])] = copy[key]
  else if (kind === 2) copy[key] = copy[random.pick(keys)]
  else copy[key] = changedValue(copy[key], random)
  return copy
}

function anything(value: unknown, random: Random): unknown {
  if (typeof value === 'number' && random.chance()) return random.pick([value + 1, -value, value * 2, value / 2, value * 1e6, value + 0.5])
  if (random.chance(0.02)) return `@nested ${random.pick([10, 1000, 6000])}`
  return random.pick(VALUES)
}

/** Stands for lists within lists: deeper than what `JSON.stringify` itself can write. */
const NESTED = /"@nested (\d+)"/g

function written(value: unknown): string {
  return JSON.stringify(value).replace(NESTED, (_, depth) => '['.repeat(depth) + ']'.repeat(depth))
}

/** Text: lines dropped, doubled, swapped and ended differently; characters of every kind put in. */
export const text: Mutation = (input, random, other) => {
  if (random.chance(0.2)) return bytes(input, random, other)
  const lines = decoded(input).split('\n')
  for (let changes = random.int(1, 4); changes > 0; changes--) {
    const at = random.int(0, lines.length - 1)
    const kind = random.int(0, 5)
    if (kind === 0) lines.splice(at, 1)
    else if (kind === 1) lines.splice(at, 0, lines[at])
    else if (kind === 2) lines.splice(at, 0, random.pick(decoded(other).split('\n')))
    else if (kind === 3) lines[at] = `${lines[at]}${random.pick(['\r', ' ', '\t', '\0', '\u{feff}', '€', '\u{10ffff}'])}`
    else if (kind === 4) lines[at] = `${random.pick(['', '/', '..', '@', '%', '-', 'x'.repeat(5000)])}${lines[at]}`
    else lines[at] = lines[at].slice(0, random.int(0, lines[at].length))
    if (lines.length === 0) lines.push('')
  }
  return encoded(lines.join('\n'))
}

/** A safetensors header: tensors dropped, renamed, of other shapes and types, with right offsets. */
export const tensors: Mutation = (input, random, other) => {
  if (random.chance(0.3)) return header(json(headerOf(input), random, headerOf(other)))
  if (random.chance(0.1)) return bytes(input, random, other)
  const entries = tensorsOf(input)
  for (let changes = random.int(1, 4); changes > 0 && entries.length > 0; changes--) {
    const at = random.int(0, entries.length - 1)
    const entry = entries[at]
    const kind = random.int(0, 5)
    if (kind === 0) entries.splice(at, random.pick([1, 1, 10, 100]))
    else if (kind === 1) entries[at] = { ...entry, shape: [] }
    else if (kind === 2) entries[at] = { ...entry, shape: entry.shape.map((d) => (random.chance() ? d : random.int(0, 5))) }
    else if (kind === 3) entries[at] = { ...entry, dtype: random.pick(['F32', 'F16', 'BF16', 'I64', 'U8', 'BOOL', 'F8_E4M3']) }
    else if (kind === 4) entries[at] = { ...entry, name: decoded(text(encoded(entry.name), random, encoded(random.pick(entries).name))) }
    else entries[at] = { ...entry, shape: random.chance() ? [...entry.shape, 1] : [...entry.shape].reverse() }
  }
  const named = new Map(entries.map((entry) => [entry.name, entry]))
  return safetensorsHeader([...named.values()]).header
}

function headerOf(file: Uint8Array): Uint8Array {
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true))
  return file.subarray(8, 8 + length)
}

function header(json: Uint8Array): Uint8Array {
  const out = new Uint8Array(8 + json.length)
  new DataView(out.buffer).setBigUint64(0, BigInt(json.length), true)
  out.set(json, 8)
  return out
}

/** The tensors that a header names. */
export function tensorsOf(file: Uint8Array): TensorShape[] {
  const entries = Object.entries(JSON.parse(decoded(headerOf(file))) as Record<string, Omit<TensorShape, 'name'>>)
  return entries.filter(([name]) => name !== '__metadata__').map(([name, { dtype, shape }]) => ({ name, dtype, shape }))
}

const decoded = (input: Uint8Array) => new TextDecoder().decode(input)
const encoded = (input: string): Uint8Array => new TextEncoder().encode(input)
