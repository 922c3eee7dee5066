/**
 * @file A trace that Perfetto (ui.perfetto.dev) and chrome://tracing open: JSON in the trace-event
 * format, kernels on one track, stages on another, and on a third what is done for other pictures
 * meanwhile. Stages that overlap without one lying within the other get a further track each, since
 * a track's events must nest. Times are microseconds since the process began.
 *
 * Kernels are written as they come, a line each, so that a long run takes no memory.
 */
import { isFunction, isString, must } from '../arguments.ts'
import { type KernelEvent, type Listener, perSecond, type Span, type StageEvent } from './profile.ts'

const PROCESS = 1
const KERNELS = 1
const FIRST_STAGES = 2
/** Sorts behind any number of stage tracks. */
const LAST = 1000

interface TraceEvent {
  name: string
  ph: 'X' | 'M'
  pid: number
  tid: number
  ts?: number
  dur?: number
  cat?: string
  args: Record<string, unknown>
}

/**
 * Writes a trace piece by piece.
 * @example
 * ```ts
 * const pieces: string[] = []
 * const trace = new Trace(adzus.backend.description, (text) => pieces.push(text))
 * const stop = adzus.backend.profile.listen(trace)
 * await adzus.segment(image)
 * stop()
 * trace.end()
 * await writeFile('trace.json', pieces.join(''))
 * ```
 */
export class Trace implements Listener {
  readonly #write: (text: string) => void
  readonly #stages: StageEvent[] = []

  /** @param device what the kernels ran on */
  constructor(device: string, write: (text: string) => void) {
    must('device', isString(device), 'a text', device)
    must('write', isFunction(write), 'a function', write)
    this.#write = write
    write(`{"displayTimeUnit":"ms","traceEvents":[\n${JSON.stringify(about('process_name', KERNELS, { name: 'adzus' }))}`)
    this.#name(KERNELS, `kernels: ${device}`)
  }

  readonly onKernel = ({ name, label, flops, bytes, waited, ...span }: KernelEvent): void => {
    const { milliseconds } = span
    const args = {
      shape: label,
      'GFLOP/s': round(perSecond(flops, milliseconds)),
      'GB/s': round(perSecond(bytes, milliseconds)),
      flops: Math.round(flops),
      bytes: Math.round(bytes),
    }
    this.#event({ name, ph: 'X', pid: PROCESS, tid: KERNELS, ...micro(span), cat: 'kernel', args: waited ? { ...args, waited } : args })
  }

  readonly onStage = (event: StageEvent): void => void this.#stages.push(event)

  /** Writes the stages and ends the text; nothing may be told to it afterwards. */
  end(): void {
    let tid = FIRST_STAGES
    for (const [title, beside] of [
      ['stages', false],
      ['beside', true],
    ] as const)
      for (const [i, stages] of tracks(this.#stages.filter((s) => s.beside === beside)).entries()) {
        this.#name(tid, i === 0 ? title : `${title} ${i + 1}`)
        for (const { name, failed, start, milliseconds } of stages)
          this.#event({ name, ph: 'X', pid: PROCESS, tid, ...micro({ start, milliseconds }), cat: 'stage', args: failed ? { failed } : {} })
        tid++
      }
    this.#write('\n]}\n')
  }

  /** Stages stand above kernels. */
  #name(tid: number, name: string): void {
    this.#event(about('thread_name', tid, { name }))
    this.#event(about('thread_sort_index', tid, { sort_index: tid === KERNELS ? LAST : tid }))
  }

  #event(event: TraceEvent): void {
    this.#write(`,\n${JSON.stringify(event)}`)
  }
}

/** An event about a track or the process. */
function about(name: string, tid: number, args: Record<string, unknown>): TraceEvent {
  return { name, ph: 'M', pid: PROCESS, tid, args }
}

/**
 * Distributes spans to as few tracks as a simple search finds, so that two of a track are apart or
 * one within the other.
 */
export function tracks<T extends Span>(spans: readonly T[]): T[][] {
  const end = ({ start, milliseconds }: Span) => start + milliseconds
  const sorted = [...spans].sort((a, b) => a.start - b.start || b.milliseconds - a.milliseconds)
  const found: { spans: T[]; open: number[] }[] = []
  for (const span of sorted) {
    // Only spans of the track that have not ended count.
    for (const { open } of found) while (open.length > 0 && open.at(-1)! <= span.start) open.pop()
    let track = found.find(({ open }) => open.length === 0 || open.at(-1)! >= end(span))
    if (!track) {
      track = { spans: [], open: [] }
      found.push(track)
    }
    track.spans.push(span)
    track.open.push(end(span))
  }
  return found.map((track) => track.spans)
}

/** Whole nanoseconds; the length follows from the rounded ends, so that what nests still does. */
function micro({ start, milliseconds }: Span): { ts: number; dur: number } {
  const ts = round(1000 * start)
  return { ts, dur: round(round(1000 * (start + milliseconds)) - ts) }
}

function round(value: number): number {
  return Number(value.toFixed(3))
}
