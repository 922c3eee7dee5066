/**
 * @file The sets on the disk: `DATA/images` and `DATA/masks`, or both below `DATA/SET`; with masks
 * alone, `MASKS` or `MASKS/SET`. A picture and its mask have the same path below their folders but
 * for the extension.
 */
import { readdir } from 'node:fs/promises'
import { basename, extname, join, relative, resolve, sep } from 'node:path'
import { pathKind } from '#platform'
import { AdzusError } from '../../errors.ts'
import { stemOf } from '../../evaluation/predictions.ts'
import { formatNames } from '../../index.ts'
import { inWords } from '../../messages.ts'
import { nearest } from '../../nearest.ts'
import { isCalledLikeImage } from '../formats.ts'
import { shownPath } from '../inputs.ts'
import { walk } from '../walk.ts'

/** A picture of a set. */
export interface Item {
  set: string
  /** Its path below the set's folder, without the extension. */
  image: string
  /** Absolute; nothing where there are masks alone. */
  imagePath?: string
  /** Absolute. */
  maskPath?: string
  /** Of other programs, by their names; nothing where one has no mask. */
  predictions: Map<string, string | undefined>
  /** Why it cannot be evaluated. */
  fault?: AdzusError
}

export interface Sets {
  items: Item[]
  /** A sentence for what was left out. */
  notes: string[]
}

export interface SetOptions {
  /** A folder of pictures and masks. */
  data?: string
  /** A folder of masks. */
  masks?: string
  /** Folders of masks of other programs, by their names. */
  predictions: ReadonlyMap<string, string>
  /** The sets that are wanted (default: all), and pictures of each at most. */
  sets?: readonly string[]
  limit?: number
  /** Whether masks are maps of classes or objects. */
  maps: boolean
}

const IMAGES = 'images'
const MASKS = 'masks'

/** @throws AdzusError where there is nothing to evaluate */
export async function findSets(options: SetOptions): Promise<Sets> {
  const folders = await setFolders(options)
  const wanted = options.sets ?? [...folders.keys()]
  const unknown = wanted.find((name) => !folders.has(name))
  if (unknown !== undefined) throw noSet(unknown, [...folders.keys()])
  const notes: string[] = []
  const items: Item[] = []
  for (const set of wanted) {
    const { images, masks } = folders.get(set)!
    if (!masks) {
      notes.push(`left out: ${set} has no folder ${MASKS}`)
      continue
    }
    const found = await itemsOf(set, { images, masks }, options, folders.size > 1)
    notes.push(...found.notes)
    items.push(...found.items.slice(0, options.limit))
  }
  if (items.length === 0)
    throw new AdzusError({
      what: 'evaluate',
      where: options.data ?? options.masks,
      expected: `pictures with masks (${formatNames()}), in ${IMAGES} and ${MASKS}`,
      got: 'none',
    })
  return { items, notes }
}

interface Folders {
  images?: string
  masks?: string
}

async function setFolders({ data, masks }: SetOptions): Promise<Map<string, Folders>> {
  const root = resolve(data ?? masks!)
  const below = (await pathKind(root)) === 'folder' ? await subfolders(root) : undefined
  if (!below)
    throw new AdzusError({ what: 'evaluate', where: shownPath(root), expected: 'a folder', got: (await pathKind(root)) ?? 'none' })
  if (data !== undefined) {
    const one = await pair(root)
    if (one.images) return new Map([[basename(root), one]])
    const pairs = await Promise.all(below.map(async (name) => [name, await pair(join(root, name))] as const))
    return new Map(pairs.filter(([, { images }]) => images))
  }
  const own = await pair(root)
  if (own.masks) return new Map([[basename(root), { masks: own.masks }]])
  if ((await pictures(root, false)).size > 0) return new Map([[basename(root), { masks: root }]])
  const each = await Promise.all(
    below.map(async (name) => [name, { masks: (await pair(join(root, name))).masks ?? join(root, name) }] as const),
  )
  return new Map(each)
}

async function pair(folder: string): Promise<Folders> {
  const there = async (name: string) => ((await pathKind(join(folder, name))) === 'folder' ? join(folder, name) : undefined)
  return { images: await there(IMAGES), masks: await there(MASKS) }
}

