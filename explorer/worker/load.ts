/** @file Loads a model. */
import { Adzus } from 'adzus'
import type { Method } from './methods.ts'
import { modelFiles } from './model-files.ts'

export const load: Method<'load'> = async ({ source, backend }, { session, signal, onProgress }) => {
  onProgress({ stage: 'load', timings: {} })
  const notes: string[] = []
  const told = (done: number, total: number) => onProgress({ stage: 'load', timings: {}, fraction: total > 0 ? done / total : undefined })
  const files = source.kind === 'embedded' ? undefined : await modelFiles(source, { signal, keep: true, onProgress: told })
  const adzus = await session.use(() => Adzus.load(files, { backend, cache: true, signal, onNote: (note) => notes.push(note) }))
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
