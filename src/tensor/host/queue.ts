/**
 * @file The command queue of a CPU backend. Writes, ops, reads and flushes are its commands. They
 * run in order while a caller waits for one of them, and yield to the event loop every few dozen
 * milliseconds, so that progress and abort signals get through. When a command fails, all commands
 * behind it are dropped.
 */
import { macrotask } from '../../macrotask.ts'

/** Milliseconds of work before the queue yields to the event loop. */
const TURN = 50

export interface Command {
  label: () => string
  run: () => void | Promise<void>
  /** Set when the command starts. */
  begun?: boolean
  /**
   * Set if a caller waits for this command: resolved at its end, rejected if it or a command before
   * it fails.
   */
  waiter?: { resolve: () => void; reject: (error: Error) => void }
}

/**
 * How long work may go on before it yields to the event loop. Long commands check it between their
 * parts.
 */
export class YieldBudget {
  #last = performance.now()

  /** Starts a new budget, after the event loop has run. */
  restart(): void {
    this.#last = performance.now()
  }

  get spent(): boolean {
    return performance.now() - this.#last > TURN
  }

  async yield(): Promise<void> {
    await macrotask()
    this.restart()
  }
}

export class Queue {
  readonly yieldBudget = new YieldBudget()
  #commands: Command[] = []
  /** The number of commands in the queue that a caller waits for. */
  #waiting = 0
  /** The run in progress. */
  #running: Promise<void> | undefined
  /** Why commands were dropped that no caller waited for; thrown to the next caller that waits. */
  #failure: Error | undefined

  /** Whether nothing is recorded and nothing runs. */
  get idle(): boolean {
    return this.#commands.length === 0 && !this.#running
  }

  /** Records a command. */
  push(label: () => string, run: () => void | Promise<void>): Command {
    const command = { label, run }
    this.#commands.push(command)
    return command
  }

  /** Takes a command out again. False if it has begun or was dropped. */
  withdraw(command: Command): boolean {
    const at = command.begun ? -1 : this.#commands.lastIndexOf(command)
    if (at >= 0) this.#commands[at] = { label: command.label, run: () => {} }
    return at >= 0
  }

  /** Records a command and runs the queue up to it. */
  wait(label: string, run: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#commands.push({ label: () => label, run, waiter: { resolve, reject } })
      this.#waiting++
      this.#running ??= this.#drain()
    })
  }

  /** Waits for the run in progress and forgets what is recorded behind it. */
  async close(): Promise<void> {
    await this.#running
    this.#commands = []
  }

  /** Runs commands until no caller waits for one. Never rejects: failures go to the waiters. */
  async #drain(): Promise<void> {
    // The caller goes on recording first, as with any other asynchronous device.
    await Promise.resolve()
    this.yieldBudget.restart()
    for (let next = 0; this.#waiting > 0; ) {
      const command = this.#commands[next++]
      command.begun = true
      const { label, run, waiter } = command
      try {
        if (this.#failure) throw this.#failure
        await run()
      } catch (cause) {
        this.#fail(cause === this.#failure ? this.#failure! : describe(label(), cause), next - 1)
        break
      }
      if (waiter) {
        this.#commands.splice(0, next)
        next = 0
        this.#waiting--
        waiter.resolve()
      }
      if (this.yieldBudget.spent) await this.yieldBudget.yield()
    }
    this.#running = undefined
  }

  /**
   * Empties the queue from the failed command on and rejects every waiter there; the commands
   * before it have run.
   */
  #fail(error: Error, failed: number): void {
    const dropped = this.#commands.slice(failed)
    this.#commands = []
    this.#waiting = 0
    for (const { waiter } of dropped) waiter?.reject(error)
    this.#failure = dropped.at(-1)?.waiter ? undefined : error
  }
}

function describe(label: string, cause: unknown): Error {
  return new Error(`cpu: ${label} failed: ${cause instanceof Error ? cause.message : cause}`, { cause })
}
