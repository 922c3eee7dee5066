/**
 * @file Parts of the package that are loaded when they are needed: scripts and WebAssembly. One
 * that is missing, in a bundle or on a server, is named, so that nothing else is blamed.
 */
import { inPage } from './advice.ts'
import { AdzusError } from './errors.ts'

/**
 * Loads a part.
 * @param name what it is, with its file
 * @throws AdzusError where it cannot be loaded
 * @example
 * const bytes = await loadPart('JPEG decoder (a.wasm)', () => readFile('a.wasm'))
 */
export async function loadPart<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch (cause) {
    if (cause instanceof AdzusError) throw cause
    const got = cause instanceof Error ? cause.message : `${cause}`
    const hint = inPage()
      ? 'The bundler or the server has to provide it: see “In a browser” in docs/library.md.'
      : 'It comes with the package adzus, or one that adzus needs, which have to be installed beside a bundle.'
    throw new AdzusError({ what: 'part of adzus', where: name, expected: 'its file', got, hint }, { cause })
  }
}
