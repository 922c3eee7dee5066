/**
 * @file Fetching one blob: resumed after a break, checked, and only then given its name.
 *
 * Bytes go to `blobs/ETAG.adzus-….incomplete`, a name that is this call's alone. What an earlier
 * call left behind is taken over by renaming it, so two can never write to one file.
 * (`blobs/ETAG.incomplete` itself is what older Python clients append to; sharing it without their
 * lock would corrupt theirs.)
 *
 * The checksum is computed while bytes come in; after a break of the connection it goes on, after a
 * restart it first reads what is there. Only a file whose size and checksum are right is renamed to
 * `blobs/ETAG`.
 */
import { AdzusError } from '../../errors.ts'
import { brief } from './brief.ts'
import type { Hasher, WritableFile } from './disk.ts'
import { diskError } from './errors.ts'
import { type Answer, RangeRefused, TransientError } from './http.ts'
import type { Hub } from './hub.ts'
import { type RemoteFile, resolvePath, saidEtag } from './listing.ts'
import { withLock } from './lock.ts'
import type { Meter } from './meter.ts'

/** A server that sends wrong bytes so often will go on doing so. */
const MAX_MISMATCHES = 3

export interface Wanted extends RemoteFile {
  repo: string
  commit: string
  file: string
}

/** Makes sure that a blob is in the cache; whether it had to be fetched. */
export async function fetchBlob(hub: Hub, wanted: Wanted, meter: Meter): Promise<boolean> {
  const { repo, etag, file, size } = wanted
  const path = hub.cache.blob(repo, etag)
  const isThere = async () => isFile(await hub.disk.stat(path), size)
  if (await isThere()) {
    meter.found(file, size)
    return false
  }
  try {
    return await withLock(hub, { repo, etag, onWait: () => meter.waiting(file) }, async () => {
      if (await isThere()) {
        meter.found(file, size)
        return false
      }
      await new Download(hub, wanted, meter).run()
      return true
    })
  } catch (error) {
    throw diskError(error, path)
  }
}

/** Whether something is a file of that size. */
export function isFile(info: Awaited<ReturnType<Hub['disk']['stat']>>, size: number): boolean {
  return info?.kind === 'file' && info.size === size
}

/** Whether an etag is a checksum that can be compared. */
export function isChecksum(etag: string): boolean {
  return /^([0-9a-f]{64}|[0-9a-f]{40})$/.test(etag)
}

/**
 * What checks a blob's contents: its etag is the SHA-256, or the SHA-1 of git's header and the
 * contents. Undefined for etags of another kind.
 */
export function blobHasher(hub: Hub, etag: string, size: number): Hasher | undefined {
  if (!isChecksum(etag)) return undefined
  if (etag.length === 64) return hub.disk.hasher('sha256')
  const hasher = hub.disk.hasher('sha1')
  hasher.update(new TextEncoder().encode(`blob ${size}\0`))
  return hasher
}

class Download {
  readonly #hub: Hub
  readonly #wanted: Wanted
  readonly #meter: Meter
  readonly #blob: string
  readonly #partial: string
  #hasher: Hasher | undefined
  /** Bytes that are there and hashed. */
  #at = 0
  #mismatches = 0

  constructor(hub: Hub, wanted: Wanted, meter: Meter) {
    this.#hub = hub
    this.#wanted = wanted
    this.#meter = meter
    this.#blob = hub.cache.blob(wanted.repo, wanted.etag)
    this.#partial = `${this.#blob}.adzus-${crypto.randomUUID().slice(0, 8)}.incomplete`
    this.#hasher = blobHasher(hub, wanted.etag, wanted.size)
  }

