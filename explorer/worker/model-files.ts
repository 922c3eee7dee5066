/** @file The files of a model, wherever it comes from. */
import { type FetchProgress, type Files, fileFiles, hubFiles } from 'adzus'
import type { OwnSource } from '../engine/calls.ts'

export interface Fetching {
  signal: AbortSignal
  /** Keep what is fetched, so that the next visit needs no network. */
  keep: boolean
  onProgress?(progress: FetchProgress): void
}

export async function modelFiles(source: OwnSource, { signal, keep, onProgress }: Fetching): Promise<Files> {
  if (source.kind === 'hub') return hubFiles(source.id, { signal, keep, onProgress })
  return fileFiles(
    source.files.map(({ path, file }) => ({
      name: file.name,
      size: file.size,
      webkitRelativePath: path,
      slice: (from: number, to: number) => file.slice(from, to),
    })),
  )
}
