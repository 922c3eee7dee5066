/**
 * @file The layout of the bottom of the WebAssembly memory: the words by which threads agree on
 * work, the arguments of the current job, the modules' constants. The heap begins behind.
 */

/** Indices of 32-bit words. */
export const WORD = {
  /**
   * Upper half: the number of the job modulo 2^16; lower half: the next task to take.
   */
  ticket: 0,
  /** Which kernel. */
  kernel: 1,
  /** How many tasks the job has. */
  tasks: 2,
  /** How many of them are done. */
  done: 3,
  /** Grows with each job; idle threads sleep on it. */
  signal: 4,
  /** 1: all threads end. */
  quit: 5,
  /** 1: a task has failed. */
  failed: 6,
  /** Threads that have entered their loop. */
  ready: 7,
} as const

/** How many words `WORD` may name. */
export const CONTROL_WORDS = 16

/** Address of the arguments of the current job. */
export const ARGUMENTS = 64
/** Address of the constants of a module. */
export const CONSTANTS = 1024
/** Address at which the heap begins. */
export const HEAP = 8192

/** A ticket's task while no task can be taken; a job has fewer. */
export const CLOSED = 0xffff

/** Scratch memory of every thread. */
export const SCRATCH_BYTES = 3 * 2 ** 20
