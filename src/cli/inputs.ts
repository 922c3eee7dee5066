/**
 * @file Which images to segment, and what their results are called.
 *
 * An input is a file, a folder (searched recursively for PNG and JPEG files) or a glob. Results keep a folder's structure below the output
 * folder. Files that would get the same result name (`a.png` and `a.jpg`) are told apart by keeping their extension (`a_png`, `a_jpg`).
 */
import { stat } from 'node:fs/promises'
import { basename, dirname, extname, join, relative, resolve, sep } from 'node:path'
import { glob, isDynamicPattern } from 'tinyglobby'
import { AdzusError } from '../errors.ts'

export interface Input {
  /** Absolute path of the image. */
  path: string
  /** Path of the results below the output folder, without suffixes. */
  name: string
}

const IMAGES = /\.(png|jpe?g)$/i
/** What we write ourselves is no input when a whole folder is taken. */
export const RESULTS = /\.(labels|mask|overlay)\.png$/i

/** Expands files, folders and globs. Fails if one of them matches nothing. */
export async function findInputs(patterns: string[]): Promise<Input[]> {
  const found = new Map<string, string>()
  for (const pattern of patterns) {
    const matches = await expand(pattern)
    if (matches.length === 0)
      throw new AdzusError({
        what: 'segment',
        where: pattern,
        expected: 'PNG or JPEG images',
        got: 'none',
        hint: 'Check the path or pattern.',
      })
    for (const { path, name } of matches) if (!found.has(path)) found.set(path, name)
  }
  return distinct(found)
}

async function expand(pattern: string): Promise<Input[]> {
  const info = await stat(pattern).catch(() => undefined)
  if (info?.isDirectory()) return inFolder(pattern, '**/*')
  if (info) return [{ path: resolve(pattern), name: basename(pattern) }]
  if (isDynamicPattern(pattern)) {
    const paths = await glob(pattern, { absolute: true, expandDirectories: false })
    return paths
      .filter(isImage)
      .sort()
      .map((path) => ({ path: resolve(path), name: basename(path) }))
  }
  // A plain path that is not there: the image itself will fail, with the reason, and the others go on.
  return [{ path: resolve(pattern), name: basename(pattern) }]
}

async function inFolder(folder: string, pattern: string): Promise<Input[]> {
  const paths = await glob(pattern, { cwd: folder, absolute: true, expandDirectories: false })
  return paths
    .filter(isImage)
    .sort()
    .map((path) => ({ path: resolve(path), name: relative(folder, resolve(path)).split(sep).join('/') }))
}

function isImage(path: string): boolean {
  return IMAGES.test(path) && !RESULTS.test(path)
}

/** Takes extensions off, except where two names would then be the same. */
function distinct(found: Map<string, string>): Input[] {
  const stem = (name: string) => join(dirname(name), basename(name, extname(name)))
  const uses = new Map<string, number>()
  for (const name of found.values()) uses.set(stem(name), (uses.get(stem(name)) ?? 0) + 1)
  const inputs = [...found].map(([path, name]) => ({
    path,
    name: uses.get(stem(name))! > 1 ? name.replace(/\.([^.]*)$/, '_$1') : stem(name),
  }))
  const taken = new Map<string, string>()
  for (const { path, name } of inputs) {
    const other = taken.get(name)
    if (other !== undefined)
      throw new AdzusError({
        what: 'segment',
        where: name,
        expected: 'inputs with different names',
        got: `${other} and ${path}`,
        hint: 'Give their common folder instead, or separate output folders.',
      })
    taken.set(name, path)
  }
  return inputs
}
