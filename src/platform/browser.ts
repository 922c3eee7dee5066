/**
 * @file Browsers: WebGPU is the page's; there are no folders, so weights are handed over as `Files`
 * (see `checkpoint/files.ts`).
 */
import type { Files } from '../checkpoint/files.ts'
import { fetchedFiles, type UrlFilesOptions } from '../checkpoint/url-files.ts'
import { AdzusError } from '../errors.ts'
import type { ByteSource } from '../source.ts'
import type { ThreadSeed } from '../tensor/wasm/worker-loop.ts'
import { ADDRESSES, CLIP_TOKENIZER } from './embedded.ts'

export { type AppCache, appCache } from './page-cache.ts'
export { packageScript, packageWasm } from './page-packages.ts'

/** Milliseconds in which a thread should be there. */
const PATIENCE = 5000

/** The `GPU` object, or undefined in a browser without WebGPU. */
export async function gpu(): Promise<GPU | undefined> {
  return globalThis.navigator?.gpu
}

/** Bytes are inflated by the runtime's `DecompressionStream`. */
export function inflateAtOnce(): undefined {}

/** Only the adapter itself tells. */
export function mayHaveGraphicsCard(): boolean {
  return true
}

/** Waiting for the device costs nothing here. */
export function waitForDevice<T>(work: Promise<T>): Promise<T> {
  return work
}

export async function openDirectory(path: string): Promise<never> {
  throw noFolders(path)
}

/** A page has no folders; hierarchies are fetched. */
export function zarrFolder(path: string): never {
  throw noFolders(path)
}

export async function openFile(path: string): Promise<never> {
  throw noFolders(path)
}

/** A page reads no files by their URLs. */
export async function readFileUrl(address: string): Promise<never> {
  throw new AdzusError({
    what: 'file',
    where: address,
    expected: 'a `File`, or a URL that a page can fetch',
    got: 'a file: URL',
  })
}

/** A page sees no paths. */
export async function pathKind(_path: string): Promise<'folder' | 'file' | undefined> {
  return undefined
}

export function modelPaths(name: string): string[] {
  return [name]
}

export async function openAlone(path: string): Promise<never> {
  throw noFolders(path)
}

export async function neighbours(_path: string): Promise<string[]> {
  return []
}

/**
 * SHA-256 of a source, hexadecimal; the whole source at once, since the browser's digest takes no
 * pieces.
 */
export async function sha256(source: ByteSource): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new Uint8Array(await source.read(0, source.size)))
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** The model that comes with the package, fetched from where the bundler put it. */
export function embeddedModel({ onProgress, signal }: Pick<UrlFilesOptions, 'onProgress' | 'signal'> = {}): Files {
  return fetchedFiles('adzus-tiny', ADDRESSES, { cache: false, onProgress, signal })
}

/** CLIP's tokenizer, which single files do not have. */
export async function clipTokenizer(): Promise<Files> {
  return fetchedFiles('clip-tokenizer', CLIP_TOKENIZER, { cache: false })
}

/** A page has no disk for the Hugging Face cache; its models are handed over as `Files`. */
export function cacheDisk(): never {
  throw noFolders('the Hugging Face cache')
}

/** There is none in a page. */
export function environment(): { variables: Record<string, string | undefined>; home: string } {
  return { variables: {}, home: '' }
}

/** How many threads can run at once; only an isolated page may share memory with them. */
export function cores(): number {
  return globalThis.crossOriginIsolated ? (globalThis.navigator?.hardwareConcurrency ?? 1) : 1
}

/** How many pages a WebAssembly memory may become: as many as there are addresses. */
export function wasmPages(): number {
  return 65536
}

/** A thread that has said that it is there, and has nothing to do yet. */
let waiting: Worker | undefined

function openWorker(): Worker {
  return new Worker(new URL('./browser-thread.js', import.meta.url), { type: 'module' })
}

function faultOf(event: ErrorEvent): string {
  event.preventDefault()
  return event.message || 'browser-thread.js is not where the bundler or the server should have put it'
}

/** Why no thread can start; undefined where one does, which is kept for `startThread`. */
export async function threadFault(): Promise<string | undefined> {
  if (globalThis.crossOriginIsolated === false) return 'the page is not cross-origin isolated (headers COOP and COEP)'
  if (waiting) return undefined
  const worker = openWorker()
  const fault = await new Promise<string | undefined>((resolve) => {
    worker.onmessage = () => resolve(undefined)
    worker.onerror = (event) => resolve(faultOf(event))
    setTimeout(() => resolve('browser-thread.js does not answer'), PATIENCE)
  })
  if (fault === undefined && !waiting) waiting = worker
  else worker.terminate()
  return fault
}

/**
 * Starts a thread that serves until `quit`; one that fails to start never takes a task, and
 * `onFailure` is told. Returns how to end it at once.
 */
export function startThread(seed: ThreadSeed, onFailure: (why: string) => void): () => void {
  const worker = waiting ?? openWorker()
  waiting = undefined
  worker.onerror = (event) => onFailure(faultOf(event))
  worker.postMessage(seed)
  return () => worker.terminate()
}

/** A page cannot switch it on. */
export function allowRelaxedSimd(): void {}

function noFolders(path: string): AdzusError {
  return new AdzusError({
    what: 'model',
    where: path,
    expected: 'a URL, an id of the hub or files, since a page sees no paths',
    got: 'a path',
    hint: 'See urlFiles() and fileFiles().',
  })
}

/** Pages are not told. */
export function totalMemory(): undefined {
  return undefined
}
