/**
 * @file `--trace FILE`: a trace (`tensor/trace.ts`) on its way to disk, under a temporary name
 * until it is whole. It is written as it grows; what goes wrong with that is said at the end, since
 * the images matter more.
 */
import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { makeFolder, temporaryBeside } from '#platform'
import type { AdzusError } from '../../errors.ts'
import { type Backend, Trace } from '../../index.ts'
import { realPaths, refuseInput, unwritable } from '../files.ts'

/** Characters that are written at once. */
const PIECE = 2 ** 16

export class TraceFile {
  readonly #path: string
  readonly #temporary: string
  readonly #trace: Trace
  readonly #stop: () => void
  #file: number | undefined
  #text = ''
  #failure: unknown

  private constructor(path: string, temporary: string, file: number, { profile, description }: Backend) {
    this.#path = path
    this.#temporary = temporary
    this.#file = file
    this.#trace = new Trace(description, (text) => this.#add(text))
    this.#stop = profile.listen(this.#trace)
  }

  /**
   * Begins to follow a backend.
   * @param inputs files that a trace must not take the place of
   * @param results files that will be written beside it, and must not take the trace's place
   * @throws AdzusError where the file could not be written
   */
  static async open(path: string, backend: Backend, inputs: readonly string[], results: readonly string[]): Promise<TraceFile> {
    await refuseInput(path, await realPaths(inputs), '--trace')
    if (results.some((result) => resolve(result) === resolve(path))) throw refused(path, 'the name of a result')
    // A device or a pipe would be replaced by a file, not written to.
    const there = await stat(path).catch(() => undefined)
    if (there && !there.isFile()) throw refused(path, there.isDirectory() ? 'a folder' : 'a device or pipe')
    const temporary = temporaryBeside(path)
    try {
      await makeFolder(dirname(path))
      return new TraceFile(path, temporary, openSync(temporary, 'wx'), backend)
    } catch (cause) {
      throw refused(path, cause)
    }
  }

  /** Completes the file and gives it its name. */
  finish(): void {
    this.#stop()
    this.#trace.end()
    this.#flush()
    if (this.#failure === undefined) {
      try {
        this.#close()
        renameSync(this.#temporary, this.#path)
      } catch (cause) {
        this.#failure = cause
      }
    }
    this.discard()
    if (this.#failure !== undefined) throw refused(this.#path, this.#failure)
  }

  /** Leaves nothing behind, unless the file has its name already. */
  discard(): void {
    this.#stop()
    this.#close()
    rmSync(this.#temporary, { force: true })
  }

  #add(text: string): void {
    this.#text += text
    if (this.#text.length >= PIECE) this.#flush()
  }

  #flush(): void {
    const text = this.#text
    this.#text = ''
    if (this.#file === undefined || this.#failure !== undefined) return
    try {
      const bytes = new TextEncoder().encode(text)
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at)
    } catch (cause) {
      this.#failure = cause
    }
  }

  #close(): void {
    const file = this.#file
    this.#file = undefined
    if (file !== undefined) closeSync(file)
  }
}

function refused(path: string, cause: unknown): AdzusError {
  return unwritable(path, cause, 'a file that can be written', '--trace')
}
