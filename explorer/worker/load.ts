/** @file Loads a model. */
import { Adzus, fileFiles } from 'adzus'
import type { ModelSource } from '../engine/calls.ts'
import type { Method } from './methods.ts'

/** What `Adzus.load` takes for each source. */
function modelOf(source: ModelSource) {
  if (source.kind === 'files') return fileFiles(source.files)
  return source.kind === 'hub' ? source.id : undefined
}

export const load: Method<'load'> = async ({ source, backend }, { session, onProgress }) => {
  onProgress({ stage: 'load', timings: {} })
  const notes: string[] = []
  const adzus = await session.use(() => Adzus.load(modelOf(source), { backend, cache: true, onNote: (note) => notes.push(note) }))
  const { kind, description } = adzus.backend
  const defaults = adzus.parameters()
  return {
    label: adzus.model,
    backend: kind,
    description,
    threads: threadsOf(description),
    notes,
    defaults,
    knowsWords: knowsWords(adzus),
    layers: [],
  }
}

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
