/**
 * @file Which images to segment.
 *
 * An input is a file, a folder that is one picture (Zarr), another folder (searched recursively for
 * pictures) or a glob. Links are followed,
 * and a file that is reached by several paths is one input. What cannot be read is an input, too:
 * it fails, and so is not missed in silence; pictures of other formats are counted.
 *
 * What is called like a result is a mask and no picture, unless it is named itself; a result of
 * ours is never an input, since a shell's pattern names it, too.
 */
import { lstat, realpath, stat } from 'node:fs/promises'
import { basename, extname, relative, resolve, sep } from 'node:path'
import { AdzusError } from '../errors.ts'
import { formatNames } from '../index.ts'
import { inWords, printable } from '../messages.ts'
import { isCalledLikeOutput } from '../output/registry.ts'
import { UsageError } from './arguments.ts'
import { ADVICE, isCalledLikeImage, isFolderPicture, isUnnamedImage, otherFormat } from './formats.ts'
import { resultNames } from './names.ts'
import { isResult } from './sinks/origin.ts'

export interface Input {
  /** Absolute path of the image. */
  path: string
  /** The same with all links followed. */
  real: string
  /** Path of the results below the output folder, without suffixes. */
  name: string
  /** Which page of its file it is, from 1; nothing where that is not chosen. */
  page?: number
  /** Why there is nothing to read. */
  fault?: AdzusError
}

/** The inputs of a call, and what its author may miss among them. */
export interface Inputs {
  inputs: Input[]
  /** A sentence for each kind of files that were left out. */
  notes: string[]
}

/** What has been found so far. */
interface Found {
  /** By their real paths. */
  inputs: Map<string, Match>
  /** Files of folders and globs that are called like results, though they are none. */
  alike: Set<string>
  /** Results of ours that were named themselves. */
  results: Set<string>
  /** Paths that lead to a file that is an input already. */
  again: Set<string>
  /** How many pictures there are of formats that are not read, by extension. */
  others: Map<string, number>
}

interface Match {
  path: string
  /** Its path below the folder that was given, or its own name. */
  name: string
  /** The file itself was named, not a folder or a pattern. */
  named: boolean
  fault?: AdzusError
}

/** Plain paths need nothing of it. */
const walking = () => import('./walk.ts')

/**
 * Expands files, folders and globs. Fails if one of them matches nothing, or if nothing is left to
 * segment.
 */
export async function findInputs(patterns: readonly string[]): Promise<Inputs> {
  const found: Found = { inputs: new Map(), alike: new Set(), results: new Set(), again: new Set(), others: new Map() }
  for (const pattern of patterns) {
    const others = new Map<string, number>()
    const matches = await expand(pattern, others)
    if (matches.length === 0) throw nothing(pattern, others)
    for (const [format, count] of others) found.others.set(format, (found.others.get(format) ?? 0) + count)
    await take(matches, found)
  }
  if (found.inputs.size === 0) throw onlyResults(patterns, found)
  for (const { path } of found.inputs.values()) {
    found.alike.delete(path)
    found.again.delete(path)
  }
  const readable = [...found.inputs.values()].filter(({ fault }) => !fault)
  const names = new Map(resultNames(readable).map((name, i) => [readable[i], name]))
  const inputs = [...found.inputs].map(([real, match]): Input => {
    const { path, name, fault } = match
    return { path, real, name: names.get(match) ?? name, fault }
  })
  return { inputs, notes: notes(found) }
}

/** The first of some paths, and how many more there are. */
function listed([first, ...more]: readonly string[]): string {
  return printable(shownPath(first)) + (more.length > 0 ? ` and ${more.length} more` : '')
}

/** A path as it is said: from where we are. */
export function shownPath(path: string): string {
  return relative('.', path) || '.'
}

