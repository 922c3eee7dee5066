/**
 * @file A model of the hub as a folder of files: from the cache where it is complete, otherwise
 * pulled first.
 *
 * The cache is asked first and alone: a branch stands for the commit of the last pull until the
 * next `adzus models pull`. A cached model in another precision than `auto` or `f16` would choose
 * is good enough and not fetched again; for `f32` the plain weights are fetched unless the network
 * is forbidden.
 */
import { openDirectory, pathKind } from '#platform'
import { isString, must } from '../../arguments.ts'
import { AdzusError } from '../../errors.ts'
import { Config } from '../config.ts'
import type { Files } from '../files.ts'
import { type Choice, chooseFiles, chosenFiles, isDiffusers, type Wish } from '../variants.ts'
import { notCached } from './errors.ts'
import { type Hub, hubOf, openHub } from './hub.ts'
import { type HubId, parseHubId } from './id.ts'
import { checkHubOptions, type HubOptions } from './options.ts'
import { cacheFolder } from './pasted.ts'
import { pull } from './pull.ts'

/** Which files of a model on the hub, and how they are fetched. */
export interface HubFilesOptions extends HubOptions, Wish {
  /** Branch, tag or commit; goes before the one in the id. */
  revision?: string
}

/**
 * The files of a model on the Hugging Face hub.
 * @param text `owner/name`, `owner/name@revision`, or `owner/name/file.safetensors` for a single
 *   file, which is then the only one listed; or what is pasted instead: an address of the hub, a
 *   folder of a cache
 * @returns a view of the snapshot that shows the needed files alone; a chosen variant stands under
 *   its plain name
 * @throws AdzusError where it is neither cached nor to be had
 * @example
 * const adzus = await Adzus.load(await hubFiles('owner/name@main'))
 */
export async function hubFiles(text: string, settings: HubFilesOptions = {}): Promise<Files> {
  must('model', isString(text), 'an id of the hub (owner/name)', text)
  checkHubOptions('options', settings, ['dtype', 'variant', 'partial'])
  const { revision, dtype, variant, ...options } = settings
  const any = await openHub(options)
  const id = parseHubId(text, revision, any.settings.endpoint)
  const hub = await hubOf(any, id)
  const wish = { dtype, variant }
  const found = await findCached(hub, id, wish)
  const { offline } = hub.settings
  if (found.choice) {
    const compromise = dtype === 'f32' && variant === undefined && found.choice.plain.size > 0
    if (!compromise || offline !== undefined) return view(found.path, found.choice)
  }
  if (offline !== undefined) throw notCached(id, found.missing ?? 'nothing', hub.settings.cache, offline)
  const { path, choice } = await pull(hub, id, wish)
  return view(path, choice)
}

/**
 * Whether a path is that of a model's folder in a cache: its files are not there but in snapshots,
 * and it is opened as a model of the hub.
 */
export async function isCacheFolder(path: string): Promise<boolean> {
  const folder = cacheFolder(path)
  return folder !== undefined && (await pathKind(`${folder}/snapshots`)) === 'folder'
}

async function view(path: string, choice: Choice): Promise<Files> {
  return chosenFiles(await openDirectory(path), choice)
}

/**
 * What the cache has of a model: the choice of files if they are all there, else what is missing.
 * @internal
 */
export async function findCached(
  hub: Hub,
  { repo, revision, file }: HubId,
  wish: Wish = {},
): Promise<{ path: string; choice?: Choice; missing?: string }> {
  const { cache } = hub
  const commit = await cache.commit(repo, revision)
  if (commit === undefined) {
    const damaged = (await hub.disk.stat(`${cache.folder(repo)}/refs/${revision}`)) !== undefined
    return { path: cache.folder(repo), missing: damaged ? `a damaged refs/${revision}` : `no revision ${revision}` }
  }
  const path = cache.snapshot(repo, commit)
  const names = [...(await cache.files(repo, commit)).keys()]
  if (file !== undefined) {
    if (names.includes(file)) return { path, choice: { files: [file], plain: new Map() } }
    const absent = await cache.isAbsent(repo, commit, file)
    return { path, missing: absent ? `a note that commit ${commit} has no such file` : 'no such file' }
  }
  if (!isDiffusers(names)) return { path, missing: names.length === 0 ? 'nothing' : 'no model_index.json' }
  try {
    const index = names.includes('model_index.json')
      ? Config.parse(`${path}/model_index.json`, (await hub.disk.text(`${path}/model_index.json`)) ?? '')
      : undefined
    return { path, choice: chooseFiles(names, path, wish, index) }
  } catch (error) {
    if (!(error instanceof AdzusError)) throw error
    return { path, missing: error.message }
  }
}
