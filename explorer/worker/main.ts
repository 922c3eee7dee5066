/** @file The network in a thread of its own: orders are obeyed one after another. */
import { AdzusError } from 'adzus'
import type { Answer, CallName, Failure, Order, Report } from '../engine/calls.ts'
import { methods } from './methods.ts'
import { Session } from './session.ts'

const session = new Session()
/** Of calls that are waiting or under way. */
const stops = new Map<number, AbortController>()
let last: Promise<void> = Promise.resolve()

globalThis.onmessage = ({ data }: MessageEvent<Order>) => {
  if (data.call === 'stop') {
    stops.get(data.id)?.abort()
    return
  }
  stops.set(data.id, new AbortController())
  last = last.then(() => obey(data))
}

async function obey(order: Exclude<Order, { call: 'stop' }>): Promise<void> {
  const { id } = order
  const { signal } = stops.get(id)!
  try {
    signal.throwIfAborted()
    const method = methods[order.call] as (ask: unknown, context: unknown) => Promise<Answer<CallName>>
    const onProgress = (progress: Extract<Report, { kind: 'progress' }>['progress']) => tell({ id, kind: 'progress', progress })
    const answer = await method(order.ask, { session, signal, onProgress })
    tell({ id, kind: 'answer', answer }, buffersOf(answer))
  } catch (error) {
    tell({ id, kind: 'failed', failure: failureOf(error, signal) })
  } finally {
    stops.delete(id)
  }
}

function tell(report: Report, transfer: Transferable[] = []): void {
  globalThis.postMessage(report, { transfer })
}

function failureOf(error: unknown, signal: AbortSignal): Failure {
  if (signal.aborted) return { message: 'stopped', kind: 'stopped' }
  const message = error instanceof Error ? error.message : String(error)
  const where = error instanceof AdzusError ? error.failure.where : undefined
  return { message, kind: session.isLost(error) ? 'gone' : 'wrong', where }
}

/** The memory of an answer's arrays, which moves to the page. */
function buffersOf(answer: unknown): ArrayBuffer[] {
  const found = new Set<ArrayBuffer>()
  const search = (value: unknown) => {
    if (ArrayBuffer.isView(value)) {
      if (value.buffer instanceof ArrayBuffer) found.add(value.buffer)
    } else if (Array.isArray(value)) value.forEach(search)
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(search)
  }
  search(answer)
  return [...found]
}
