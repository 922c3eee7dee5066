/**
 * @file How threads share the tasks of a job. They communicate only by a few words at the bottom of
 * the memory (`layout.ts`).
 *
 * A free thread takes the *ticket*: a compare-and-exchange that moves it on to the next task. The
 * ticket also holds the job's number, so that a thread that read the words of one job cannot take a
 * task of another. While the words of a new job are written the ticket is closed.
 */
import { ARGUMENTS, CONTROL_WORDS, WORD } from './layout.ts'

/** Data that a thread starts with; it can be posted to a worker. */
export interface ThreadSeed {
  module: WebAssembly.Module
  memory: WebAssembly.Memory
  kernels: readonly string[]
  /** Address of the thread's scratch memory. */
  scratch: number
}

/** A kernel of an instance: computes one task with the arguments at an address. */
export type Call = (args: number, task: number, scratch: number) => void

/**
 * How often to look for a new job before going to sleep: jobs often follow one another within
 * microseconds, and waking takes longer.
 */
const SPINS = 3000

/** The words by which threads agree (`WORD`), as a view of a memory. */
export function controlWords(memory: WebAssembly.Memory): Int32Array {
  return new Int32Array(memory.buffer, 0, CONTROL_WORDS)
}

/** The kernels of a new instance, in order. */
export function instantiate({ module, memory, kernels }: ThreadSeed): Call[] {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } })
  return kernels.map((name) => exports[name] as Call)
}

/** Takes one task of the current job and computes it; false where none is left. */
export function takeTask(words: Int32Array, calls: readonly Call[], scratch: number): boolean {
  for (;;) {
    const ticket = Atomics.load(words, WORD.ticket)
    const task = ticket & 0xffff
    const tasks = Atomics.load(words, WORD.tasks)
    const call = calls[Atomics.load(words, WORD.kernel)]
    if (task >= tasks) return false
    if (Atomics.compareExchange(words, WORD.ticket, ticket, ticket + 1) !== ticket) continue
    try {
      call(ARGUMENTS, task, scratch)
    } catch {
      Atomics.store(words, WORD.failed, 1)
    }
    if (Atomics.add(words, WORD.done, 1) + 1 === tasks) Atomics.notify(words, WORD.done)
    return true
  }
}

/** The loop of a worker thread: takes tasks, sleeps while there are none, returns on `quit`. */
export function workerLoop(seed: ThreadSeed): void {
  const words = controlWords(seed.memory)
  const calls = instantiate(seed)
  Atomics.add(words, WORD.ready, 1)
  while (Atomics.load(words, WORD.quit) === 0) {
    const signal = Atomics.load(words, WORD.signal)
    while (takeTask(words, calls, seed.scratch));
    for (let i = 0; i < SPINS && Atomics.load(words, WORD.signal) === signal; i++);
    Atomics.wait(words, WORD.signal, signal)
  }
}
