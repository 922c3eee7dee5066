/**
 * @file What the results of each input are called, below the output folder and without their
 * suffixes: never the same for two inputs, also where a disk takes `A` for `a`, and whatever order
 * they come in.
 *
 * A name is the input's own without its extension. Inputs of the same name from several folders
 * keep their folders below the one that they have in common; those of one folder keep their
 * extension (`a_png`, `a_jpg`); what is still the same then is counted (`a_png`, `A_png_2`).
 */
import { basename, dirname, extname, posix, sep } from 'node:path'
import { imageExtensions } from '../index.ts'

interface Named {
  /** Absolute path of the input. */
  path: string
  /**
   * Its path below the folder that was given, or its own name; with extension and forward slashes.
   */
  name: string
}

/** An input on its way to a name of its own. */
interface Candidate extends Named {
  keepsFolder: boolean
  keepsExtension: boolean
}

/** The names of inputs' results, in the order of the inputs. */
export function resultNames(inputs: readonly Named[]): string[] {
  const candidates = inputs.map(({ path, name }): Candidate => ({ path, name, keepsFolder: false, keepsExtension: false }))
  for (;;) {
    const common = commonFolder(candidates.filter((c) => c.keepsFolder).map(({ path }) => path))
    const names = candidates.map((c) => nameOf(c, common))
    const alike = groups(names).filter((group) => group.length > 1)
    let changed = false
    for (const group of alike) changed = tellApart(group.map((i) => candidates[i])) || changed
    if (!changed) return count(names, alike, inputs)
  }
}

/** Lets candidates keep more of their paths. Returns false where they keep all already. */
function tellApart(candidates: readonly Candidate[]): boolean {
  const flat = candidates.filter((c) => !c.keepsFolder)
  if (flat.length > 0 && new Set(candidates.map(({ path }) => dirname(path))).size > 1) {
    for (const candidate of flat) candidate.keepsFolder = true
    return true
  }
  const short = candidates.filter((c) => !c.keepsExtension)
  for (const candidate of short) candidate.keepsExtension = true
  return short.length > 0
}

function nameOf({ path, name, keepsFolder, keepsExtension }: Candidate, common: readonly string[]): string {
  const whole = keepsFolder ? parts(path).slice(common.length).join('/') : name
  return keepsExtension ? withExtension(whole) : stem(whole)
}

/**
 * A name without its extension (which may have two parts: `nii.gz`), unless nothing but dots were
 * left: those lead out of the folder.
 */
function stem(name: string): string {
  const double = imageExtensions().find((extension) => extension.includes('.') && name.toLowerCase().endsWith(`.${extension}`))
  const short = basename(name, double === undefined ? extname(name) : name.slice(-double.length - 1))
  return /^\.*$/.test(short) ? withExtension(name) : posix.join(posix.dirname(name), short)
}

/** `a_png`; dots alone before the extension are left out. */
function withExtension(name: string): string {
  return name.replace(/(?<=^|\/)\.+(?=\.)/, '').replace(/\.([^./]*)$/, '_$1')
}

/** Adds a number to all but the first (by their paths) of those that are still alike. */
function count(names: string[], alike: readonly (readonly number[])[], inputs: readonly Named[]): string[] {
  const taken = new Set(names.map(key))
  for (const group of alike) {
    const [, ...others] = [...group].sort((i, j) => (inputs[i].path < inputs[j].path ? -1 : 1))
    for (const i of others) {
      const name = names[i]
      for (let n = 2; taken.has(key(names[i])); n++) names[i] = `${name}_${n}`
      taken.add(key(names[i]))
    }
  }
  return names
}

/** Places of names that some disk takes for one. */
function groups(names: readonly string[]): number[][] {
  const places = new Map<string, number[]>()
  for (const [i, name] of names.entries()) {
    const same = places.get(key(name))
    if (same) same.push(i)
    else places.set(key(name), [i])
  }
  return [...places.values()]
}

function key(name: string): string {
  return name.normalize('NFC').toLowerCase()
}

/** The parts of the folder that paths have in common. */
function commonFolder(paths: readonly string[]): string[] {
  const [first = [], ...others] = paths.map((path) => parts(dirname(path)))
  const differs = first.findIndex((part, i) => others.some((other) => other[i] !== part))
  return differs < 0 ? first : first.slice(0, differs)
}

/** The parts of an absolute path; a drive (`C:`) becomes a folder's name. */
function parts(path: string): string[] {
  return path
    .split(sep)
    .filter((part) => part !== '')
    .map((part) => part.replace(/:$/, ''))
}
