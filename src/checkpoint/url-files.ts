/**
 * @file A model's folder behind an address (HTTP), and files that a person has chosen in a page.
 */

import { isRecord, isString, must, mustBeOptions } from '../arguments.ts'
import { AdzusError, check } from '../errors.ts'
import { unlessForbidden } from '../permission.ts'
import type { Signal } from '../signal.ts'
import { type ByteSource, bytesSource } from '../source.ts'
import { isUrl, type UrlLike } from '../url.ts'
import { Config } from './config.ts'
import { type Files, missing, textOf } from './files.ts'

/** How much of a file has been fetched. */
export interface FetchProgress {
  file: string
  /** Bytes. */
  done: number
  /** Bytes; undefined where the server does not say. */
  total?: number
}

/** How a folder behind a URL is read. */
export interface UrlFilesOptions {
  /**
   * The files of the folder, relative to it (default: `index.json` there, a list of them, or known
   * names).
   */
  files?: readonly string[]
  /** Keep what was fetched in the runtime's Cache API, where it has one (default: true). */
  cache?: boolean
  onProgress?: (progress: FetchProgress) => void
  signal?: Signal
}

/** A `File` of a page. */
export interface FileLike {
  readonly name: string
  readonly size: number
  readonly webkitRelativePath?: string
  slice(from: number, to: number): { arrayBuffer(): Promise<ArrayBuffer> }
}

const CACHE = 'adzus'
/** Files of this size and more are read by ranges where they are not kept. */
const LARGE = 16 * 2 ** 20
/** What the parts of a checkpoint consist of, where a server lists nothing. */
const WEIGHTS = ['config.json', 'diffusion_pytorch_model.safetensors', 'diffusion_pytorch_model.fp16.safetensors']
const TEXT = ['config.json', 'model.safetensors', 'model.fp16.safetensors']
const WORDS = ['vocab.json', 'merges.txt', 'tokenizer_config.json', 'special_tokens_map.json']
const KNOWN: Record<string, readonly string[]> = {
  unet: WEIGHTS,
  vae: WEIGHTS,
  text_encoder: TEXT,
  text_encoder_2: TEXT,
  tokenizer: WORDS,
  tokenizer_2: WORDS,
  scheduler: ['scheduler_config.json'],
}

/**
 * A model's folder in diffusers layout, or a single `.safetensors` file, behind an address. Large
 * files are read by ranges where the server has them, or kept whole in the Cache API.
 * @throws AdzusError where nothing answers there
 * @example
 * const adzus = await Adzus.load(await urlFiles('https://example.org/model/'))
 */
