/**
 * @file Codecs of npm packages in Node and Deno: their WebAssembly and their scripts, found from
 * the folder of this package, since this file may be part of a bundle elsewhere.
 */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { check } from '../errors.ts'
import { hasRoomForCodec } from './address-space.ts'
import { packageRoot } from './directory.ts'

/**
 * The compiled WebAssembly of a package; in browsers nothing where the codec's own script fetches
 * it by itself (the packages of `@jsquash`).
 * @param name of the package
 * @param file as the package exports it, or its path there
 * @throws AdzusError where the limit of address space leaves no room for its memory
 * @throws Error where it is not installed
 * @example
 * const module = await packageWasm('@cornerstonejs/codec-openjpeg', 'decodewasm')
 */
export async function packageWasm(name: string, file: string): Promise<WebAssembly.Module | undefined> {
  check(hasRoomForCodec(), () => ({
    what: 'image: decoder',
    where: `${file} of ${name}`,
    expected: 'address space for its memory',
    got: 'a limit (ulimit -v) that leaves too little',
    hint: 'Raise it to 24 GiB, set NODE_OPTIONS=--disable-wasm-trap-handler, or use PNG files.',
  }))
  return WebAssembly.compile(await readFile(requireHere().resolve(`${name}/${file}`)))
}

/**
 * What a script of a package exports that is no ES module; in browsers it is fetched and made one.
 * @param name of the package
 * @param file as the package exports it, or its path there
 * @throws Error where it is not installed
 * @example
 * const start = await packageScript('@cornerstonejs/codec-openjpeg', 'decodewasmjs')
 */
export async function packageScript(name: string, file: string): Promise<unknown> {
  return requireHere()(`${name}/${file}`)
}

const requireHere = () => createRequire(join(packageRoot(), 'package.json'))
