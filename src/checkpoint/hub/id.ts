/**
 * @file Names on the hub, and which of them may become paths: `owner/name`, `owner/name@revision`,
 * `owner/name/file.safetensors@revision`, and what people paste instead (`pasted.ts`).
 *
 * A revision is a branch, a tag, a pull request (`refs/pr/1`) or a *commit* (40 hexadecimal digits;
 * at least 7 of them where they are enough).
 */
import { AdzusError, check } from '../../errors.ts'
import { brief, words } from './brief.ts'
import { isPasted, readPasted } from './pasted.ts'

export interface HubId {
  /** `owner/name`. */
  repo: string
  revision: string
  /** One file of the repository instead of the whole. */
  file?: string
  /** The folder of the cache that the id was read from, should the model lie there. */
  cache?: string
}

const DEFAULT_REVISION = 'main'
const NAME = /^(?!.*(--|\.\.))[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,94}[A-Za-z0-9_])?$/
/** Longer paths fail on most disks. */
const MAX_PATH = 1024
/** Longer texts name nothing. */
const MAX_TEXT = 4096

/** Whether a text can mean a model on the hub; says nothing about whether there is one. */
export function isHubId(text: string): boolean {
  return text.length <= MAX_TEXT && (isPasted(text) || isPlain(text.split('@', 1)[0]))
}

/** Whether a text is the name of a repository, `owner/name`. */
export function isRepo(text: string): boolean {
  const parts = text.split('/')
  return parts.length === 2 && parts.every((part) => NAME.test(part)) && !text.endsWith('.git')
}

/**
 * Takes an id apart.
 * @param revision goes before the id's own
 * @param endpoint addresses below it are understood as the hub's own are
 * @throws AdzusError where it is no id, or the revision can be none
 */
export function parseHubId(text: string, revision?: string, endpoint?: string): HubId {
  const pasted = text.length <= MAX_TEXT ? readPasted(text, endpoint) : undefined
  const at = pasted ? -1 : text.indexOf('@')
  const path = pasted?.path ?? (at < 0 ? text : text.slice(0, at))
  check(text.length <= MAX_TEXT && isPlain(path), () => ({
    what: 'hub',
    where: words(text),
    expected: 'owner/name, owner/name@revision or owner/name/file.safetensors',
    got: 'another form',
  }))
  const [owner, name, ...rest] = path.split('/')
  const wanted = revision ?? pasted?.revision ?? (at < 0 ? DEFAULT_REVISION : text.slice(at + 1))
  check(wanted.length <= 255 && /^[\w.+~-]+(\/[\w.+~-]+)*$/.test(wanted) && isSafePath(wanted), () => ({
    what: 'hub: revision',
    where: `${owner}/${name}`,
    expected: 'a branch, tag or commit',
    got: brief(wanted),
  }))
  return {
    repo: `${owner}/${name}`,
    revision: wanted,
    ...(rest.length > 0 && { file: rest.join('/') }),
    ...(pasted?.cache !== undefined && { cache: pasted.cache }),
  }
}

/** Whether an id says a revision, or leaves it to be main. */
export function saysRevision(text: string, endpoint?: string): boolean {
  const pasted = readPasted(text, endpoint)
  return pasted ? pasted.revision !== undefined : text.includes('@')
}

/** `owner/name`, or a file below it. */
function isPlain(path: string): boolean {
  const [owner, name, ...rest] = path.split('/')
  return isRepo([owner, name].join('/')) && (rest.length === 0 || isSafePath(rest.join('/')))
}

export function showId({ repo, revision, file }: HubId): string {
  return `${repo}${file === undefined ? '' : `/${file}`}${revision === DEFAULT_REVISION ? '' : `@${revision}`}`
}

/** The whole name of a commit, as the hub answers with. */
export function isCommit(text: string): boolean {
  return /^[0-9a-f]{40}$/.test(text)
}

/** Whether a revision may be the beginning of a commit's name. */
export function isShortCommit(text: string): boolean {
  return /^[0-9a-f]{7,39}$/.test(text)
}

/**
 * Whether a file name from elsewhere stays below the folder that it is joined to, on any system.
 */
export function isSafePath(path: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
  if (path.length > MAX_PATH || /[\\\u0000-\u001f\u007f-\u009f]/.test(path) || /^[A-Za-z]:/.test(path)) return false
  return path.split('/').every((segment) => segment !== '' && segment !== '.' && segment !== '..')
}

/** The name of a blob: what the hub calls an etag. It becomes a file name. */
export function checkEtag(etag: string, where: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(etag) && !/\.(incomplete|lock|tmp)$/.test(etag)) return etag
  throw new AdzusError({
    what: 'hub: etag',
    where,
    expected: 'a checksum (letters and digits)',
    got: brief(etag),
    hint: 'Does HF_ENDPOINT name a Hugging Face hub?',
  })
}

/** A number of bytes that can be counted exactly. */
export function checkSize(size: unknown, where: string): number {
  check(Number.isSafeInteger(size) && (size as number) >= 0, () => ({
    what: 'hub: size',
    where,
    expected: 'bytes, at least 0 and below 2^53',
    got: brief(size),
  }))
  return size as number
}
