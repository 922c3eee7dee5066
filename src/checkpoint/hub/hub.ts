/**
 * @file A hub with its cache: what every part of the protocol works on. Nothing is global:
 * environment, network, clock and disk may be given.
 */
import { cacheDisk, environment } from '#platform'
import type { Note } from '../notes.ts'
import { HubCache } from './cache.ts'
import { type Clock, systemClock } from './clock.ts'
import type { Disk } from './disk.ts'
import { Http } from './http.ts'
import type { HubId } from './id.ts'
import type { DownloadProgress } from './meter.ts'
import type { HubOptions } from './options.ts'
import { type HubSettings, hubSettings } from './settings.ts'
import { findToken } from './token.ts'

export interface Hub {
  settings: HubSettings
  disk: Disk
  clock: Clock
  cache: HubCache
  http: Http
  parallel: number
  signal: AbortSignal
  /** Ends everything that is under way with this reason. */
  stop(reason: unknown): void
  onProgress: (progress: DownloadProgress) => void
  onNote: Note
}

const PARALLEL = 4

export async function openHub(options: HubOptions = {}): Promise<Hub> {
  const { disk = cacheDisk(), clock = systemClock, parallel = PARALLEL, onProgress = () => {}, onNote = () => {} } = options
  const stopped = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal as AbortSignal, stopped.signal]) : stopped.signal
  const { variables, home } = environment()
  const settings = hubSettings(options.env ?? variables, home)
  const { endpoint, answerTimeout, stallTimeout } = settings
  const token = () => findToken(disk, settings, options.token)
  const http = new Http({ endpoint, token, fetch: options.fetch ?? fetch, clock, answerTimeout, stallTimeout, signal })
  const stop = (reason: unknown) => stopped.abort(reason)
  return { settings, disk, clock, cache: new HubCache(disk, settings.cache), http, parallel, signal, stop, onProgress, onNote }
}

/** The hub with the cache that an id was read from, where the model lies there; else as it is. */
export async function hubOf(hub: Hub, { repo, cache: root }: HubId): Promise<Hub> {
  if (root === undefined) return hub
  const cache = new HubCache(hub.disk, root)
  if ((await hub.disk.stat(cache.folder(repo)))?.kind !== 'folder') return hub
  return { ...hub, cache, settings: { ...hub.settings, cache: root } }
}
