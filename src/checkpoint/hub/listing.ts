/**
 * @file What files a repository has at a revision, with size and etag.
 *
 * `GET /api/models/{repo}/revision/{revision}?blobs=true` answers for all files at once. A hub that
 * leaves size or checksum out (some mirrors do) is asked for each needed file by `HEAD
 * /{repo}/resolve/{commit}/{file}`.
 */
import { AdzusError, check } from '../../errors.ts'
import { brief } from './brief.ts'
import { oneCommit } from './cache.ts'
import { RevisionNotFound } from './errors.ts'
import type { Hub } from './hub.ts'
import { checkEtag, checkSize, type HubId, isCommit, isSafePath, isShortCommit } from './id.ts'

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
/**
 * Pages of commits, of 50 to 1000 each, that are looked through for one of which the beginning is
 * known.
 */
const MAX_PAGES = 20

/**
 * @param id with a branch, a tag, a commit, or the beginning of a commit's name
 * @throws AdzusError where the hub refuses, or answers with something else
 */
export async function readListing(hub: Hub, id: HubId): Promise<Listing> {
  try {
    return await listingAt(hub, id)
  } catch (error) {
    if (!(error instanceof RevisionNotFound) || !isShortCommit(id.revision)) throw error
    const commit = (await hub.cache.commit(id.repo, id.revision)) ?? (await findCommit(hub, id))
    if (commit === undefined) throw error
    return listingAt(hub, { ...id, revision: commit })
  }
}

/** The commit of the main branch that begins as the revision says. */
async function findCommit(hub: Hub, { repo, revision }: HubId): Promise<string | undefined> {
  const commits: string[] = []
  for (let page = 0; page < MAX_PAGES; page++) {
    const path = `/api/models/${repo}/commits/main?limit=1000&p=${page}`
    const answer = parse(await ask(hub, path, { repo, revision: 'main' }).catch(refusal))
    const ids = Array.isArray(answer) ? answer.map((entry) => isObject(entry) && entry.id).filter((id) => typeof id === 'string') : []
    // A hub that knows no pages answers with the first one again.
    if (ids.length === 0 || ids[0] === commits[0]) break
    commits.push(...ids)
  }
  return oneCommit(commits.filter(isCommit), { repo, revision })
}

/** A hub that lists no commits is no fault of its own: then there is no such revision. */
function refusal(error: unknown): string {
  if (error instanceof AdzusError) return ''
  throw error
}

function ask(hub: Hub, path: string, { repo, revision }: HubId): Promise<string> {
  return hub.http.retrying(`${repo}@${revision}`, async () => (await hub.http.request(path, { repo, revision })).text())
}

async function listingAt(hub: Hub, id: HubId): Promise<Listing> {
  const { repo, revision } = id
  const text = await ask(hub, `/api/models/${repo}/revision/${encodeURIComponent(revision)}?blobs=true`, id)
  const wrong = (expected: string, got: string) =>
    new AdzusError({
      what: 'hub: list of files',
      where: `${repo} at ${revision}`,
      expected,
      got,
      hint: 'Does HF_ENDPOINT name a Hugging Face hub?',
    })
  const answer = parse(text)
  if (!isObject(answer)) throw wrong('a JSON object', brief(text))
  const { sha, siblings } = answer
  if (typeof sha !== 'string' || !isCommit(sha)) throw wrong('a commit', brief(sha))
  if (!Array.isArray(siblings) || siblings.length > MAX_FILES)
    throw wrong(`1 … ${MAX_FILES} files`, Array.isArray(siblings) ? `${siblings.length}` : typeof siblings)
  const files = new Map<string, Partial<RemoteFile>>()
  for (const entry of siblings) {
    const name: unknown = isObject(entry) ? entry.rfilename : undefined
    if (typeof name !== 'string' || !isSafePath(name)) throw wrong('names of files below one folder', brief(name))
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
  check(found === null || found === commit, () => ({ what: 'hub', where, expected: `commit ${commit}`, got: brief(found) }))
  // The length of a compressed answer is not the file's.
  const length = /^(identity)?$/.test(said.get('content-encoding') ?? '') ? said.get('content-length') : null
  const size = said.get('x-linked-size') ?? length
  const etag = saidEtag(said)
  check(etag !== undefined && size !== null && /^\d+$/.test(size), () => ({
    what: 'hub',
    where,
    expected: 'an etag and a size',
    got: `${etag === undefined ? 'no etag' : brief(etag)}, ${size === null ? 'no size' : brief(size)}`,
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
