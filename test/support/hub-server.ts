/**
 * @file A hub on this machine: the requests of the Hugging Face hub that a client of models needs, with faults on demand.
 *
 * Two servers: one answers about repositories and redirects large files (LFS) to the other, the *store*, which is another origin, as on the real hub.
 * Small files have git's SHA-1 as etag, large ones their SHA-256.
 */
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What goes wrong with the next answer that sends a file's bytes. */
export type Fault =
  | { kind: 'status'; status: number; retryAfter?: string }
  /** The connection is cut after this many bytes. */
  | { kind: 'cut'; after: number }
  /** Nothing more comes after this many bytes, but the connection stays. */
  | { kind: 'stall'; after: number }
  /** One byte is another one. */
  | { kind: 'wrong byte'; at: number }
  /** The whole file although a range was asked for. */
  | { kind: 'no range' }
  /** More bytes than there should be. */
  | { kind: 'too long' }
  /** Another range than the one that was asked for. */
  | { kind: 'other range' }

export interface Asked {
  method: string
  path: string
  host: 'hub' | 'store'
  token?: string
}

export interface Repository {
  commit: string
  /** All commits of the main branch, the last one first; without them `commit` alone. */
  history?: string[]
  files: Map<string, Buffer>
}

/** Files of this size and more are stored elsewhere. */
const LARGE = 1000

export class HubServer {
  /** By `owner/name`. */
  readonly repos = new Map<string, Repository>()
  /** Faults of a file, used up one an answer. */
  readonly faults = new Map<string, Fault[]>()
  /** Faults of questions about repositories. */
  readonly answerFaults: Fault[] = []
  readonly asked: Asked[] = []
  /** Repositories that want a token. */
  readonly gated = new Map<string, string>()
  /** Whether the listing tells sizes and checksums. */
  blobs = true
  /** Changes the listing before it is sent. */
  edit: (siblings: Record<string, unknown>[]) => unknown = (siblings) => siblings
  /** Answers the next requests in the hub's place, one each; true hands a request on to the hub. */
  readonly answers: ((response: ServerResponse, request: IncomingMessage) => unknown)[] = []
  /** What names the contents of a file; undefined for what the hub would say. */
  etag: (file: string) => string | undefined = () => undefined
  /** Called before a file is sent. */
  onFile: (file: string) => Promise<void> | void = () => {}
  readonly #ranges: [file: string, range: string | undefined][] = []
  readonly #hub: Server
  readonly #store: Server

  private constructor() {
    this.#hub = createServer((request, response) => void this.#answer(request, response))
    this.#store = createServer((request, response) => void this.#send(request, response))
  }

