/**
 * @file Folders and files on a disk, through Node's file API (Deno has it as well). Files are read
 * by range.
 */
import { createHash } from 'node:crypto'
import { type Dirent, existsSync } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { totalmem } from 'node:os'
import { basename, dirname, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Files, missing, textOf } from '../checkpoint/files.ts'
import { AdzusError } from '../errors.ts'
import { permissionError, unlessForbidden } from '../permission.ts'
import type { ByteSource } from '../source.ts'
import { appCache } from './app-cache.ts'
import { kindOf, openRegular } from './regular.ts'

/** Bytes of one read call; some systems refuse 2 GiB and more. */
const MAX_READ = 256 * 2 ** 20
/** Files of this size and more have their hash remembered: reading them takes seconds. */
const REMEMBERED = 64 * 2 ** 20
const HASH_PIECE = 16 * 2 ** 20
/** Deeper or larger trees are no model. */
const MAX_DEPTH = 16
const MAX_FILES = 100_000

/** @throws AdzusError where there is none, or it is a folder, pipe, socket or device */
export async function openFile(path: string): Promise<ByteSource> {
  const { handle, info } = await openRegular(path).catch((cause) => {
    throw unreadable(path, cause)
  })
  const { size, mtimeMs, ino, dev } = info
  return {
    name: path,
    size,
    identity: `${dev} ${ino} ${size} ${mtimeMs}`,
    async read(offset, length) {
      const bytes = new Uint8Array(length)
      for (let at = 0; at < length; ) {
        const { bytesRead } = await handle.read(bytes, at, Math.min(MAX_READ, length - at), offset + at)
        if (bytesRead === 0)
          throw new AdzusError({
            what: 'read',
            where: path,
            expected: `${length} bytes from byte ${offset} on`,
            got: `${at}`,
            hint: 'Did the file change?',
          })
        at += bytesRead
      }
      return bytes
    },
    close: () => handle.close(),
  }
}

/** The bytes of a `file:` URL. @throws AdzusError where it leads to no file that can be read */
export async function readFileUrl(address: string): Promise<Uint8Array> {
  const source = await openFile(pathOf(address))
  try {
    return await source.read(0, source.size)
  } finally {
    await source.close?.()
  }
}

function pathOf(address: string): string {
  try {
    return fileURLToPath(address)
  } catch (cause) {
    throw new AdzusError({ what: 'file', where: address, expected: 'the URL of a file', got: 'another' }, { cause })
  }
}

export async function openDirectory(path: string): Promise<Files> {
  const info = await stat(path).catch(unlessForbidden)
  if (!info?.isDirectory())
    throw new AdzusError({
      what: 'model',
      where: path,
      expected: 'a folder in diffusers layout',
      got: info ? kindOf(info) : 'nothing there',
      hint: 'The embedded model is weights/adzus-tiny.',
    })
  let listing: Promise<string[]> | undefined
  return {
    root: path,
    list: () => (listing ??= walk(path)),
    text: (name) => readText(join(path, name)),
    open: (name) => openFile(join(path, name)),
  }
}

/** What lies at a path, or where a link leads. */
export async function pathKind(path: string): Promise<'folder' | 'file' | undefined> {
  const info = await stat(path).catch(unlessForbidden)
  return info && (info.isDirectory() ? 'folder' : 'file')
}

/** A file as the only one of its folder. */
export async function openAlone(path: string): Promise<Files> {
  const name = basename(path)
  const inside = (asked: string) => {
    if (asked !== name) throw missing(join(dirname(path), asked))
    return path
  }
  return {
    root: dirname(path),
    list: async () => [name],
    text: async (asked) => readText(inside(asked)),
    open: async (asked) => openFile(inside(asked)),
  }
}

/** Paths of what lies in the folder that a path leads into, written as the path is. */
export async function neighbours(path: string): Promise<string[]> {
  const folder = path.slice(0, path.length - basename(path).length)
  return ((await readdir(folder || '.').catch(unlessForbidden)) ?? []).map((name) => folder + name)
}

/**
 * SHA-256 of a source, hexadecimal, read piece by piece. That of a large file is remembered as long
 * as the file stays as it is.
 */
