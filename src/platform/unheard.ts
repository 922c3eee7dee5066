/**
 * @file Work whose native code writes to standard error by itself, with that closed meanwhile.
 *
 * Dawn prints warnings while it looks for adapters ("… artificially reduced …" for Mesa's drivers),
 * and has no option against it. On Linux the file behind a number can be exchanged: what is opened
 * next gets the lowest free one. So this is done within one turn of the event loop, and only while
 * no other thread of Node's may be opening a file, which would get that number.
 */
import { accessSync, closeSync, constants, openSync } from 'node:fs'
import process from 'node:process'

const STANDARD_ERROR = 2
const NOWHERE = '/dev/null'
/** How many milliseconds are waited for others that are opening files. */
const PATIENCE = 500
/** Requests that Node's threads answer by opening something. */
const OPENING = /^(FS|FileHandle|GetAddrInfo|GetNameInfo|QueryReq)/

/**
 * Starts work; what it writes to standard error before it returns its promise is dropped. Where
 * that cannot be done safely, it is printed: a standard error that is a socket, Bun, other systems.
 */
export async function unheard<T>(work: () => Promise<T>): Promise<T> {
  for (let waited = 0; waited < PATIENCE && othersOpen(); waited++) await new Promise((turn) => setTimeout(turn, 1))
  const heard = othersOpen() ? undefined : closeStandardError()
  try {
    // Not awaited: the drivers are looked for before the promise is there.
    return work()
  } finally {
    heard?.()
  }
}

/** Bun does not tell. */
function othersOpen(): boolean {
  return process.versions.bun !== undefined || process.getActiveResourcesInfo().some((name) => OPENING.test(name))
}

/** Sends standard error nowhere; returns what brings it back. */
function closeStandardError(): (() => void) | undefined {
  if (process.platform !== 'linux') return undefined
  let kept: number
  try {
    accessSync(NOWHERE, constants.W_OK)
    kept = openSync(`/proc/self/fd/${STANDARD_ERROR}`, 'a')
  } catch {
    return undefined
  }
  // A lower number is free where a process was started without a standard stream.
  if (kept < STANDARD_ERROR) {
    closeSync(kept)
    return undefined
  }
  exchange(NOWHERE)
  return () => {
    exchange(`/proc/self/fd/${kept}`)
    closeSync(kept)
  }
}

function exchange(path: string): void {
  closeSync(STANDARD_ERROR)
  openSync(path, 'a')
}
