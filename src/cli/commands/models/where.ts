/**
 * @file What the name of a model on the command line stands for: a folder or file, a model under
 * weights/, or one of the hub's cache.
 */
import { stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { openDirectory, openFile, packageRoot } from '#platform'
import type { Files } from '../../../checkpoint/files.ts'
import { words } from '../../../checkpoint/hub/brief.ts'
import { findCached, isCacheFolder } from '../../../checkpoint/hub/files.ts'
import { type Hub, hubOf, openHub } from '../../../checkpoint/hub/hub.ts'
import { type HubId, isHubId, parseHubId } from '../../../checkpoint/hub/id.ts'
import type { HubOptions } from '../../../checkpoint/hub/options.ts'
import { chosenFiles } from '../../../checkpoint/variants.ts'
import { AdzusError } from '../../../errors.ts'
import type { ByteSource } from '../../../source.ts'
import { UsageError } from '../../arguments.ts'

export type Place =
  | { kind: 'folder'; path: string; files: Files }
  | { kind: 'file'; path: string; name: string; open: () => Promise<ByteSource> }

/** The folder for models beside the embedded one. */
export function weightsFolder(): string {
  return join(packageRoot(), 'weights')
}

/**
 * A model of the hub by its id, or by what is pasted instead, and the hub with the cache that this
 * names.
 */
export async function hubModel(text: string, revision?: string, options: HubOptions = {}): Promise<{ hub: Hub; id: HubId }> {
  const hub = await openHub(options)
  const id = parseHubId(text, revision, hub.settings.endpoint)
  return { hub: await hubOf(hub, id), id }
}

/** Opens a model that is on this machine. @throws AdzusError where it is not */
export async function findModel(text: string): Promise<Place> {
  const local = (await isCacheFolder(text)) ? undefined : await localModel(text)
  if (local) return local
  if (!isHubId(text))
    throw new AdzusError({ what: 'models', where: words(text), expected: 'a folder, a file or a model of the hub', got: 'none of them' })
  const { hub, id } = await hubModel(text)
  const { path, choice, missing } = await findCached(hub, id)
  if (!choice)
    throw new AdzusError({
      what: 'models',
      where: words(text),
      expected: `a complete model in ${hub.cache.root}`,
      got: missing ?? 'none',
      hint: `Fetch it: adzus models pull ${words(text)}.`,
    })
  const { file } = id
  const files = chosenFiles(await openDirectory(path), choice)
  return file === undefined
    ? { kind: 'folder', path, files }
    : { kind: 'file', path: `${path}/${file}`, name: file, open: () => files.open(file) }
}

async function localModel(text: string): Promise<Place | undefined> {
  for (const path of [text, join(weightsFolder(), text)]) {
    const info = await stat(path).catch(() => undefined)
    if (info?.isDirectory()) return { kind: 'folder', path, files: await openDirectory(path) }
    if (info) return { kind: 'file', path, name: basename(path), open: () => openFile(path) }
  }
  return undefined
}

/** The only argument of an action. */
export function oneInput(action: string, inputs: string[], expected: string): string {
  if (inputs.length === 1) return inputs[0]
  throw new UsageError({
    what: `models ${action}`,
    expected,
    got: inputs.length === 0 ? 'nothing' : words(inputs.join(' ')),
    hint: `See adzus models ${action} --help.`,
  })
}