  static async start(): Promise<HubServer> {
    const server = new HubServer()
    for (const s of [server.#hub, server.#store]) await new Promise<void>((resolve) => s.listen(0, '127.0.0.1', resolve))
    return server
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#hub.address() as AddressInfo).port}`
  }

  get storeUrl(): string {
    return `http://127.0.0.1:${(this.#store.address() as AddressInfo).port}`
  }

  /** The ranges that were asked for of the bytes of a file, one a request. */
  ranges(file: string): (string | undefined)[] {
    return this.#ranges.filter(([name]) => name === file).map(([, range]) => range)
  }

  async stop(): Promise<void> {
    for (const s of [this.#hub, this.#store]) {
      s.closeAllConnections()
      await new Promise((resolve) => s.close(resolve))
    }
  }

  #note(request: IncomingMessage, host: 'hub' | 'store'): void {
    const { authorization } = request.headers
    this.asked.push({ method: request.method ?? '', path: request.url ?? '', host, token: authorization?.replace('Bearer ', '') })
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#note(request, 'hub')
    const answer = this.answers.shift()
    if (answer && answer(response, request) !== true) return
    const url = new URL(request.url ?? '', this.url)
    const api = /^\/api\/models\/([^/]+\/[^/]+)(?:\/(revision|tree|commits)\/([^/]+))?$/.exec(url.pathname)
    const resolve = /^\/([^/]+\/[^/]+)\/resolve\/([^/]+)\/(.+)$/.exec(url.pathname)
    const name = api?.[1] ?? resolve?.[1] ?? ''
    const wanted = this.gated.get(name)
    const token = request.headers.authorization?.replace('Bearer ', '')
    if (wanted !== undefined && token === undefined) return refuse(response, 401, 'GatedRepo')
    if (wanted !== undefined && token !== wanted) return refuse(response, 403, 'GatedRepo')
    const repo = this.repos.get(name)
    // As the real hub answers to strangers, who shall not learn what exists.
    if (!repo) return token === undefined ? refuse(response, 401, 'RepoNotFound') : refuse(response, 404, 'RepoNotFound')
    const revision = decodeURIComponent(api?.[3] ?? resolve?.[2] ?? 'main')
    if (revision !== 'main' && revision !== repo.commit && !repo.history?.includes(revision))
      return refuse(response, 404, 'RevisionNotFound')
    if (api?.[2] === 'commits') {
      const page = Number(url.searchParams.get('p'))
      const commits = repo.history ?? [repo.commit]
      return json(
        response,
        commits.slice(2 * page, 2 * page + 2).map((id) => ({ id, title: 'a commit' })),
      )
    }
    if (api) {
      const fault = this.answerFaults.shift()
      if (fault?.kind === 'status') return status(response, fault)
      if (fault?.kind === 'stall') return
      return json(response, api[2] === 'tree' ? this.#tree(repo) : this.#info(name, repo, url.searchParams.has('blobs')))
    }
    const file = decodeURIComponent(resolve?.[3] ?? '')
    const bytes = repo.files.get(file)
    response.setHeader('x-repo-commit', repo.commit)
    if (!bytes) return refuse(response, 404, 'EntryNotFound')
    const etag = this.etag(file) ?? etagOf(bytes)
    if (bytes.length < LARGE) {
      response.setHeader('etag', `W/"${etag}"`)
      return this.#bytes(request, response, file, bytes)
    }
    response.setHeader('x-linked-etag', `"${etag}"`)
    response.setHeader('x-linked-size', bytes.length)
    response.setHeader('etag', `"${gitSha1(Buffer.from(etag))}"`)
    response.writeHead(302, { location: `${this.storeUrl}/${etagOf(bytes)}?${encodeURIComponent(file)}` }).end()
  }

  async #send(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#note(request, 'store')
    const [etag, file] = (request.url ?? '').slice(1).split('?')
    const bytes = [...this.repos.values()].flatMap((r) => [...r.files.values()]).find((b) => b.length >= LARGE && etagOf(b) === etag)
    if (!bytes) return refuse(response, 404, null)
    // A store has etags of its own.
    response.setHeader('etag', '"part-upload-1"')
    return this.#bytes(request, response, decodeURIComponent(file), bytes)
  }

  async #bytes(request: IncomingMessage, response: ServerResponse, file: string, bytes: Buffer): Promise<void> {
    if (request.method === 'HEAD') {
      response.writeHead(200, { 'content-length': bytes.length }).end()
      return
    }
    this.#ranges.push([file, request.headers.range])
    await this.onFile(file)
    const fault = this.faults.get(file)?.shift()
    if (fault?.kind === 'status') return status(response, fault)
    let from = fault?.kind === 'no range' ? 0 : Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
    if (from >= bytes.length && from > 0) {
      response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end()
      return
    }
    if (fault?.kind === 'other range' && from > 0) from--
    let body = Buffer.from(bytes.subarray(from))
    if (fault?.kind === 'wrong byte' && fault.at >= from) body[fault.at - from] ^= 1
    if (fault?.kind === 'too long') body = Buffer.concat([body, Buffer.from('more')])
    response.writeHead(from > 0 ? 206 : 200, {
      'content-length': body.length,
      ...(from > 0 && { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` }),
    })
    if (fault?.kind !== 'cut' && fault?.kind !== 'stall') {
      response.end(body)
      return
    }
    response.write(body.subarray(0, fault.after), () => {
      // Only after the bytes have left: a destroyed socket would drop them.
      if (fault.kind === 'cut') setTimeout(() => response.destroy(), 20)
    })
  }

  #info(name: string, repo: Repository, blobs: boolean) {
    const siblings = [...repo.files].map(([rfilename, bytes]) => ({
      rfilename,
      ...(blobs && this.blobs && { size: bytes.length, ...this.#names(rfilename, bytes) }),
    }))
    return { id: name, modelId: name, sha: repo.commit, private: false, tags: [], downloads: 0, siblings: this.edit(siblings) }
  }

  #names(file: string, bytes: Buffer) {
    const etag = this.etag(file)
    if (etag !== undefined) return { blobId: etag }
    return { blobId: gitSha1(bytes), ...(bytes.length >= LARGE && { lfs: lfs(bytes) }) }
  }

  #tree(repo: Repository) {
    return [...repo.files].map(([path, bytes]) => ({
      type: 'file',
      path,
      size: bytes.length,
      oid: gitSha1(bytes),
      ...(bytes.length >= LARGE && { lfs: { oid: etagOf(bytes), size: bytes.length, pointerSize: 134 } }),
    }))
  }
}

/** What names the contents of a file on the hub. */
export function etagOf(bytes: Buffer): string {
  return bytes.length >= LARGE ? createHash('sha256').update(bytes).digest('hex') : gitSha1(bytes)
}

function lfs(bytes: Buffer) {
  return { sha256: etagOf(bytes), size: bytes.length, pointerSize: 134 }
}

function gitSha1(bytes: Buffer): string {
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex')
}

function json(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}

function refuse(response: ServerResponse, code: number, reason: string | null): void {
  response.writeHead(code, { ...(reason !== null && { 'x-error-code': reason }) }).end('no')
}

function status(response: ServerResponse, { status, retryAfter }: { status: number; retryAfter?: string }): void {
  response.writeHead(status, { ...(retryAfter !== undefined && { 'retry-after': retryAfter }) }).end('later')
}
