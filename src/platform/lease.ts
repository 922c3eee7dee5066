/**
 * @file The right to give files of a folder their names: one process at a time has it.
 *
 * It is a file that only one can create, and lasts for some renames, so milliseconds. One whose
 * process has ended is taken over at once. Of a process elsewhere (another machine or container on
 * a shared disk), or one that hangs, nobody can ask: its lease is taken over when it has stood for
 * as long as no renames take.
 */
import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout } from 'node:timers/promises'
import { hasEnded, ownerOf, takeAway } from './owned.ts'
import { createFile, place } from './temporary.ts'

const NAME = '.adzus.lease'
const POLL = 20
/** Milliseconds that nobody's renames take. */
const LONG = 10_000

/** Does something that no other process does in this folder meanwhile. */
export async function withLease<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const path = join(folder, NAME)
  const mine = `${place()} ${process.pid} ${randomBytes(8).toString('hex')}`
  let seen: string | undefined
  let since = 0
  for (;;) {
    const other = await ownerOf(path)
    if (other === undefined) {
      if (await createFile(path, mine)) break
      continue
    }
    if (other !== seen) {
      seen = other
      since = performance.now()
    }
    if (hasEnded(other) || performance.now() - since > LONG) await takeAway(path, other)
    else await setTimeout(POLL)
  }
  try {
    return await work()
  } finally {
    if ((await ownerOf(path)) === mine) await rm(path, { force: true })
  }
}

/** Removes the lease of a process that has ended. */
export async function sweepLease(folder: string): Promise<void> {
  const path = join(folder, NAME)
  const other = await ownerOf(path)
  if (other !== undefined && hasEnded(other)) await takeAway(path, other)
}
