/** @file What the worker keeps from call to call: the model, and pictures that it has looked at. */
import { type Adzus, type Backend, type BackendKind, openBackend, type View } from 'adzus'
import { Opened } from './opened.ts'

export class Session {
  #model: Adzus | undefined
  readonly #views = new Map<number, View>()
  #looks = 0
  #files = 0
  /** The file that was opened last. */
  opened: Opened | undefined

  /** @throws Error before `load` */
  get model(): Adzus {
    if (!this.#model) throw new Error('no model is loaded')
    return this.#model
  }

  /** A picture that was looked at. @throws Error for one that was given up */
  view(id: number): View {
    const view = this.#views.get(id)
    if (!view) throw new Error(`picture ${id} is not in sight any more`)
    return view
  }

  /** Gives up the model before, with its views. */
  async use(load: () => Promise<Adzus>): Promise<Adzus> {
    await this.keep([])
    await this.#model?.dispose()
    this.#model = undefined
    this.#model = await load()
    return this.#model
  }

  /** Reads a file of a picture; `opened` stays what it is. */
  async open(file: Blob, name: string): Promise<Opened> {
    return Opened.open(++this.#files, file, name)
  }

  /** Works with the model's device, or with one that is opened for it where there is no model. */
  async onDevice<T>(kind: BackendKind, work: (device: Backend) => Promise<T>): Promise<T> {
    if (this.#model) return work(this.#model.backend)
    const device = await openBackend(kind)
    try {
      return await work(device)
    } finally {
      await device.dispose()
    }
  }

  add(view: View): number {
    this.#views.set(++this.#looks, view)
    return this.#looks
  }

  /** Gives up all other views. */
  async keep(ids: readonly number[]): Promise<void> {
    for (const [id, view] of this.#views) {
      if (ids.includes(id)) continue
      this.#views.delete(id)
      await view.dispose()
    }
  }

  /** Whether nothing more can come of this model's device. */
  isLost(error: unknown): boolean {
    return error instanceof Error && /device lost|out of memory|allocation failed|could not allocate/i.test(error.message)
  }
}