export async function urlFiles(base: string | UrlLike, options: UrlFilesOptions = {}): Promise<Files> {
  must('base', isString(base) || isUrl(base), 'an address', base)
  mustBeOptions('options', options)
  const address = addressOf(base)
  if (address.pathname.endsWith('.safetensors')) {
    const name = decodeURIComponent(address.pathname.replace(/^.*\//, ''))
    return fetchedFiles(address.href, new Map([[name, address.href]]), options)
  }
  if (!address.pathname.endsWith('/')) address.pathname += '/'
  const at = (name: string) => {
    const url = new URL(name.split('/').map(encodeURIComponent).join('/'), address)
    // An address that was signed is signed for what lies below it.
    url.search = address.search
    return url.href
  }
  const names = options.files ?? (await listed(at, options)) ?? (await guessed(at, options))
  return fetchedFiles(address.href, new Map(names.map((name) => [name, at(name)])), options)
}

/**
 * Files that a person has chosen in a page: one `.safetensors` file, or a model's folder (`<input
 * type="file" webkitdirectory>`). Weights are read by slices.
 * @example
 * const adzus = await Adzus.load(fileFiles(input.files))
 */
export function fileFiles(chosen: FileLike | Iterable<FileLike> | ArrayLike<FileLike>): Files {
  const list = isFileLike(chosen) ? [chosen] : Array.from(chosen as ArrayLike<FileLike>)
  must('files', list.length > 0 && list.every(isFileLike), 'a File, or a list of them', chosen)
  const byName = new Map(list.map((file) => [file.webkitRelativePath?.replace(/^[^/]*\//, '') || file.name, file]))
  const open = async (name: string): Promise<ByteSource> => {
    const file = byName.get(name)
    if (!file) throw missing(name)
    return blobSource(name, file)
  }
  const root = list.length === 1 ? list[0].name : list[0].webkitRelativePath?.replace(/\/.*/, '') || 'chosen files'
  return { root, list: async () => [...byName.keys()], open, text: async (name) => textOf(await open(name), name) }
}

/** Files by their addresses; each is fetched when it is opened first. */
export function fetchedFiles(root: string, addresses: ReadonlyMap<string, string>, options: UrlFilesOptions = {}): Files {
  const opened = new Map<string, Promise<ByteSource>>()
  const open = (name: string) => {
    const address = addresses.get(name)
    if (address === undefined) throw missing(`${root} ${name}`)
    const source = opened.get(name) ?? fetchSource(name, address, options)
    opened.set(name, source)
    source.catch(() => opened.delete(name))
    return source
  }
  return {
    root,
    list: async () => [...addresses.keys()],
    open: async (name) => open(name),
    text: async (name) => textOf(await open(name), name),
  }
}

async function fetchSource(name: string, address: string, options: UrlFilesOptions): Promise<ByteSource> {
  const kept = options.cache === false ? undefined : await keptAnswer(address)
  if (kept) return blobSource(name, await kept.blob())
  const answer = await request(address, options)
  const total = Number(answer.headers.get('content-length')) || undefined
  const cache = options.cache === false ? undefined : await openCache()
  const ranges = answer.headers.get('accept-ranges') === 'bytes' && !answer.headers.has('content-encoding')
  if (!cache && ranges && total !== undefined && total >= LARGE) {
    await answer.body?.cancel()
    return rangeSource(name, address, total, options)
  }
  const bytes = await bodyOf(answer, name, total, options)
  // A page whose place is full does without.
  await cache?.put(address, new Response(bytes)).catch(() => {})
  return bytesSource(name, bytes)
}

function rangeSource(name: string, address: string, size: number, options: UrlFilesOptions): ByteSource {
  let done = 0
  return {
    name,
    size,
    async read(offset, length) {
      if (length === 0) return new Uint8Array()
      const answer = await request(address, options, { range: `bytes=${offset}-${offset + length - 1}` })
      const bytes = new Uint8Array(await answer.arrayBuffer())
      // Who does not know ranges sends everything.
      const part = answer.status === 206 ? bytes : bytes.subarray(offset, offset + length)
      check(part.length === length, () => ({
        what: 'read',
        where: address,
        expected: `${length} bytes from byte ${offset} on`,
        got: `${part.length}`,
      }))
      done += length
      options.onProgress?.({ file: name, done: Math.min(done, size), total: size })
      return part
    },
  }
}

function blobSource(name: string, blob: Pick<FileLike, 'size' | 'slice'>): ByteSource {
  const read = async (offset: number, length: number) => new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer())
  return { name, size: blob.size, read }
}

async function bodyOf(answer: Response, file: string, total: number | undefined, { onProgress }: UrlFilesOptions) {
  if (!answer.body || !onProgress) return new Uint8Array(await answer.arrayBuffer())
  const parts: Uint8Array<ArrayBuffer>[] = []
  let done = 0
  const reader = answer.body.getReader()
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    parts.push(piece.value)
    done += piece.value.length
    onProgress({ file, done, total })
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer())
}

async function request(address: string, { signal }: UrlFilesOptions, headers?: Record<string, string>): Promise<Response> {
  const answer = await fetch(address, { signal: signal as AbortSignal | undefined, headers }).catch((cause) => {
    signal?.throwIfAborted()
    unlessForbidden(cause)
    throw failed(address, 'no answer (network, or a server that allows no other origins)', cause)
  })
  if (!answer.ok) throw failed(address, `status ${answer.status}`)
  return answer
}

/** The names in the folder's own list; undefined where it has none. */
async function listed(at: (name: string) => string, options: UrlFilesOptions): Promise<string[] | undefined> {
  const answer = await fetch(at('index.json'), { signal: options.signal as AbortSignal | undefined }).catch(unlessForbidden)
  const names: unknown = answer?.ok ? await answer.json().catch(() => undefined) : await answer?.body?.cancel()
  return Array.isArray(names) && names.every(isString) ? names : undefined
}

/** Which of the names that published models use are there. */
async function guessed(at: (name: string) => string, options: UrlFilesOptions): Promise<string[]> {
  const address = at('model_index.json')
  const index = Config.parse(address, await (await request(address, options)).text())
  const parts = Object.entries(KNOWN).filter(([part]) => index.get(part) !== undefined)
  const names = ['adzus.json', ...parts.flatMap(([part, inside]) => inside.map((name) => `${part}/${name}`))]
  const there = await Promise.all(
    names.map(
      async (name) =>
        (await fetch(at(name), { method: 'HEAD', signal: options.signal as AbortSignal | undefined }).catch(() => undefined))?.ok === true,
    ),
  )
  options.signal?.throwIfAborted()
  return ['model_index.json', ...names.filter((_, i) => there[i])]
}

async function openCache(): Promise<Cache | undefined> {
  return globalThis.caches?.open(CACHE).catch(() => undefined)
}

async function keptAnswer(address: string): Promise<Response | undefined> {
  return (await openCache())?.match(address).catch(() => undefined)
}

function addressOf(base: string | UrlLike): URL {
  try {
    return new URL(isString(base) ? base : base.href, globalThis.location?.href)
  } catch (cause) {
    throw failed(`${base}`, 'no address', cause)
  }
}

function failed(address: string, got: string, cause?: unknown): AdzusError {
  return new AdzusError({ what: 'model', where: address, expected: 'a file that can be fetched', got }, { cause })
}

function isFileLike(value: unknown): value is FileLike {
  return isRecord(value) && isString(value['name']) && typeof value['size'] === 'number' && typeof value['slice'] === 'function'
}
