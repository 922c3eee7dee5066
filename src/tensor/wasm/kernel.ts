/**
 * @file Kernels and jobs. A *kernel* is a function in WebAssembly that computes one *task*, a part
 * of an op's result that no other task writes. A *job* is a kernel with arguments and a number of
 * tasks; threads take tasks one by one until none is left. An op is a list of jobs, each waiting
 * for the one before, and of steps on the host between them.
 *
 * Arguments are written into memory once for all tasks: 32-bit numbers (addresses, lengths, f32),
 * by name.
 */
import { type Body, f32, i32, type Local, type LocalsOf, procedure } from '../../wasm-assembler/index.ts'

/** Every argument is a 32-bit number. */
export type Fields = Readonly<Record<string, 'i32' | 'f32'>>

/** A kernel: its name in the module, its arguments in order, and what computes a task. */
export interface Kernel<F extends Fields = Fields> {
  readonly name: string
  readonly fields: F
  readonly definition: ReturnType<typeof definition>
}

const PARAMETERS = { args: 'i32', task: 'i32', scratch: 'i32' } as const

function definition(name: string, emit: (f: Body, p: LocalsOf<typeof PARAMETERS>) => void) {
  return procedure(name, PARAMETERS, emit)
}

/** Arguments of a kernel's body besides its fields. */
export interface Task {
  /** Which task: 0 … tasks − 1. */
  task: Local<'i32'>
  /** Address of SCRATCH_BYTES that are the thread's own. */
  scratch: Local<'i32'>
}

/** Declares a kernel; `emit` finds its arguments in locals. */
export function kernel<const F extends Fields>(
  name: string,
  fields: F,
  emit: (f: Body, fields: LocalsOf<F>, task: Task) => void,
): Kernel<F> {
  return {
    name,
    fields,
    definition: definition(name, (f, { args, task, scratch }) => {
      const locals = Object.entries(fields).map(([field, type], i) => [
        field,
        type === 'i32' ? f.let(i32.load(args, 4 * i)) : f.let(f32.load(args, 4 * i)),
      ])
      emit(f, Object.fromEntries(locals) as LocalsOf<F>, { task, scratch })
    }),
  }
}

/** A kernel with the values of its arguments, and a number of tasks. */
export interface Job {
  kernel: Kernel
  values: Record<string, number>
  tasks: number
}

/** A job, or a step on the host, which may return a job that turns out to be needed. */
export type Step = Job | (() => void) | (() => Job | undefined)

/** A step as text. */
export function describeStep(step: Step): string {
  if (typeof step === 'function') return 'a step on the host'
  const values = Object.entries(step.values).map(([name, value]) => `${name} ${value}`)
  return `${step.kernel.name}, ${step.tasks} task${step.tasks === 1 ? '' : 's'}: ${values.join(', ')}`
}

/** A job, with a value for each argument of its kernel. */
export function job<F extends Fields>(kernel: Kernel<F>, values: { [K in keyof F]: number }, tasks: number): Job {
  return { kernel: kernel as unknown as Kernel, values, tasks }
}
