/**
 * @file Debug output, printed while a computation runs. Level 1: a line for each stage; 2: also for
 * each kernel (name, op and shapes, time, rates); 3: also the source of what is compiled.
 */
import { isFunction, isWhole, must } from '../arguments.ts'
import { type KernelEvent, type Listener, perSecond, type SourceEvent, type StageEvent } from './profile.ts'

/** How much is printed: stages, also kernels, or also their sources. */
export type DebugLevel = 1 | 2 | 3

/**
 * A listener that prints one line for each event of the level.
 * @throws AdzusError for a level other than 1, 2 and 3
 * @example
 * ```ts
 * const stop = adzus.backend.profile.listen(debugLines(2, console.error))
 * await adzus.segment(image)
 * stop()
 * ```
 */
export function debugLines(level: DebugLevel, print: (line: string) => void): Listener {
  must('level', isWhole(level, 1, 3), '1, 2 or 3', level)
  must('print', isFunction(print), 'a function', print)
  return {
    onStage: (event) => print(stageLine(event)),
    onKernel: level >= 2 ? (event) => print(kernelLine(event)) : undefined,
    onSource: level >= 3 ? (event) => print(sourceLines(event)) : undefined,
  }
}

function stageLine({ name, milliseconds, failed }: StageEvent): string {
  return `[stage] ${name}: ${digits(milliseconds)} ms${failed ? ', failed' : ''}`
}

function kernelLine({ name, label, milliseconds, flops, bytes, waited }: KernelEvent): string {
  const time = `${digits(milliseconds)} ms${waited ? ' with the wait' : ''}`
  return `[kernel] ${name}: ${time}, ${digits(perSecond(flops, milliseconds))} GFLOP/s, ${digits(perSecond(bytes, milliseconds))} GB/s · ${label}`
}

function sourceLines({ name, text }: SourceEvent): string {
  return `[source] ${name}\n${text.trimEnd()}`
}

/** Three significant digits. */
function digits(value: number): string {
  return `${value >= 100 ? Math.round(value) : Number(value.toPrecision(3))}`
}