async function subfolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause) => {
    throw new AdzusError(
      { what: 'evaluate', where: shownPath(folder), expected: 'a folder that can be read', got: inWords(cause) },
      { cause },
    )
  })
  const kinds = await Promise.all(entries.map(async ({ name }) => [name, await pathKind(join(folder, name))] as const))
  return kinds.flatMap(([name, kind]) => (kind === 'folder' ? [name] : [])).sort()
}

async function itemsOf(set: string, { images, masks }: Folders, options: SetOptions, several: boolean): Promise<Sets> {
  const truths = await byStem(masks!, options.maps)
  const paths = images === undefined ? truths : await pictures(images, true)
  const predictions = new Map<string, Map<string, string>>()
  for (const [name, folder] of options.predictions)
    predictions.set(name, await byStem(await predictionFolder(folder, set, several), options.maps))
  const items = [...paths].map(([image, path]): Item => {
    const maskPath = truths.get(image)
    return {
      set,
      image,
      imagePath: images === undefined ? undefined : path,
      maskPath,
      predictions: new Map([...predictions].map(([name, files]) => [name, files.get(image)])),
      fault: maskPath === undefined ? noMask(path, masks!, image) : undefined,
    }
  })
  const lonely = [...truths.keys()].filter((stem) => !paths.has(stem)).length
  return { items, notes: lonely > 0 ? [`${set}: ${lonely} of ${MASKS} without a picture are left out`] : [] }
}

/** Below the folder of another program there may be one a set, and in that one called `masks`. */
async function predictionFolder(folder: string, set: string, several: boolean): Promise<string> {
  const own = join(resolve(folder), set)
  if ((await pathKind(own)) === 'folder') return (await pair(own)).masks ?? own
  if ((await pathKind(folder)) !== 'folder' || several)
    throw new AdzusError({ what: 'evaluate', where: several ? shownPath(own) : folder, expected: 'a folder of predictions', got: 'none' })
  return (await pair(folder)).masks ?? resolve(folder)
}

/** Pictures below a folder by their paths without the extension, sorted. */
async function pictures(folder: string, deep: boolean): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (const path of await files(folder, deep)) {
    const name = relative(folder, path).split(sep).join('/')
    const stem = name.slice(0, name.length - extname(name).length)
    // Of `a.png` and `a.jpg` the second keeps its extension, and so must its mask.
    found.set(found.has(stem) ? name : stem, path)
  }
  return found
}

/** The same of masks: what adzus calls a mask stands before another file of that name. */
async function byStem(folder: string, labels: boolean): Promise<Map<string, string>> {
  const found = new Map<string, { path: string; exact: boolean }>()
  for (const path of await files(folder, true)) {
    const name = stemOf(relative(folder, path).split(sep).join('/'), labels)
    if (!name) continue
    const known = found.get(name.stem)
    if (!known || (name.exact && !known.exact)) found.set(name.stem, { path, exact: name.exact })
  }
  return new Map([...found].map(([stem, { path }]) => [stem, path]))
}

async function files(folder: string, deep: boolean): Promise<string[]> {
  const { paths, unreadable } = await walk(deep ? '**/*' : '*', folder)
  for (const [path, cause] of unreadable)
    throw new AdzusError(
      { what: 'evaluate', where: shownPath(path), expected: 'a folder that can be read', got: inWords(cause) },
      { cause },
    )
  return paths.filter(isCalledLikeImage)
}

function noMask(path: string, masks: string, image: string): AdzusError {
  return new AdzusError({ what: 'truth', where: shownPath(path), expected: `a file ${shownPath(join(masks, image))}.*`, got: 'none' })
}

function noSet(name: string, known: readonly string[]): AdzusError {
  const similar = nearest(name, known)
  return new AdzusError({
    what: 'options',
    where: 'sets',
    expected: known.length > 0 ? `some of ${known.join(', ')}` : `folders with ${IMAGES} and ${MASKS}`,
    got: name,
    hint: similar && `Did you mean ${similar}?`,
  })
}
