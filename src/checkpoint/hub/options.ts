/** @file How the hub is asked: environment, network, clock and disk may be given. */
import { mustBeNamed, mustBeOptions } from '../../arguments.ts'
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
  /** In a page each file counts by itself: what all of them have is not known before. */
  onProgress?: (progress: DownloadProgress) => void
  /**
   * In a page: keep what is fetched in the Cache API (default: true). Without, large files are read
   * by ranges, so that headers alone can be read.
   */
  keep?: boolean
  /** Told what is odd about what is fetched. */
  onNote?: Note
}

/** Each name once, with nothing left out. */
const NAMES: Record<keyof HubOptions | 'revision', true> = {
  revision: true,
  env: true,
  token: true,
  fetch: true,
  clock: true,
  disk: true,
  parallel: true,
  signal: true,
  onProgress: true,
  keep: true,
  onNote: true,
}

/**
 * Fails where an option has a name that is none.
 * @param where what the options are called
 * @param others names that are options, too
 * @internal
 */
export function checkHubOptions(where: string, options: object, others: readonly string[] = []): void {
  mustBeOptions(where, options)
  mustBeNamed(where, options, [...Object.keys(NAMES), ...others])
}
