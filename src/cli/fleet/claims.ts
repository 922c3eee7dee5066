/**
 * @file Who has a picture in hand: tasks that are given the same picture by mistake, a killed and a
 * requeued one for example, do it once.
 *
 * A claim is a file in the output folder with host, process and time. One whose process has ended
 * is taken over at once. Of a process on another machine nobody can ask: its claim is renewed every
 * minute, and one that has not been renewed for five is taken over. Ages are told by the disk that
 * all of them share, whose clock is the same for everybody.
 */
import { createHash, randomBytes } from 'node:crypto'
import { readdir, rm, rmdir, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { createFile, hasEnded, makeFolder, ownerOf, place, replaceFile, takeAway, temporaryBeside, writeBeside } from '#platform'
import { claimsFolder, fleetFolder } from './place.ts'

const RENEWED = 60_000
const STALE = 5 * RENEWED

export class Claims {
  readonly #output: string
  readonly #folder: string
  /** What is in the files of those that are ours, by name of the picture. */
  readonly #held = new Map<string, string>()
  #timer: NodeJS.Timeout | undefined

  /** @param output the folder of the results */
  constructor(output: string) {
    this.#output = output
    this.#folder = claimsFolder(output)
  }

  /** Returns whether the picture is ours now; not where somebody else has it in hand. */
  async take(name: string): Promise<boolean> {
    const path = this.#path(name)
    const mine = `${place()} ${process.pid} ${randomBytes(8).toString('hex')} ${hostname()} ${new Date().toISOString()} ${name}`
    for (;;) {
      const other = await ownerOf(path)
      if (other !== undefined) {
        if (!hasEnded(other) && !(await this.#isStale(path))) return false
        await takeAway(path, other)
      }
      await makeFolder(this.#folder)
      if (!(await createFile(path, mine).catch(unlessGone))) continue
      this.#held.set(name, mine)
      this.#timer ??= setInterval(() => this.#renew(), RENEWED).unref()
      return true
    }
  }

  async release(name: string): Promise<void> {
    const mine = this.#held.get(name)
    if (mine === undefined) return
    this.#held.delete(name)
    const path = this.#path(name)
    if ((await ownerOf(path)) === mine) await rm(path, { force: true })
  }

  /**
   * Gives back what is still held, and removes what killed tasks left of images that are done. The
   * last to go takes the empty folders with it.
   */
  async end(): Promise<void> {
    clearInterval(this.#timer)
    for (const name of [...this.#held.keys()]) await this.release(name)
    for (const path of await claimsIn(this.#folder)) {
      const owner = await ownerOf(path)
      if (owner && (hasEnded(owner) || (await this.#isStale(path)))) await takeAway(path, owner)
    }
    for (const folder of [this.#folder, fleetFolder(this.#output)]) await rmdir(folder).catch(() => {})
  }

  /** A file's time is the disk's, so a claim is as old as it is older than a file made now. */
  async #isStale(path: string): Promise<boolean> {
    const now = await writeBeside(temporaryBeside(path), '').catch(() => undefined)
    if (now === undefined) return false
    try {
      const [claim, made] = await Promise.all([stat(path), stat(now)])
      return made.mtimeMs - claim.mtimeMs > STALE
    } catch {
      return false
    } finally {
      await rm(now, { force: true })
    }
  }

  async #renew(): Promise<void> {
    for (const [name, mine] of this.#held) {
      const path = this.#path(name)
      if ((await ownerOf(path)) === mine) await replaceFile(path, mine).catch(() => {})
    }
  }

  #path(name: string): string {
    return join(this.#folder, `${createHash('sha256').update(name).digest('hex').slice(0, 32)}.claim`)
  }
}

/** A picture that a task has in hand. */
export interface Claim {
  name: string
  host: string
  process: number
  since: string
}

/** What tasks have in hand now; not the claims of processes of this machine that have ended. */
export async function readClaims(output: string): Promise<Claim[]> {
  const owners = await Promise.all((await claimsIn(claimsFolder(output))).map(ownerOf))
  return owners.flatMap((owner) => {
    if (!owner || hasEnded(owner)) return []
    const [, id, , host, since, ...name] = owner.split(' ')
    return [{ name: name.join(' '), host, process: Number(id), since }]
  })
}

async function claimsIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => [])
  return names.filter((name) => name.endsWith('.claim')).map((name) => join(folder, name))
}

/** Another task may have removed the empty folder meanwhile. */
function unlessGone(error: NodeJS.ErrnoException): boolean {
  if (error.code === 'ENOENT') return false
  throw error
}
