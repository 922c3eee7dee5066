/**
 * @file Talking to the hub: one request with its redirects, and which failures are worth another
 * try.
 *
 * A *transient* failure (no connection, a cut or stalled one, 408, 429, 5xx, an expired address) is
 * tried again after a growing wait, or after what the server asks for with `Retry-After`.
 * Everything else is final at once.
 *
 * Redirects are followed here and not by `fetch`, for two reasons: the checksum and size of a large
 * file stand on the redirecting answer, and the token must not go to the host that stores the file.
 */
import { AdzusError, check } from '../../errors.ts'
import { unlessForbidden } from '../../permission.ts'
import { brief, words } from './brief.ts'
import type { Clock } from './clock.ts'
import { refused } from './errors.ts'
import type { HubId } from './id.ts'

/** As many as browsers follow. */
const MAX_REDIRECTS = 20
/** Tries of one thing without progress. */
const MAX_TRIES = 5
/** A try that brought this much does not count as one without progress. */
const PROGRESS = 2 ** 20
const FIRST_WAIT = 1000
const LONGEST_WAIT = 30_000
/** A server that asks for more is asked by the user later. */
const LONGEST_ASKED_WAIT = 300_000
/**
 * Answers about files are text of some megabytes at most; model listings of 10,000 files have about
 * 3.
 */
const MAX_TEXT = 32 * 2 ** 20

/** Something that may go well the next time. */
export class TransientError extends Error {
  override readonly name = 'TransientError'
  /** What the server asked to wait, in ms. */
  readonly wait: number
  /** Bytes that were fetched before. */
  progress = 0

  constructor(message: string, { wait = 0, cause }: { wait?: number; cause?: unknown } = {}) {
    super(message, { cause })
    this.wait = wait
  }
}

/** The server has no bytes from there on: what was fetched before belongs to another file. */
export class RangeRefused extends TransientError {}

export interface HttpOptions {
  endpoint: string
  /** Asked when it is needed first. @throws AdzusError where there is one that cannot be sent */
  token: () => Promise<string | undefined>
  fetch: typeof fetch
  clock: Clock
  answerTimeout: number
  stallTimeout: number
  signal: AbortSignal
}

export class Http {
  readonly #options: HttpOptions
  #token: Promise<string | undefined> | undefined

  constructor(options: HttpOptions) {
    check(/^https?:/.test(options.endpoint) && usable(options.endpoint) !== undefined, () => ({
      what: 'hub',
      where: 'HF_ENDPOINT',
      expected: 'an address such as https://huggingface.co',
      got: brief(options.endpoint),
    }))
    this.#options = options
  }

  /**
   * One try of one request.
   * @param path below the endpoint
   * @returns an answer with status 200 or 206, or a redirect to another host where those are not
   *   followed (`stay`)
   * @throws TransientError, or AdzusError for what another try would not change
   */
  async request(
    path: string,
    subject: HubId,
    { method = 'GET', headers = {}, stay = false }: { method?: string; headers?: Record<string, string>; stay?: boolean } = {},
  ): Promise<Answer> {
    const { endpoint } = this.#options
    this.#token ??= this.#options.token()
    const token = await this.#token
    const home = new URL(endpoint).origin
    const said = new Headers()
    let url = new URL(`${endpoint}${path}`)
    for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
      const answer = await this.#once(url, {
        method,
        headers: {
          // The size and the bytes themselves count, not a compressed form of them.
          'accept-encoding': 'identity',
          ...headers,
          ...(token !== undefined && url.origin === home && { authorization: `Bearer ${token}` }),
        },
      })
      if (url.origin === home) answer.response.headers.forEach((value, name) => void (said.has(name) || said.set(name, value)))
      const next = redirection(answer.response, url)
      if (next === undefined ? isGood(answer.response.status) : stay && next.origin !== home) {
        answer.said = said
        return answer
      }
      await answer.discard()
      if (next === undefined) throw this.#failed(answer.response, url, subject, token !== undefined)
      url = next
    }
    throw badRedirect(new URL(`${endpoint}${path}`), `one more, to ${words(url.origin)}`)
  }

  /** Does something again after transient failures. */
  async retrying<T>(what: string, task: () => Promise<T>): Promise<T> {
    const { clock, signal } = this.#options
    for (let tries = 1; ; tries++) {
      try {
        return await task()
      } catch (error) {
        signal.throwIfAborted()
        if (!(error instanceof TransientError)) throw error
        if (error.progress >= PROGRESS) tries = 1
        if (tries >= MAX_TRIES || error.wait > LONGEST_ASKED_WAIT) throw gaveUp(what, error, tries)
        await clock.sleep(Math.max(error.wait, Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (tries - 1))), signal)
      }
    }
  }

  #failed({ status, headers }: Response, { host, origin }: URL, subject: HubId, hasToken: boolean): Error {
    const { endpoint, clock } = this.#options
    // The addresses that the hub redirects to are valid for a while only; the next try gets a new
    // one.
    const expired = status === 403 && origin !== new URL(endpoint).origin
    if (status === 408 || status === 429 || status >= 500 || expired)
      return new TransientError(`HTTP ${status} from ${words(host)}`, { wait: askedWait(headers.get('retry-after'), clock) })
    if (status === 416) return new RangeRefused(`HTTP 416 from ${words(host)}`)
    return refused(status, headers, subject, { endpoint, host: words(host), hasToken })
  }

  async #once(url: URL, init: RequestInit): Promise<Answer> {
    const { clock, answerTimeout, stallTimeout, signal } = this.#options
    signal.throwIfAborted()
    const stop = new AbortController()
    const signals = AbortSignal.any([signal, stop.signal])
    const late = `no answer from ${words(url.host)} within ${answerTimeout / 1000} s`
    const cancel = clock.after(answerTimeout, () => stop.abort(new TransientError(late)))
    try {
      const response = await this.#options.fetch(url, { ...init, redirect: 'manual', signal: signals })
      return new Answer(response, { clock, stallTimeout, stop, signal })
    } catch (error) {
      signal.throwIfAborted()
      unlessForbidden(error)
      if (isTooLarge(error)) throw unusable(url, 'headers of some kilobytes', 'more', error)
      throw error instanceof TransientError
        ? error
        : new TransientError(`no connection to ${words(url.host)}: ${reason(error)}`, { cause: error })
    } finally {
      cancel()
    }
  }
}

