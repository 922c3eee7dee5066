/**
 * @file The header of a safetensors file: 8 bytes (length N, little-endian), N bytes of JSON, then data.
 *
 * A header is believed only if it describes the file exactly, as the reference crate demands: known types, sizes that agree with shapes, tensors that
 * follow one another from offset 0 without gap or overlap, and a file that ends where the last tensor does. So a truncated download
 * or a flipped byte is found before anything is loaded.
 */
import { AdzusError, check, type Failure } from '../errors.ts'
import type { ByteSource } from '../source.ts'
import { BITS } from './dtypes.ts'

export interface TensorInfo {
  readonly name: string
  readonly dtype: string
  readonly shape: readonly number[]
  /** Absolute byte range in the file: begin ≤ byte < end. */
  readonly begin: number
  readonly end: number
}

export interface Header {
  readonly tensors: ReadonlyMap<string, TensorInfo>
  readonly metadata: ReadonlyMap<string, string>
}

/** As in the reference crate: no real header comes near it, and a corrupt length would otherwise ask for gigabytes. */
const MAX_HEADER = 100_000_000
const PREFIX = 8

/** Reads and checks the header of a file. */
export async function readHeader(source: ByteSource): Promise<Header> {
  const file = source.name
  check(source.size >= PREFIX, () => bad(file, `at least ${PREFIX} bytes`, `${source.size}`, TRUNCATED))
  const prefix = await source.read(0, PREFIX)
  const length = new DataView(prefix.buffer, prefix.byteOffset, PREFIX).getBigUint64(0, true)
  check(length > 0n && length <= MAX_HEADER, () =>
    bad(file, `a header of 1 … ${MAX_HEADER} bytes`, `${length}`, 'This is not a safetensors file, or it is corrupted.'),
  )
  const size = Number(length)
  check(PREFIX + size <= source.size, () => bad(file, `a header of ${size} bytes`, `a file of ${source.size}`, TRUNCATED))
  return parseHeader(await source.read(PREFIX, size), { file, fileSize: source.size })
}

/** Checks the JSON part of a header against the size of its file. */
export function parseHeader(bytes: Uint8Array, { file, fileSize }: { file: string; fileSize: number }): Header {
  const root = parseJson(bytes, file)
  const start = PREFIX + bytes.length
  const metadata = new Map<string, string>()
  const tensors: TensorInfo[] = []
  for (const [name, value] of root) {
    if (name === '__metadata__') {
      for (const [key, text] of objectEntries(value, file, '__metadata__')) {
        check(typeof text === 'string', () => bad(`__metadata__ in ${file}`, 'strings only', `${key}: ${JSON.stringify(text)}`))
        metadata.set(key, text)
      }
    } else tensors.push(tensorInfo(name, value, file, start))
  }
  tensors.sort((a, b) => a.begin - b.begin || a.end - b.end)
  let end = start
  for (const tensor of tensors) {
    const where = `tensor "${tensor.name}" in ${file}`
    check(tensor.begin === end, () =>
      bad(
        where,
        `it to begin at byte ${end}, where the previous one ends`,
        `byte ${tensor.begin} (${tensor.begin < end ? 'overlap' : 'gap'})`,
      ),
    )
    check(tensor.end <= fileSize, () => bad(where, `its last byte before ${fileSize}, the end of the file`, `${tensor.end}`, TRUNCATED))
    end = tensor.end
  }
  check(end === fileSize, () =>
    bad(
      file,
      `a file of ${end} bytes, as its header says`,
      `${fileSize}`,
      end > fileSize ? TRUNCATED : 'There are bytes after the last tensor.',
    ),
  )
  return { tensors: new Map(tensors.map((t) => [t.name, t])), metadata }
}

const TRUNCATED = 'The download is incomplete: fetch it again.'

function tensorInfo(name: string, value: unknown, file: string, start: number): TensorInfo {
  const where = `tensor "${name}" in ${file}`
  const fields = new Map(objectEntries(value, file, name))
  const dtype = fields.get('dtype')
  const bits = typeof dtype === 'string' ? BITS.get(dtype) : undefined
  check(bits !== undefined, () => bad(where, `a dtype such as F32 or F16`, JSON.stringify(dtype)))
  const shape = fields.get('shape')
  check(Array.isArray(shape) && shape.every((d) => Number.isSafeInteger(d) && d >= 0), () =>
    bad(where, 'a shape of whole numbers', JSON.stringify(shape)),
  )
  const offsets = fields.get('data_offsets')
  check(
    Array.isArray(offsets) && offsets.length === 2 && offsets.every((o) => Number.isSafeInteger(o) && o >= 0) && offsets[0] <= offsets[1],
    () => bad(where, 'two rising data_offsets', JSON.stringify(offsets)),
  )
  const [begin, end] = offsets as [number, number]
  const count = (shape as number[]).reduce((n, d) => n * d, 1)
  check(Number.isSafeInteger(count * bits) && count * bits === (end - begin) * 8, () =>
    bad(where, `${(count * bits) / 8} bytes for ${dtype} [${shape}]`, `${end - begin}`),
  )
  return { name, dtype: dtype as string, shape: shape as number[], begin: start + begin, end: start + end }
}

function bad(where: string, expected: string, got: string, hint?: string): Failure {
  return { what: 'safetensors', where, expected, got, hint }
}

/** The top level as entries, so that a tensor may be called `__proto__`. Duplicate names are refused; `JSON.parse` alone would keep the last. */
function parseJson(bytes: Uint8Array, file: string): [string, unknown][] {
  check(bytes[0] === 0x7b, () =>
    bad(file, 'a header that begins with {', `byte ${bytes[0]}`, 'This is not a safetensors file, or it is corrupted.'),
  )
  let text: string
  let root: unknown
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    root = JSON.parse(text)
  } catch (cause) {
    throw new AdzusError(
      bad(file, 'a header of UTF-8 JSON', cause instanceof Error ? cause.message : String(cause), 'The file is corrupted.'),
      { cause },
    )
  }
  const keys = topLevelKeys(text)
  const seen = new Set<string>()
  for (const key of keys) {
    check(!seen.has(key), () => bad(file, 'every tensor once', `"${key}" twice`))
    seen.add(key)
  }
  return objectEntries(root, file, 'header')
}

function objectEntries(value: unknown, file: string, name: string): [string, unknown][] {
  check(typeof value === 'object' && value !== null && !Array.isArray(value), () =>
    bad(`${name} in ${file}`, 'a JSON object', JSON.stringify(value)),
  )
  return Object.entries(value as object)
}

/** The keys of the outermost object of valid JSON text, in order and with repetitions. */
function topLevelKeys(text: string): string[] {
  const keys: string[] = []
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    const c = text[i]
    if (c === '{' || c === '[') depth++
    else if (c === '}' || c === ']') depth--
    else if (c === '"') {
      const start = i++
      while (text[i] !== '"') i += text[i] === '\\' ? 2 : 1
      // A string is a key if a colon follows.
      if (depth === 1 && /^\s*:/.test(text.slice(i + 1, i + 40))) keys.push(JSON.parse(text.slice(start, i + 1)))
    }
  }
  return keys
}
