/**
 * @file What files a repository has at a revision, with size and etag.
 *
 * `GET /api/models/{repo}/revision/{revision}?blobs=true` answers for all files at once. A hub that leaves size or checksum out (some mirrors do) is asked for
 * each needed file by `HEAD /{repo}/resolve/{commit}/{file}`.
 */
import { AdzusError, check } from '../../errors.ts'
import type { Hub } from './hub.ts'
import { checkEtag, checkSize, type HubId, isCommit, isSafePath } from './id.ts'

export interface Listing {
  commit: string
  /** By name. */
  files: ReadonlyMap<string, Partial<RemoteFile>>
}

export interface RemoteFile {
  size: number
  /** SHA-256 of a large file, git's SHA-1 of a small one. */
  etag: string
}

/** A repository of ours has some dozen; one that lists more is broken or no model. */
const MAX_FILES = 100_000

export async function readListing(hub: Hub, id: HubId): Promise<Listing> {
  const { repo, revision } = id
  const path = `/api/models/${repo}/revision/${encodeURIComponent(revision)}?blobs=true`
  const text = await hub.http.retrying(`${repo}@${revision}`, async () => (await hub.http.request(path, { repo, revision })).text())
  const wrong = (expected: string, got: string) =>
    new AdzusError({
      what: 'hub: list of files',
      where: `${repo} at ${revision}`,
      expected,
      got,
      hint: 'Does HF_ENDPOINT name a Hugging Face hub?',
    })
  const answer = parse(text)
  if (!isObject(answer)) throw wrong('a JSON object', JSON.stringify(text.slice(0, 60)))
  const { sha, siblings } = answer
  if (typeof sha !== 'string' || !isCommit(sha)) throw wrong('a commit', JSON.stringify(sha))
  if (!Array.isArray(siblings) || siblings.length > MAX_FILES)
    throw wrong(`1 … ${MAX_FILES} files`, Array.isArray(siblings) ? `${siblings.length}` : typeof siblings)
  const files = new Map<string, Partial<RemoteFile>>()
  for (const entry of siblings) {
    const name: unknown = isObject(entry) ? entry.rfilename : undefined
    if (typeof name !== 'string' || !isSafePath(name)) throw wrong('names of files below one folder', JSON.stringify(name))
    files.set(name, description(entry, `${repo}/${name}`))
  }
  return { commit: sha, files }
}

/** Size and etag of a file, asked for where the listing has not got them. */
export async function describe(hub: Hub, { commit, files }: Listing, repo: string, file: string): Promise<RemoteFile> {
  const where = `${repo}/${file}`
  const known = files.get(file)
  if (known?.size !== undefined && known.etag !== undefined) return known as RemoteFile
  const subject = { repo, revision: commit, file }
  const { said } = await hub.http.retrying(where, async () => {
    const answer = await hub.http.request(resolvePath(repo, commit, file), subject, { method: 'HEAD', stay: true })
    await answer.discard()
    return answer
  })
  const found = said.get('x-repo-commit')
  check(found === null || found === commit, () => ({ what: 'hub', where, expected: `commit ${commit}`, got: `${found}` }))
  const size = said.get('x-linked-size') ?? said.get('content-length')
  const etag = saidEtag(said)
  check(etag !== undefined && size !== null && /^\d+$/.test(size), () => ({
    what: 'hub',
    where,
    expected: 'an etag and a size',
    got: `${etag ?? 'no etag'}, ${size ?? 'no size'}`,
    hint: 'Does HF_ENDPOINT name a Hugging Face hub?',
  }))
  return { size: checkSize(Number(size), where), etag: checkEtag(etag, where) }
}

/** The etag that the hub itself gave to a file, without what HTTP puts around it. */
export function saidEtag(headers: Headers): string | undefined {
  return (headers.get('x-linked-etag') ?? headers.get('etag'))?.replace(/^W\//, '').replace(/^"(.*)"$/, '$1')
}

/** Where a file's bytes are, below the endpoint. */
export function resolvePath(repo: string, commit: string, file: string): string {
  return `/${repo}/resolve/${commit}/${file.split('/').map(encodeURIComponent).join('/')}`
}

function description(entry: Record<string, unknown>, where: string): Partial<RemoteFile> {
  const lfs = isObject(entry.lfs) ? entry.lfs : undefined
  const size = lfs?.size ?? entry.size
  const etag = lfs?.sha256 ?? entry.blobId
  return {
    size: size === undefined || size === null ? undefined : checkSize(size, where),
    etag: typeof etag === 'string' ? checkEtag(etag, where) : undefined,
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