  async run(): Promise<void> {
    const { repo, file } = this.#wanted
    await this.#takeOver()
    await this.#hub.http.retrying(`${repo}/${file}`, async () => {
      const before = this.#at
      try {
        await this.#attempt()
      } catch (error) {
        if (error instanceof RangeRefused) this.#restart()
        if (error instanceof TransientError) {
          error.progress = Math.max(0, this.#at - before)
          this.#meter.retrying(file, error.message)
        }
        throw error
      }
    })
  }

  /**
   * Goes on with the longest file that an earlier call left behind; the lock says that nobody
   * writes to it.
   */
  async #takeOver(): Promise<void> {
    const { disk, signal } = this.#hub
    const { etag, size, file } = this.#wanted
    const folder = this.#blob.slice(0, -etag.length - 1)
    // What is no file of its own, as a link, is not gone on with: that would write to another file.
    const left: { path: string; size: number }[] = []
    for (const name of await disk.names(folder))
      if (name.startsWith(`${etag}.adzus-`) && name.endsWith('.incomplete'))
        left.push({ path: `${folder}/${name}`, size: (await disk.own(`${folder}/${name}`)) ?? Number.POSITIVE_INFINITY })
    // Without a checksum nobody knows whether what is there is the beginning of this file.
    const [longest] = left.filter((l) => l.size <= size && this.#hasher !== undefined).sort((a, b) => b.size - a.size)
    for (const found of left) if (found !== longest) await disk.remove(found.path)
    if (!longest) return
    await disk.rename(longest.path, this.#partial)
    for await (const piece of disk.pieces(this.#partial)) {
      signal.throwIfAborted()
      this.#hasher?.update(piece)
      this.#at += piece.length
    }
    if (this.#at > 0) this.#meter.found(file, this.#at)
  }

  async #attempt(): Promise<void> {
    const { disk } = this.#hub
    const { size } = this.#wanted
    const target = await disk.open(this.#partial)
    let finished = false
    try {
      if (this.#at === 0) await target.cut(0)
      if (this.#at < size) await this.#receive(target)
      this.#compare()
      finished = true
      await target.finish()
    } finally {
      if (!finished) await target.close()
    }
    await disk.rename(this.#partial, this.#blob).catch((cause) => {
      // The lock was lost while this process slept, and another one took the file over.
      if (cause.code === 'ENOENT') throw new TransientError('a partial file that another process took over', { cause })
      throw cause
    })
  }

  async #receive(target: WritableFile): Promise<void> {
    const { size, file } = this.#wanted
    const answer = await this.#request()
    for await (const piece of answer.pieces()) {
      if (this.#at + piece.length > size) {
        this.#restart()
        throw this.#mismatch(`more than ${size} bytes`)
      }
      await target.write(this.#at, piece)
      this.#hasher?.update(piece)
      this.#at += piece.length
      this.#meter.fetched(file, piece.length)
    }
    if (this.#at < size) throw new TransientError(`a connection that ended at byte ${this.#at} of ${size}`)
  }

  async #request(): Promise<Answer> {
    const { repo, commit, file, etag, size } = this.#wanted
    const headers: Record<string, string> = this.#at > 0 ? { range: `bytes=${this.#at}-` } : {}
    const answer = await this.#hub.http.request(resolvePath(repo, commit, file), { repo, revision: commit, file }, { headers })
    const said = saidEtag(answer.said)
    if (said !== undefined && said !== etag) {
      await answer.discard()
      throw this.#mismatch(`etag ${brief(said)}`)
    }
    if (answer.response.status === 206) {
      const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(answer.response.headers.get('content-range') ?? '')
      if (Number(range?.[1]) === this.#at && (range?.[2] === '*' || Number(range?.[2]) === size)) return answer
      await answer.discard()
      this.#restart()
      throw this.#mismatch(`the range ${brief(answer.response.headers.get('content-range'))}`)
    }
    // The whole file instead of the rest.
    if (this.#at > 0) this.#restart()
    return answer
  }

  #compare(): void {
    const { etag } = this.#wanted
    const digest = this.#hasher?.digest()
    if (digest === undefined || digest === etag) return
    this.#restart()
    throw this.#mismatch(`checksum ${digest}`)
  }

  /** Forgets what is there. */
  #restart(): void {
    this.#meter.lost(this.#at)
    this.#at = 0
    this.#hasher = blobHasher(this.#hub, this.#wanted.etag, this.#wanted.size)
  }

  #mismatch(got: string): Error {
    const { repo, file, etag, size } = this.#wanted
    if (++this.#mismatches < MAX_MISMATCHES) return new TransientError(`${got} instead of ${etag} (${size} bytes)`)
    return new AdzusError({
      what: 'hub: download',
      where: `${repo}/${file}`,
      expected: `${size} bytes with checksum ${etag}`,
      got: `${got}, ${MAX_MISMATCHES} times`,
      hint: 'Something between here and the hub changes the file (a proxy, a broken mirror): try another network or HF_ENDPOINT.',
    })
  }
}
