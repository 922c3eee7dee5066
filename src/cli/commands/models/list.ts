/**
 * @file `adzus models list`: the embedded model, what lies under weights/, and the Stable Diffusion
 * models of the hub's cache.
 */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { embeddedModel, openAlone, openDirectory, pathKind } from '#platform'
import type { Files } from '../../../checkpoint/files.ts'
import { findCached } from '../../../checkpoint/hub/files.ts'
import { type Hub, openHub } from '../../../checkpoint/hub/hub.ts'
import { showId } from '../../../checkpoint/hub/id.ts'
import { type CachedSnapshot, faultsOf, sizeOf, snapshots } from '../../../checkpoint/hub/scan.ts'
import { familyOf, familyOfFile, inspectFile, inspectParts } from '../../../checkpoint/inspect.ts'
import { chosenFiles, isDiffusers, singleFiles } from '../../../checkpoint/variants.ts'
import { AdzusError } from '../../../errors.ts'
import { fileSize } from '../../../messages.ts'
import { describeExamples, describeOptions, noInputs, type Options, parseArguments } from '../../arguments.ts'
import { table } from '../../format.ts'
import { weightsFolder } from './where.ts'

const OPTIONS: Options = {
  json: { help: 'one JSON object' },
  help: { short: 'h', help: 'this text' },
}

export const HELP = `adzus models list [options]

Lists the embedded model, models under weights/, and the models of the Hugging Face cache that
look like Stable Diffusion, with what --model takes for them.

${describeOptions(OPTIONS)}

${describeExamples(['adzus models list', 'adzus models list --json'])}`

export interface Row {
  /** What --model takes. */
  id: string
  kind: 'embedded' | 'folder' | 'file' | 'hub'
  /** Branch, or the commit where no branch stands for it. */
  revision?: string
  commit?: string
  path: string
  family?: string
  dtypes?: string[]
  bytes: number
  complete: boolean
  /** Why it is not complete, or cannot be read. */
  fault?: string
}

export async function list(args: string[]): Promise<number> {
  const { inputs, switches } = parseArguments('models list', args, OPTIONS)
  noInputs('models list', inputs)
  const hub = await openHub()
  const rows = await knownModels(hub)
  if (switches.json) console.log(JSON.stringify({ cache: hub.cache.root, models: rows }))
  else console.log(`${render(rows)}\n\nHugging Face cache: ${hub.cache.root}`)
  return 0
}

/** Every model on this machine that `--model` would find by name. */
export async function knownModels(hub: Hub): Promise<Row[]> {
  return [...(await local()), ...(await cached(hub))]
}

function render(rows: readonly Row[]): string {
  const head = ['MODEL', 'REVISION', 'FAMILY', 'TYPE', 'SIZE', 'COMPLETE']
  const lines = rows.map((r) => [
    r.id,
    r.revision ?? r.kind,
    r.family ?? '–',
    r.dtypes?.join(' ') ?? '–',
    fileSize(r.bytes),
    r.complete ? 'yes' : `no: ${r.fault}`,
  ])
  return table([head, ...lines])
}

/** The embedded model and its neighbours. */
async function local(): Promise<Row[]> {
  const rows: Row[] = []
  for (const name of (await readdir(weightsFolder()).catch(() => [])).sort()) rows.push(...(await neighbour(name)))
  return rows
}

async function neighbour(name: string): Promise<Row[]> {
  const path = join(weightsFolder(), name)
  if ((await pathKind(path)) === 'folder') {
    const kind = path === embeddedModel() ? ('embedded' as const) : ('folder' as const)
    return orFault({ id: name, kind, path }, async () => {
      const files = await openDirectory(path)
      return isDiffusers(await files.list()) ? [await described({ id: name, kind, path }, files)] : []
    })
  }
  return name.endsWith('.safetensors') ? [await describedFile({ id: name, kind: 'file', path }, await openAlone(path), name)] : []
}

async function cached(hub: Hub): Promise<Row[]> {
  const rows: Row[] = []
  for (const repo of await hub.cache.repos()) {
    const known = { id: repo, kind: 'hub' as const, path: hub.cache.folder(repo) }
    rows.push(...(await orFault(known, () => ofRepo(hub, repo))))
  }
  return rows
}

async function ofRepo(hub: Hub, repo: string): Promise<Row[]> {
  const known = { id: repo, kind: 'hub' as const, path: hub.cache.folder(repo) }
  const rows = (await faultsOf(hub, repo)).map((fault): Row => ({ ...known, bytes: 0, complete: false, fault }))
  for (const snapshot of await snapshots(hub, repo)) {
    const refs = snapshot.refs.length > 0 ? snapshot.refs : [snapshot.commit]
    for (const revision of refs) {
      const { commit, path } = snapshot
      const one = { ...known, id: showId({ repo, revision }), revision, commit, path }
      rows.push(...(await orFault(one, () => ofSnapshot(hub, snapshot, revision))))
    }
  }
  return rows
}

/** What cannot be read is a row of its own and no end of the list. */
async function orFault(known: Known, rows: () => Promise<Row[]>): Promise<Row[]> {
  try {
    return await rows()
  } catch (error) {
    if (!(error instanceof AdzusError)) throw error
    return [{ ...known, bytes: 0, complete: false, fault: error.message }]
  }
}

async function ofSnapshot(hub: Hub, { repo, commit, path, files, fault }: CachedSnapshot, revision: string): Promise<Row[]> {
  const id = (file?: string) => showId({ repo, revision, file })
  const row = { kind: 'hub' as const, revision, commit }
  if (fault !== undefined) return [{ ...row, id: id(), path, bytes: 0, complete: false, fault }]
  const names = [...files.keys()]
  const directory = await openDirectory(path)
  const rows: Row[] = []
  if (isDiffusers(names)) {
    const { choice, missing } = await findCached(hub, { repo, revision: commit })
    const part = { ...row, id: id(), path, bytes: sizeOf(files) }
    if (!choice) rows.push({ ...part, complete: false, fault: missing })
    else rows.push({ ...(await described(part, chosenFiles(directory, choice))), bytes: part.bytes })
  } else {
    const broken = await hub.cache.broken(repo, commit)
    const fault = `${broken.length} files are links that lead nowhere`
    if (isDiffusers(broken)) rows.push({ ...row, id: id(), path, bytes: sizeOf(files), complete: false, fault })
    for (const file of singleFiles(names)) {
      const found = await describedFile({ ...row, id: id(file), path: `${path}/${file}` }, directory, file)
      if (found.family !== undefined || !found.complete) rows.push(found)
    }
  }
  return rows
}

type Known = Pick<Row, 'id' | 'kind' | 'revision' | 'commit' | 'path'>

async function described(known: Known, files: Files): Promise<Row> {
  return readable(known, async () => {
    const parts = await inspectParts(files)
    const unet = parts.find((p) => p.name === 'unet')
    return { family: await familyOf(files), dtypes: unet?.dtypes, bytes: parts.reduce((sum, p) => sum + p.bytes, 0) }
  })
}

async function describedFile(known: Known, files: Files, name: string): Promise<Row> {
  return readable(known, async () => {
    const info = await inspectFile(name, await files.open(name))
    return { family: await familyOfFile(await files.open(name)), dtypes: info.dtypes, bytes: info.bytes }
  })
}

async function readable(known: Known, read: () => Promise<Pick<Row, 'family' | 'dtypes' | 'bytes'>>): Promise<Row> {
  const [row] = await orFault(known, async () => [{ ...known, ...(await read()), complete: true }])
  return row
}
