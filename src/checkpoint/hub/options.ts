/** @file How the hub is asked: nothing is global; environment, network, clock and disk may be given. */
import type { Signal } from '../../signal.ts'
import type { Note } from '../notes.ts'
import type { Clock } from './clock.ts'
import type { Disk } from './disk.ts'
import type { DownloadProgress } from './meter.ts'
import type { Environment } from './settings.ts'

/** The platform's `fetch`, where its types are known. */
export type Fetch = typeof globalThis extends { fetch: infer F } ? F : (address: string, init?: object) => Promise<unknown>

export interface HubOptions {
  /** Variables such as HF_HOME instead of the process's own. */
  env?: Environment
  /** Goes before HF_TOKEN and the stored token. */
  token?: string
  fetch?: Fetch
  clock?: Clock
  disk?: Disk
  /** Files that are fetched at the same time (default 4). */
  parallel?: number
  signal?: Signal
  onProgress?: (progress: DownloadProgress) => void
  /** Told what is odd about what is fetched. */
  onNote?: Note
}