async function take(matches: readonly Match[], { inputs, alike, results, again }: Found): Promise<void> {
  for (const match of matches) {
    const { path, named } = match
    const ours = isCalledLikeOutput(path) && (await isResult(path))
    if (ours && named) results.add(path)
    else if (!ours && !named && isCalledLikeOutput(path)) alike.add(path)
    else if (!ours) {
      const real = await realpath(path).catch(() => path)
      const known = inputs.get(real)
      // The file's own name rather than that of a link to it.
      if (!known || (known.path !== real && path === real)) inputs.set(real, match)
      if (known && known.path !== path) again.add(known.path).add(path)
    }
  }
}

async function expand(pattern: string, others: Map<string, number>): Promise<Match[]> {
  if (pattern === '') throw new UsageError({ what: 'segment', expected: 'files, folders or globs', got: 'an empty name' })
  const info = await stat(pattern).catch(() => lstat(pattern).catch(() => undefined))
  if (info?.isDirectory() && !(await isFolderPicture(pattern))) return search('**/*', pattern, others)
  // A plain path that is not there: the image itself will fail, with the reason, and the others go
  // on.
  if (info || !(await walking()).isDynamicPattern(pattern)) return [{ path: resolve(pattern), name: basename(pattern), named: true }]
  return search(pattern, undefined, others)
}

async function search(pattern: string, folder: string | undefined, others: Map<string, number>): Promise<Match[]> {
  const { walk } = await walking()
  const { paths, broken, unreadable } = await walk(pattern, folder)
  const matchOf = (path: string, fault?: AdzusError): Match => {
    const name = folder === undefined ? basename(path) : relative(folder, path).split(sep).join('/')
    return { path, name, named: false, fault }
  }
  const matches: Match[] = []
  for (const path of paths) {
    const other = otherFormat(path)
    // A link to nothing may have led to a folder with pictures.
    if (isCalledLikeImage(path) || (broken.has(path) && extname(path) === '')) matches.push(matchOf(path))
    else if (other !== undefined) others.set(other, (others.get(other) ?? 0) + 1)
    else if (await isUnnamedImage(path)) matches.push(matchOf(path))
  }
  for (const [path, cause] of unreadable)
    matches.push(
      matchOf(
        path,
        new AdzusError({ what: 'image', where: shownPath(path), expected: 'a folder that can be read', got: inWords(cause) }, { cause }),
      ),
    )
  return matches.sort((a, b) => (a.path < b.path ? -1 : 1))
}

function notes({ alike, results, again, others }: Found): string[] {
  const told: string[] = []
  if (alike.size > 0) told.push(`left out what is called like a result: ${listed([...alike])}. Name a file itself to segment it.`)
  if (results.size > 0) told.push(`left out results of adzus: ${listed([...results])}. Rename one to segment it.`)
  if (again.size > 0) told.push(`left out other names of files that are inputs: ${listed([...again])}.`)
  if (others.size > 0) told.push(`left out: ${counted(others)}: only ${formatNames('and')} are read. ${ADVICE}`)
  return told
}

function counted(others: ReadonlyMap<string, number>): string {
  return [...others]
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .map(([format, count]) => `${count} ${format}`)
    .join(', ')
}

function nothing(pattern: string, others: ReadonlyMap<string, number>): AdzusError {
  return new AdzusError({
    what: 'segment',
    where: pattern,
    expected: `${formatNames()} images`,
    ...(others.size > 0 ? { got: `only ${counted(others)}`, hint: ADVICE } : { got: 'none', hint: 'Check the path or pattern.' }),
  })
}

function onlyResults(patterns: readonly string[], { alike }: Found): AdzusError {
  return new AdzusError({
    what: 'segment',
    where: listed(patterns),
    expected: `${formatNames()} images`,
    ...(alike.size > 0
      ? { got: `only files called like results (${listed([...alike])})`, hint: 'Name one itself to segment it.' }
      : { got: 'only results of adzus', hint: 'Rename one to segment it.' }),
  })
}
