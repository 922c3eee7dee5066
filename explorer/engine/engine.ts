/** @file The page's side of the worker: a promise for each call. */
import type { Answer, Ask, CallName, Failure, Order, Progress, Report } from './calls.ts'

/** A call that did not come to its end. */
export class EngineError extends Error {
  readonly kind: Failure['kind']
  /** The option that is wrong. */
  readonly where: string | undefined

  constructor({ message, kind, where }: Failure) {
    super(message)
    this.kind = kind
    this.where = where
  }
}

export interface CallOptions {
  signal?: AbortSignal
  onProgress?(progress: Progress): void
}

interface Waiting {
  resolve(answer: Answer<CallName>): void
  reject(error: EngineError): void
  onProgress?: CallOptions['onProgress']
}

export class Engine {
  readonly #start: () => Worker
  readonly #waiting = new Map<number, Waiting>()
  #worker: Worker | undefined
  #calls = 0

  /** @param start makes the worker; called again after one was lost */
  constructor(start: () => Worker) {
    this.#start = start
  }

  /**
   * Asks the worker. Calls are answered one after another.
   * @throws EngineError: `stopped` by the signal, `gone` with the worker, else `wrong`
   */
  ask<K extends CallName>(call: K, ask: Ask<K>, { signal, onProgress }: CallOptions = {}): Promise<Answer<K>> {
    const id = this.#calls++
    return new Promise<Answer<K>>((resolve, reject) => {
      if (signal?.aborted) {
        reject(new EngineError({ message: 'stopped', kind: 'stopped' }))
        return
      }
      this.#waiting.set(id, { resolve: resolve as Waiting['resolve'], reject, onProgress })
      signal?.addEventListener('abort', () => this.#post({ id, call: 'stop' }), { once: true })
      this.#post({ id, call, ask } as Order)
    })
  }

  /** Ends the worker at once; calls that are under way fail as `gone`. The next call starts it anew. */
  end(message: string): void {
    this.#worker?.terminate()
    this.#worker = undefined
    for (const { reject } of this.#waiting.values()) reject(new EngineError({ message, kind: 'gone' }))
    this.#waiting.clear()
  }

  #post(order: Order): void {
    this.#worker ??= this.#open()
    this.#worker.postMessage(order)
  }

  #open(): Worker {
    const worker = this.#start()
    worker.onmessage = ({ data }: MessageEvent<Report>) => this.#hear(data)
    worker.onerror = ({ message }) => this.end(message || 'the worker did not start')
    return worker
  }

  #hear(report: Report): void {
    const waiting = this.#waiting.get(report.id)
    if (!waiting) return
    if (report.kind === 'progress') {
      waiting.onProgress?.(report.progress)
      return
    }
    this.#waiting.delete(report.id)
    if (report.kind === 'answer') waiting.resolve(report.answer)
    else waiting.reject(new EngineError(report.failure))
  }
}
