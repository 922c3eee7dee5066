/** @file The package's version, from its package.json. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { packageRoot } from '#platform'

export async function version(): Promise<string> {
  return JSON.parse(await readFile(join(packageRoot(), 'package.json'), 'utf8')).version
}
