/**
 * @file Which images to segment, and what their results are called.
 *
 * An input is a file, a folder (searched recursively for PNG and JPEG files) or a glob. Results keep a folder's structure below the output
 * folder. Files that would get the same result name (`a.png` and `a.jpg`) are told apart by keeping their extension (`a_png`, `a_jpg`).
 *
 * What is called like a result (`a.mask.png`) is a mask and no picture, unless it is named itself; a result of ours is never an input, since a shell's `*.png` names it, too.
 */
import { stat } from 'node:fs/promises'
import { basename, dirname, extname, join, relative, resolve, sep } from 'node:path'
import { glob, isDynamicPattern } from 'tinyglobby'
import { AdzusError } from '../errors.ts'
import { isResult } from './origin.ts'

export interface Input {
  /** Absolute path of the image. */
  path: string
  /** Path of the results below the output folder, without suffixes. */
  name: string
}

/** The inputs of a call, and what its author may miss among them. */
export interface Inputs {
  inputs: Input[]
  /** Files of folders and globs that are called like results, though they are none. */
  alike: string[]
  /** Results of ours that were named themselves. */
  results: string[]
}

interface Match extends Input {
  /** The file itself was named, not a folder or a pattern. */
  named: boolean
}

const IMAGES = /\.(png|jpe?g)$/i
const CALLED_LIKE_RESULTS = /\.(labels|mask|overlay)\.png$/i

/** Expands files, folders and globs. Fails if one of them matches nothing, or if nothing is left to segment. */
export async function findInputs(patterns: string[]): Promise<Inputs> {
  const found = new Map<string, string>()
  const [alike, results] = [new Set<string>(), new Set<string>()]
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
    for (const { path, name, named } of matches) {
      const ours = CALLED_LIKE_RESULTS.test(path) && (await isResult(path))
      if (ours && named) results.add(path)
      else if (!ours && !named && CALLED_LIKE_RESULTS.test(path)) alike.add(path)
      else if (!ours && !found.has(path)) found.set(path, name)
    }
  }
  for (const path of found.keys()) alike.delete(path)
  if (found.size === 0)
    throw new AdzusError({
      what: 'segment',
      where: listed(patterns),
      expected: 'PNG or JPEG images',
      ...(alike.size > 0
        ? { got: `only files called like results (${listed([...alike])})`, hint: 'Name one itself to segment it.' }
        : { got: 'only results of adzus', hint: 'Rename one to segment it.' }),
    })
  return { inputs: distinct(found), alike: [...alike], results: [...results] }
}

/** The first of some paths, and how many more there are. */
export function listed([first, ...more]: readonly string[]): string {
  return relative('.', first) + (more.length > 0 ? ` and ${more.length} more` : '')
}

async function expand(pattern: string): Promise<Match[]> {
  const info = await stat(pattern).catch(() => undefined)
  if (info?.isDirectory()) return inFolder(pattern, '**/*')
  if (info) return [{ path: resolve(pattern), name: basename(pattern), named: true }]
  if (isDynamicPattern(pattern)) {
    const paths = await glob(pattern, { absolute: true, expandDirectories: false })
    return paths
      .filter((path) => IMAGES.test(path))
      .sort()
      .map((path) => ({ path: resolve(path), name: basename(path), named: false }))
  }
  // A plain path that is not there: the image itself will fail, with the reason, and the others go on.
  return [{ path: resolve(pattern), name: basename(pattern), named: true }]
}

async function inFolder(folder: string, pattern: string): Promise<Match[]> {
  const paths = await glob(pattern, { cwd: folder, absolute: true, expandDirectories: false })
  return paths
    .filter((path) => IMAGES.test(path))
    .sort()
    .map((path) => ({ path: resolve(path), name: relative(folder, resolve(path)).split(sep).join('/'), named: false }))
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