/** A response whose body may stall, break off or be too long. */
export class Answer {
  readonly response: Response
  /** The first values of all headers that the hub itself sent on the way here. */
  said = new Headers()
  readonly #reading: { clock: Clock; stallTimeout: number; stop: AbortController; signal: AbortSignal }

  constructor(response: Response, reading: { clock: Clock; stallTimeout: number; stop: AbortController; signal: AbortSignal }) {
    this.response = response
    this.#reading = reading
  }

  /** The body piece by piece. @throws TransientError where it stalls or breaks off */
  async *pieces(): AsyncGenerator<Uint8Array> {
    const { clock, stallTimeout, stop, signal } = this.#reading
    const reader = this.response.body?.getReader()
    if (!reader) return
    try {
      while (true) {
        const cancel = clock.after(stallTimeout, () => stop.abort(new TransientError(`nothing for ${stallTimeout / 1000} s`)))
        const { done, value } = await reader.read().finally(cancel)
        if (done) return
        yield value
      }
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof TransientError || error instanceof AdzusError) throw error
      throw new TransientError(`a connection that broke off: ${reason(error)}`, { cause: error })
    } finally {
      await this.discard()
    }
  }

  async text(): Promise<string> {
    const decoder = new TextDecoder()
    let text = ''
    for await (const piece of this.pieces()) {
      text += decoder.decode(piece, { stream: true })
      if (text.length > MAX_TEXT)
        throw new AdzusError({ what: 'hub', where: words(this.response.url), expected: `at most ${MAX_TEXT} bytes of JSON`, got: 'more' })
    }
    return text + decoder.decode()
  }

  /** Ends the connection; the rest of the body is not wanted. */
  async discard(): Promise<void> {
    this.#reading.stop.abort()
    await this.response.body?.cancel().catch(() => {})
  }
}

function isGood(status: number): boolean {
  return status === 200 || status === 206
}

/** Where an answer sends us. @throws AdzusError where nobody can go there */
function redirection({ status, headers }: Response, from: URL): URL | undefined {
  const location = headers.get('location')
  if (![301, 302, 303, 307, 308].includes(status) || location === null) return undefined
  const next = usable(location, from)
  if (!next) throw badRedirect(from, `one to ${brief(location)}`)
  return next
}

/** An address that can be asked: over HTTP, and without a password, which `fetch` would refuse. */
function usable(address: string, base?: URL): URL | undefined {
  if (!URL.canParse(address, base)) return undefined
  const url = new URL(address, base)
  return /^https?:$/.test(url.protocol) && url.username === '' && url.password === '' ? url : undefined
}

/** `Retry-After`: seconds, or a date. */
function askedWait(header: string | null, clock: Clock): number {
  if (header === null) return 0
  const seconds = Number(header)
  const wait = Number.isFinite(seconds) ? 1000 * seconds : Date.parse(header) - clock.now()
  return Number.isFinite(wait) ? Math.max(0, wait) : 0
}

function gaveUp(what: string, error: TransientError, tries: number): AdzusError {
  const asked = error.wait > LONGEST_ASKED_WAIT ? ` and a request to wait ${Math.ceil(error.wait / 60_000)} minutes` : ''
  return new AdzusError(
    {
      what: 'hub',
      where: what,
      expected: 'an answer',
      got: `${error.message}${asked} (try ${tries})`,
      hint: 'What was fetched so far is kept: the next pull goes on from there.',
    },
    { cause: error },
  )
}

function badRedirect(from: URL, got: string): AdzusError {
  return unusable(from, `at most ${MAX_REDIRECTS} redirects over HTTP`, got)
}

function unusable(from: URL, expected: string, got: string, cause?: unknown): AdzusError {
  const hint = 'Does HF_ENDPOINT name a Hugging Face hub?'
  return new AdzusError({ what: 'hub', where: words(from.href), expected, got, hint }, { cause })
}

function isTooLarge(error: unknown): boolean {
  return (error as { cause?: { code?: unknown } }).cause?.code === 'UND_ERR_HEADERS_OVERFLOW'
}

/** The words of a network error, which `fetch` hides in its cause. */
function reason(error: unknown): string {
  const { cause } = error as { cause?: unknown }
  const inner = cause instanceof Error ? cause : error
  return words(inner instanceof Error ? inner.message || inner.name : String(inner))
}
