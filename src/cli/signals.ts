/**
 * @file Signals that ask a process to end: Ctrl-C (SIGINT), a scheduler's or the system's SIGTERM,
 * a closed terminal's SIGHUP. The first lets the work come to a clean end; another one ends the
 * process at once.
 */
import process from 'node:process'
import { setImmediate } from 'node:timers/promises'

/** Why a signal's abort was: its `reason`. */
export class Stopped extends Error {
  override readonly name = 'AbortError'
  readonly by: keyof typeof CODES

  constructor(by: keyof typeof CODES) {
    super(`stopped by ${by}`)
    this.by = by
  }
}

/** Exit codes, as shells give them: 128 and the signal's number. */
const CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const
const NAMES = Object.keys(CODES) as (keyof typeof CODES)[]

/**
 * Does work that a signal may end.
 * @param work is told by an abort; it may end as it likes then, also by throwing
 * @returns its exit code, or the signal's
 */
export async function stoppable(work: (signal: AbortSignal) => Promise<number>): Promise<number> {
  const abort = new AbortController()
  let code: number | undefined
  const stop = (name: keyof typeof CODES) => {
    if (code !== undefined) {
      ignore()
      process.kill(process.pid, name)
      return
    }
    code = CODES[name]
    abort.abort(new Stopped(name))
    // Those that came while the thread was busy are heard first; later ones are the system's, which
    // does not wait for it.
    delivered().then(ignore)
  }
  const ignore = () => {
    for (const name of NAMES) process.off(name, stop)
  }
  for (const name of NAMES) process.on(name, stop)
  try {
    const done = await work(abort.signal)
    await delivered()
    return code ?? done
  } catch (error) {
    if (code === undefined) throw error
    return code
  } finally {
    ignore()
  }
}

/** Signals that came while the thread was busy have been heard of. */
export async function delivered(): Promise<void> {
  // They are delivered between two turns of the event loop.
  await setImmediate()
  await setImmediate()
}
