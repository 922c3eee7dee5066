/**
 * @file A model of the hub in a page, which has no disk for the hub's cache: its files are fetched
 * by their addresses and kept in the Cache API.
 */
import type { Files } from '../files.ts'
import { type FetchProgress, urlFiles } from '../url-files.ts'
import type { HubFilesOptions } from './files.ts'
import { parseHubId } from './id.ts'

const ENDPOINT = 'https://huggingface.co'

/** @see hubFiles in `files.ts`; access tokens and progress of the whole are not for pages */
export async function hubFiles(text: string, options: HubFilesOptions = {}): Promise<Files> {
  const { revision, env, signal, keep: cache, onProgress: report } = options
  const endpoint = env?.['HF_ENDPOINT'] ?? ENDPOINT
  const onProgress =
    report && (({ file, done, total }: FetchProgress) => report({ state: 'fetching', file, done, total: total ?? 0, rate: 0 }))
  const id = parseHubId(text, revision, endpoint)
  return urlFiles(`${endpoint}/${id.repo}/resolve/${encodeURIComponent(id.revision)}/${id.file ?? ''}`, { signal, cache, onProgress })
}

/** A page sees no folders. */
export async function isCacheFolder(_path: string): Promise<boolean> {
  return false
}
