/** @file Loads a model. */
import { Adzus, type FetchProgress } from 'adzus'
import type { Progress } from '../engine/calls.ts'
import type { Method } from './methods.ts'
import { modelFiles } from './model-files.ts'
import { reasonOf } from './reason.ts'

export const load: Method<'load'> = async ({ source, backend }, { session, signal, onProgress }) => {
  onProgress({ stage: 'load', timings: {} })
  const since = performance.now()
  const notes: string[] = []
  const onNote = (note: string) => notes.push(note)
  const onBytes = bytesOf(onProgress)
  const files = source.kind === 'embedded' ? undefined : await modelFiles(source, { signal, keep: true, onProgress: onBytes })
  const options = { backend, cache: true, signal, onNote, onProgress: onBytes }
  const adzus = await session.use(() => Adzus.load(files, options))
  const { kind, description } = adzus.backend
  onProgress({ stage: 'load', timings: { load: performance.now() - since } })
  return {
    ...{ label: labelOf(adzus.model), backend: kind, description, threads: threadsOf(description), notes },
    ...(await reasonOf(backend, kind)),
    isolated: globalThis.crossOriginIsolated,
    defaults: adzus.parameters(),
    knowsWords: knowsWords(adzus),
  }
}

/** Bytes of all files together. */
function bytesOf(onProgress: (progress: Progress) => void): (progress: FetchProgress) => void {
  const files = new Map<string, { done: number; total: number }>()
  return ({ file, done, total = done }) => {
    // A server that compresses says fewer bytes than come.
    files.set(file, { done, total: Math.max(done, total) })
    const sum = (of: 'done' | 'total') => [...files.values()].reduce((all, one) => all + one[of], 0)
    onProgress({ stage: 'load', timings: {}, fetched: { done: sum('done'), total: sum('total') } })
  }
}

/** A single file that was chosen is its own folder. */
const labelOf = (model: string) => model.replace(/^(.+)\/\1$/, '$1')

/** The description of the CPU backend says how many threads it has. */
function threadsOf(description: string): number {
  return Number(/(\d+) threads/.exec(description)?.[1] ?? 1)
}

function knowsWords(adzus: Adzus): boolean {
  try {
    adzus.parameters({ foreground: { text: 'a cell' } })
    return true
  } catch {
    return false
  }
}
