/** @file A folder of weights, wherever it lies: on a disk (`#platform`), in memory, behind a page's file picker. Paths use forward slashes. */
import { AdzusError } from '../errors.ts'
import { type ByteSource, bytesSource } from '../source.ts'

export interface Files {
  /** For error messages. */
  readonly root: string
  /** All files below the root, relative. */
  list(): Promise<string[]>
  /** The text of a file (UTF-8); fails if it is not there. */
  text(path: string): Promise<string>
  open(path: string): Promise<ByteSource>
  /** SHA-256 (hexadecimal) of the file that these are a view of, where they are one. */
  hash?(): Promise<string>
}

export async function exists(files: Files, path: string): Promise<boolean> {
  return (await files.list()).includes(path)
}

/** A folder in memory: what a browser has after reading a file picker, and what tests use. */
export function memoryFiles(root: string, contents: ReadonlyMap<string, Uint8Array | string>): Files {
  const bytes = (path: string) => {
    const content = contents.get(path)
    if (content === undefined) throw missing(`${root}/${path}`)
    return typeof content === 'string' ? new TextEncoder().encode(content) : content
  }
  return {
    root,
    list: async () => [...contents.keys()],
    text: async (path) => new TextDecoder().decode(bytes(path)),
    open: async (path) => bytesSource(`${root}/${path}`, bytes(path)),
  }
}

export function missing(path: string, cause?: unknown): AdzusError {
  return new AdzusError({ what: 'file', where: path, expected: 'a readable file', got: 'none' }, { cause })
}
