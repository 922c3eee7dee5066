/** @file The page's side of the worker: a promise for each order. */
import type { Answer, Order } from './protocol.ts'

type Without<T> = T extends { id: number } ? Omit<T, 'id'> : never

export class Segmenter {
  readonly #worker: Worker
  readonly #waiting = new Map<number, { resolve: (answer: Answer) => void; reject: (error: Error) => void }>()
  #orders = 0

  /** @param worker `worker.ts` as a module: `new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })` */
  constructor(worker: Worker) {
    this.#worker = worker
    worker.onmessage = ({ data }: MessageEvent<Answer>) => {
      const { resolve, reject } = this.#waiting.get(data.id)!
      this.#waiting.delete(data.id)
      if (data.kind === 'failed') reject(new Error(data.message))
      else resolve(data)
    }
    worker.onerror = ({ message }) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(message || 'the worker did not start'))
      this.#waiting.clear()
    }
  }

  /** Looks at a picture: PNG or JPEG. */
  async open(picture: Blob): Promise<{ width: number; height: number; backend: string }> {
    return (await this.#ask({ kind: 'open', picture })) as Extract<Answer, { kind: 'opened' }>
  }

  /** The mask of the segment at a pixel: 255 inside, else 0. */
  async click(x: number, y: number): Promise<Uint8Array<ArrayBuffer>> {
    return ((await this.#ask({ kind: 'click', x, y })) as Extract<Answer, { kind: 'mask' }>).mask
  }

  /** Gives the memory back and ends the worker. */
  async close(): Promise<void> {
    await this.#ask({ kind: 'close' })
    this.#worker.terminate()
  }

  #ask(order: Without<Order>): Promise<Answer> {
    const id = this.#orders++
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#worker.postMessage({ ...order, id })
    })
  }
}
