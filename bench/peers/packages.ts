/** @file Packages of the peers, which are not this project's dependencies: loaded from where they were installed. */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { cacheFolder } from './install.ts'

const require = createRequire(join(cacheFolder, 'package.json'))

/** A package's CommonJS entry. */
export function load<T>(name: string): T {
  return require(name) as T
}

/** A file of a package, as a module. */
export async function loadFile<T>(path: string): Promise<T> {
  const module = await import(pathToFileURL(join(cacheFolder, 'node_modules', path)).href)
  return (module.default ?? module) as T
}