export async function sha256(source: ByteSource): Promise<string> {
  const cache = source.identity !== undefined && source.size >= REMEMBERED ? appCache() : undefined
  const name = `sha256 ${source.identity}`
  const known = await cache?.get(name)
  if (known?.length === 64) return new TextDecoder().decode(known)
  const digest = await digestOf(source)
  await cache?.put(name, new TextEncoder().encode(digest))
  return digest
}

async function digestOf(source: ByteSource): Promise<string> {
  const hash = createHash('sha256')
  for (let at = 0; at < source.size; at += HASH_PIECE) hash.update(await source.read(at, Math.min(HASH_PIECE, source.size - at)))
  return hash.digest('hex')
}

/**
 * The package's folder, which lies above this file wherever that was built to; where this file is
 * part of a bundle, the folder of the installed package.
 */
export function packageRoot(): string {
  const own = rootAbove(fileURLToPath(import.meta.url))
  if (existsSync(join(own, 'weights', 'adzus-tiny'))) return own
  try {
    return rootAbove(createRequire(import.meta.url).resolve('adzus'))
  } catch {
    return own
  }
}

function rootAbove(file: string): string {
  let folder = dirname(file)
  while (!existsSync(join(folder, 'package.json')) && dirname(folder) !== folder) folder = dirname(folder)
  return folder
}

/**
 * Where a model of that name may lie: at the path, or among those in the package's folder, which
 * `adzus models list` shows.
 */
export function modelPaths(name: string): string[] {
  return /^[\w.-]+$/.test(name) ? [name, join(packageRoot(), 'weights', name)] : [name]
}

/**
 * The model that comes with the package.
 * @param _fetching for pages, which have to fetch it
 */
export function embeddedModel(_fetching?: object): string {
  return join(packageRoot(), 'weights', 'adzus-tiny')
}

/** CLIP's tokenizer, which single files do not have. */
export function clipTokenizer(): Promise<Files> {
  return openDirectory(join(packageRoot(), 'weights', 'clip-tokenizer'))
}

async function readText(path: string): Promise<string> {
  const source = await openFile(path)
  try {
    return await textOf(source, path)
  } finally {
    await source.close?.()
  }
}

function unreadable(path: string, cause: unknown): AdzusError {
  return cause instanceof AdzusError ? cause : (permissionError(cause) ?? missing(path, cause))
}

/**
 * All files below a folder, by path. A folder that is a link (a VAE that several models share) is
 * looked into and no further, so that links which lead back up, or into a large tree, end there.
 * What is neither file nor folder is listed, so that opening it says what it is.
 */
async function walk(root: string): Promise<string[]> {
  const found: string[] = []
  const visit = async (prefix: string, depth: number, follow: boolean): Promise<void> => {
    const folder = join(root, prefix.replace(/\/$/, ''))
    for (const entry of await entriesOf(folder)) {
      const name = `${prefix}${entry.name}`
      const isLink = entry.isSymbolicLink() && (await stat(join(root, name)).catch(() => undefined))?.isDirectory()
      if (isLink) {
        if (follow && !(await leadsUp(join(root, name), folder))) await visit(`${name}/`, depth + 1, false)
      } else if (!entry.isDirectory()) found.push(name)
      else if (follow && depth < MAX_DEPTH) await visit(`${name}/`, depth + 1, true)
      if (found.length > MAX_FILES) throw tooMany(root)
    }
  }
  await visit('', 0, true)
  return found.sort()
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  return readdir(folder, { withFileTypes: true }).catch((cause) => {
    unlessForbidden(cause)
    throw new AdzusError({ what: 'model', where: folder, expected: 'a folder that can be read', got: cause.code ?? `${cause}` }, { cause })
  })
}

/** Whether a link leads to a folder that it lies in. */
async function leadsUp(link: string, folder: string): Promise<boolean> {
  const [end, from] = [await realpath(link), await realpath(folder)]
  return from === end || from.startsWith(end.endsWith(sep) ? end : `${end}${sep}`)
}

function tooMany(folder: string): AdzusError {
  return new AdzusError({ what: 'model', where: folder, expected: `the folder of a model (at most ${MAX_FILES} files)`, got: 'more' })
}

/** Bytes of the machine's main memory. */
export function totalMemory(): number | undefined {
  return totalmem()
}
