/**
 * @file Names on the hub, and which of them may become paths: `owner/name`, `owner/name@revision`, `owner/name/file.safetensors@revision`.
 *
 * A revision is a branch, a tag, a pull request (`refs/pr/1`) or a *commit* (40 hexadecimal digits).
 */
import { AdzusError, check } from '../../errors.ts'

export interface HubId {
  /** `owner/name`. */
  repo: string
  revision: string
  /** One file of the repository instead of the whole. */
  file?: string
}

const DEFAULT_REVISION = 'main'
const NAME = /^(?!.*(--|\.\.))[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,94}[A-Za-z0-9_])?$/
/** Longer paths fail on most disks. */
const MAX_PATH = 1024

/** Whether a text can be the id of a model on the hub; says nothing about whether there is one. */
export function isHubId(text: string): boolean {
  const [path] = text.split('@', 1)
  const [owner, name, ...rest] = path.split('/')
  const file = rest.length === 0 || isSafePath(rest.join('/'))
  return NAME.test(owner) && name !== undefined && NAME.test(name) && !name.endsWith('.git') && file
}

/** Takes an id apart. `revision` goes before the id's own. */
export function parseHubId(text: string, revision?: string): HubId {
  check(isHubId(text), () => ({
    what: 'hub',
    where: text,
    expected: 'owner/name, owner/name@revision or owner/name/file.safetensors',
    got: 'another form',
  }))
  const at = text.indexOf('@')
  const path = at < 0 ? text : text.slice(0, at)
  const [owner, name, ...rest] = path.split('/')
  const wanted = revision ?? (at < 0 ? DEFAULT_REVISION : text.slice(at + 1))
  check(wanted.length <= 255 && /^[\w.+~-]+(\/[\w.+~-]+)*$/.test(wanted) && isSafePath(wanted), () => ({
    what: 'hub: revision',
    where: `${owner}/${name}`,
    expected: 'a branch, tag or commit',
    got: JSON.stringify(wanted),
  }))
  return { repo: `${owner}/${name}`, revision: wanted, ...(rest.length > 0 && { file: rest.join('/') }) }
}

export function showId({ repo, revision, file }: HubId): string {
  return `${repo}${file === undefined ? '' : `/${file}`}${revision === DEFAULT_REVISION ? '' : `@${revision}`}`
}

/** The whole name of a commit, as the hub answers with. */
export function isCommit(text: string): boolean {
  return /^[0-9a-f]{40}$/.test(text)
}

/** Whether a file name from elsewhere stays below the folder that it is joined to, on any system. */
export function isSafePath(path: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there.
  if (path.length > MAX_PATH || /[\\\u0000-\u001f]/.test(path) || /^[A-Za-z]:/.test(path)) return false
  return path.split('/').every((segment) => segment !== '' && segment !== '.' && segment !== '..')
}

/** The name of a blob: what the hub calls an etag. It becomes a file name. */
export function checkEtag(etag: string, where: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(etag)) return etag
  throw new AdzusError({
    what: 'hub: etag',
    where,
    expected: 'a checksum (letters and digits)',
    got: JSON.stringify(etag.slice(0, 80)),
    hint: 'Does HF_ENDPOINT name a Hugging Face hub?',
  })
}

/** A number of bytes that can be counted exactly. */
export function checkSize(size: unknown, where: string): number {
  check(Number.isSafeInteger(size) && (size as number) >= 0, () => ({
    what: 'hub: size',
    where,
    expected: 'bytes, at least 0 and below 2^53',
    got: `${size}`,
  }))
  return size as number
}
