/**
 * @file A folder of weights, wherever it lies: on a disk (`#platform`), in memory, behind a page's
 * file picker. Paths use forward slashes.
 */

import { isString, must } from '../arguments.ts'
import { AdzusError } from '../errors.ts'
import { SIGNATURE_BYTES, signature } from '../safetensors/signature.ts'
import type { Signal } from '../signal.ts'
import { type ByteSource, bytesSource } from '../source.ts'

/** A folder of files, wherever they are: on a disk, behind a URL, in memory. */
export interface Files {
  /** For error messages. */
  readonly root: string
  /** All files below the root, relative. */
  list(): Promise<string[]>
  /**
   * The text of a file (UTF-8, without byte order mark); fails if it is not there, or is none
   * (`textOf`).
   */
  text(path: string): Promise<string>
  open(path: string): Promise<ByteSource>
  /** SHA-256 (hexadecimal) of the file that these are a view of, where they are one. */
  hash?(): Promise<string>
}

export async function exists(files: Files, path: string): Promise<boolean> {
  return (await files.list()).includes(path)
}

/**
 * A folder in memory: what a browser has after reading a file picker, and what tests use.
 * @example
 * const files = memoryFiles('model', new Map([['unet/config.json', '{ … }']]))
 */
export function memoryFiles(root: string, contents: ReadonlyMap<string, Uint8Array | string>): Files {
  must('root', isString(root), 'a text', root)
  must('contents', contents instanceof Map, 'a Map of paths to bytes or texts', contents)
  const bytes = (path: string) => {
    const content = contents.get(path)
    if (content === undefined) throw missing(`${root}/${path}`)
    return typeof content === 'string' ? new TextEncoder().encode(content) : content
  }
  return {
    root,
    list: async () => [...contents.keys()],
    text: async (path) => textOf(bytesSource(`${root}/${path}`, bytes(path)), path),
    open: async (path) => bytesSource(`${root}/${path}`, bytes(path)),
  }
}

/**
 * Bytes of a text that belongs to a model, by the kind of file: about ten times what published
 * models have.
 */
const LIMITS: readonly [RegExp, number][] = [
  [/\.index\.(\w+\.)?json$/, 64 * 2 ** 20],
  [/(vocab\.json|merges\.txt|tokenizer\.json)$/, 8 * 2 ** 20],
]
const LIMIT = 2 ** 20

/**
 * The text of a source, without byte order mark.
 * @param name of the file, which says how long it may be; nothing is read of a longer one
 * @throws AdzusError for what is no UTF-8 text: too long, a Git LFS pointer, a web page, UTF-16
 */
export async function textOf(source: ByteSource, name: string): Promise<string> {
  const fail = (expected: string, got: string, hint?: string) => new AdzusError({ what: 'file', where: source.name, expected, got, hint })
  const limit = LIMITS.find(([kind]) => kind.test(name))?.[1] ?? LIMIT
  if (source.size > limit) throw fail(`a text of at most ${limit} bytes`, `${source.size}`)
  const bytes = await source.read(0, source.size)
  const other = signature(bytes.subarray(0, SIGNATURE_BYTES))
  if (other) throw fail('a text file of the model', other.kind, other.hint)
  const [first, second] = bytes
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) throw fail('UTF-8 text', 'UTF-16', 'Save it as UTF-8.')
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new AdzusError({ what: 'file', where: source.name, expected: 'UTF-8 text', got: 'other bytes' }, { cause })
  }
}

/**
 * Files that can be opened and read until a signal is given; from then on that fails with its
 * reason.
 */
export function readUntil(signal: Signal, files: Files): Files {
  return {
    root: files.root,
    list: () => files.list(),
    text: (path) => files.text(path),
    async open(path) {
      signal.throwIfAborted()
      const source = await files.open(path)
      const { name, size, identity } = source
      const read = async (offset: number, length: number) => {
        signal.throwIfAborted()
        return source.read(offset, length)
      }
      return { name, size, identity, read, close: async () => source.close?.() }
    },
    hash: files.hash && (() => files.hash!()),
  }
}

export function missing(path: string, cause?: unknown): AdzusError {
  return new AdzusError({ what: 'file', where: path, expected: 'a readable file', got: 'none' }, { cause })
}
