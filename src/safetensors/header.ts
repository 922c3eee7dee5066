/**
 * @file The header of a safetensors file: 8 bytes (length N, little-endian), N bytes of JSON, then
 * data.
 *
 * A header is believed only if it describes the file exactly, as the reference crate demands: known
 * types, sizes that agree with shapes, tensors that follow one another from offset 0 without gap or
 * overlap, and a file that ends where the last tensor does. So a truncated download or a flipped
 * byte is found before anything is loaded.
 */
import { AdzusError, check, type Failure } from '../errors.ts'
import { quoted } from '../messages.ts'
import type { ByteSource } from '../source.ts'
import { BITS } from './dtypes.ts'
import { SIGNATURE_BYTES, signature } from './signature.ts'

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

/**
 * As in the reference crate: no real header comes near it, and a corrupt length would otherwise ask
 * for gigabytes.
 */
const MAX_HEADER = 100_000_000
const PREFIX = 8
const BRACE = 0x7b

/** Longer than any model's names. */
const MAX_NAME = 1000
/** Far more tensors than any file has; Stable Diffusion XL has 2,500. */
const MAX_NAMES = 200_000
/** The header, a tensor's entry, and its lists. */
const MAX_DEPTH = 3

/** Reads and checks the header of a file. */
export async function readHeader(source: ByteSource): Promise<Header> {
  const file = source.name
  const prefix = await source.read(0, Math.min(PREFIX, source.size))
  const length = prefix.length < PREFIX ? 0n : new DataView(prefix.buffer, prefix.byteOffset, PREFIX).getBigUint64(0, true)
  const size = length <= MAX_HEADER ? Number(length) : 0
  const header = size > 0 && PREFIX + size <= source.size ? await source.read(PREFIX, size) : undefined
  if (header?.[0] !== BRACE) await refuseOther(source)
  check(source.size >= PREFIX, () => bad(file, `at least ${PREFIX} bytes`, `${source.size}`, TRUNCATED))
  check(size > 0, () =>
    bad(file, `a header of 1 … ${MAX_HEADER} bytes`, `${length}`, 'This is not a safetensors file, or it is corrupted.'),
  )
  check(header !== undefined, () => bad(file, `a header of ${size} bytes`, `a file of ${source.size}`, TRUNCATED))
  return parseHeader(header, { file, fileSize: source.size })
}

/** Refuses a file that begins like one of another kind. */
async function refuseOther(source: ByteSource): Promise<void> {
  const other = signature(await source.read(0, Math.min(SIGNATURE_BYTES, source.size)))
  check(other === undefined, () => bad(source.name, 'a safetensors file', other!.kind, other!.hint))
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
        check(typeof text === 'string', () => bad(`__metadata__ in ${file}`, 'strings only', `${key}: ${quoted(text)}`))
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
  check(name.length <= MAX_NAME, () => bad(file, `names of at most ${MAX_NAME} characters`, `one of ${name.length}, ${quoted(name)}`))
  const fields = new Map(objectEntries(value, file, name))
  const dtype = fields.get('dtype')
  const bits = typeof dtype === 'string' ? BITS.get(dtype) : undefined
  check(bits !== undefined, () => bad(where, `a dtype such as F32 or F16`, quoted(dtype)))
  const shape = fields.get('shape')
  check(isCounts(shape), () => bad(where, 'a shape of whole numbers', shownCounts(shape)))
  const offsets = fields.get('data_offsets')
  check(isCounts(offsets) && offsets.length === 2 && offsets[0] <= offsets[1], () =>
    bad(where, 'two rising data_offsets', shownCounts(offsets)),
  )
  const [begin, end] = offsets
  // A 0 among the lengths hides no overflow of the others, as in the reference crate.
  const extent = shape.reduce((n, d) => n * (d || 1), bits)
  check(Number.isSafeInteger(extent), () => bad(where, 'a size that a file can have', `${dtype} ${quoted(shape)}`))
  const size = shape.includes(0) ? 0 : extent / 8
  check(size === end - begin, () => bad(where, `${size} bytes for ${dtype} ${quoted(shape)}`, `${end - begin}`))
  return { name, dtype: dtype as string, shape, begin: start + begin, end: start + end }
}

/** −0 is none of the format's whole numbers. */
function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0 && !Object.is(n, -0))
}

function shownCounts(value: unknown): string {
  return Array.isArray(value) && value.some((n) => Object.is(n, -0)) ? 'a list with −0' : quoted(value)
}

function bad(where: string, expected: string, got: string, hint?: string): Failure {
  return { what: 'safetensors', where, expected, got, hint }
}

/** The top level as entries, so that a tensor may be called `__proto__`. */
function parseJson(bytes: Uint8Array, file: string): [string, unknown][] {
  check(bytes[0] === BRACE, () =>
    bad(file, 'a header that begins with {', `byte ${bytes[0]}`, 'This is not a safetensors file, or it is corrupted.'),
  )
  const orBroken = <T>(read: () => T): T => {
    try {
      return read()
    } catch (cause) {
      const got = cause instanceof Error ? cause.message : String(cause)
      throw new AdzusError(bad(file, 'a header of UTF-8 JSON', got, 'The file is corrupted.'), { cause })
    }
  }
  const text = orBroken(() => new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  checkStructure(text, file)
  return objectEntries(
    orBroken(() => JSON.parse(text)),
    file,
    'header',
  )
}

function objectEntries(value: unknown, file: string, name: string): [string, unknown][] {
  check(typeof value === 'object' && value !== null && !Array.isArray(value), () =>
    bad(`${name} in ${file}`, 'a JSON object', quoted(value)),
  )
  return Object.entries(value as object)
}

/**
 * Walks JSON text, broken or not, and refuses what `JSON.parse` lets pass: a name twice in one
 * object, of which it keeps the last; lists in lists without end; more tensors than any model has.
 */
function checkStructure(text: string, file: string): void {
  /** For every open bracket: the names of an object so far, or undefined for a list. */
  const open: (Set<string> | undefined)[] = []
  let atName = false
  for (let i = 0; i < text.length; i++) {
    const c = text[i]
    if (c === '{' || c === '[') {
      check(open.length < MAX_DEPTH, () => bad(file, `a header of ${MAX_DEPTH} levels at most`, `more at its character ${i}`))
      open.push(c === '{' ? new Set() : undefined)
      atName = c === '{'
    } else if (c === '}' || c === ']') open.pop()
    else if (c === ',') atName = open.at(-1) !== undefined
    else if (c === '"') {
      const start = i++
      while (i < text.length && text[i] !== '"') i += text[i] === '\\' ? 2 : 1
      const names = open.at(-1)
      if (!atName || !names) continue
      const name = unescaped(text.slice(start, i + 1))
      check(!names.has(name), () => bad(file, open.length === 1 ? 'every tensor once' : 'every field once', `${quoted(name)} twice`))
      names.add(name)
      check(names.size <= MAX_NAMES, () => bad(file, `at most ${MAX_NAMES} tensors`, 'more'))
      atName = false
    }
  }
}

/** The value of a JSON string; a malformed one is returned as it is. */
function unescaped(literal: string): string {
  if (!literal.includes('\\')) return literal.slice(1, -1)
  try {
    return JSON.parse(literal)
  } catch {
    return literal
  }
}
