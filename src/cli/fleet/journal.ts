/**
 * @file What a task tells of itself, in a file of its own in the output folder: which part it has,
 * what is done, what failed, and whether it still runs. `adzus status` reads them.
 */
import { createHash, randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { createFile, makeFolder, place, readRegular, replaceFile } from '#platform'
import { unwritable } from '../files.ts'
import { inputsFolder, tasksFolder } from './place.ts'
import type { Shard } from './shard.ts'

/** How often a task says that it lives, in milliseconds. */
const BEAT = 30_000
/** Milliseconds between two writes of a task that goes on. */
const SELDOM = 1000
/** Bytes of the longest file of a task, or list of inputs. */
const MOST = 2 ** 28

/** What a run has to do, as all of its tasks see it. */
export interface Planned {
  /** Of its results. */
  name: string
  /** Of its file, as it was found. */
  input: string
}

/** A picture that failed. */
export interface Failure extends Planned {
  error: string
}

/** How a task stands: `stopped` by a signal, `out of time` by its own limit. */
export type TaskState = 'running' | 'ended' | 'stopped' | 'out of time' | 'broken'

/** What a task tells of itself. */
export interface TaskRecord {
  adzus: string
  shard: Shard
  host: string
  /** Where its process number means one process; see `platform/temporary`. */
  place: string
  process: number
  started: string
  updated: string
  state: TaskState
  /** What it has in hand. */
  picture?: string
  /** How many pictures its part has. */
  pictures: number
  /** Done by it, and milliseconds that these took together. */
  done: number
  milliseconds: number
  /** Found done already. */
  before: number
  /** Left to other tasks, which had them in hand. */
  elsewhere: number
  failed: Failure[]
}

export class Journal {
  readonly #path: string
  readonly #record: TaskRecord
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> = Promise.resolve()
  #later: NodeJS.Timeout | undefined
  #last = performance.now()

  private constructor(path: string, record: TaskRecord) {
    this.#path = path
    this.#record = record
  }

  /**
   * Begins a task's journal, and leaves the list of all inputs where no task has done so yet.
   * @throws AdzusError where nothing can be written
   */
  static async begin(output: string, version: string, shard: Shard, all: readonly Planned[], pictures: number): Promise<Journal> {
    const started = new Date().toISOString()
    const id = `${started.replace(/\D/g, '')}-${randomBytes(4).toString('hex')}`
    const record: TaskRecord = {
      adzus: version,
      shard,
      host: hostname(),
      place: place(),
      process: process.pid,
      started,
      updated: started,
      state: 'running',
      pictures,
      done: 0,
      milliseconds: 0,
      before: 0,
      elsewhere: 0,
      failed: [],
    }
    const journal = new Journal(join(tasksFolder(output), `${id}.json`), record)
    try {
      await makeFolder(tasksFolder(output))
      await makeFolder(inputsFolder(output))
      const list = JSON.stringify(all.map(({ name, input }) => ({ name, input })))
      await createFile(join(inputsFolder(output), `${createHash('sha256').update(list).digest('hex')}.json`), list)
      await replaceFile(journal.#path, JSON.stringify(record))
    } catch (cause) {
      throw unwritable(output, cause)
    }
    journal.#timer = setInterval(() => journal.#write(), BEAT).unref()
    return journal
  }

  inHand(picture: string): void {
    this.#record.picture = picture
    this.#changed()
  }

  done(milliseconds: number): void {
    this.#record.done++
    this.#record.milliseconds += milliseconds
    this.#changed()
  }

  before(): void {
    this.#record.before++
    this.#changed()
  }

  elsewhere(): void {
    this.#record.elsewhere++
    this.#changed()
  }

  failed(failure: Failure): void {
    this.#record.failed.push(failure)
    this.#changed()
  }

  async end(state: TaskState): Promise<void> {
    clearInterval(this.#timer)
    clearTimeout(this.#later)
    this.#record.state = state
    delete this.#record.picture
    this.#write()
    await this.#writing
  }

  /** A disk that many tasks share is not troubled more than once a second. */
  #changed(): void {
    const wait = this.#last + SELDOM - performance.now()
    if (wait <= 0) this.#write()
    else this.#later ??= setTimeout(() => this.#write(), wait).unref()
  }

  /** One write follows another. */
  #write(): void {
    clearTimeout(this.#later)
    this.#later = undefined
    this.#last = performance.now()
    this.#record.updated = new Date().toISOString()
    const text = JSON.stringify(this.#record)
    this.#writing = this.#writing.then(() => replaceFile(this.#path, text)).catch(() => {})
  }
}

/** The journals of all tasks, the oldest first. */
export async function readTasks(output: string): Promise<TaskRecord[]> {
  return (await readAll<TaskRecord>(tasksFolder(output))).filter((task) => typeof task?.started === 'string' && Array.isArray(task.failed))
}

/** All inputs that tasks were ever given, by name. */
export async function readPlanned(output: string): Promise<Map<string, Planned>> {
  const planned = new Map<string, Planned>()
  for (const list of await readAll<Planned[]>(inputsFolder(output)))
    for (const { name, input } of Array.isArray(list) ? list : []) planned.set(name, { name, input })
  return planned
}

/** The JSON files of a folder, in the order of their names; one that cannot be read is none. */
async function readAll<T>(folder: string): Promise<T[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.json')).sort()
  const found: T[] = []
  for (const name of names) {
    try {
      found.push(JSON.parse((await readRegular(join(folder, name), MOST)).toString()))
    } catch {
      // It may be half a second old and somewhere on the way between two machines.
    }
  }
  return found
}
