/**
 * @file What people copy from a browser or a terminal instead of a model's id: addresses of the
 * hub's pages and files, and folders of a cache (`models--owner--name`, with or without what is
 * above and below them).
 */
import { AdzusError } from '../../errors.ts'
import { words } from './brief.ts'

/** What such a text says; nothing of it has been checked yet. */
export interface Pasted {
  /** `owner/name`, or `owner/name/file`. */
  path: string
  revision?: string
  /** The folder of the cache, where the text tells it. */
  cache?: string
}

const HOSTS = /^(?:https?:\/\/)?(?:www\.)?(?:huggingface\.co|hf\.co)(?=[/?#]|$)/i
const ADDRESS = /^[a-z][a-z0-9+.-]*:\/\//i
/**
 * `…/models--owner--name`, `…/models--owner--name/snapshots`, `…/snapshots/COMMIT` and files below.
 */
const CACHED = /^(?:(.*)\/)?models--([^/@]+?)--([^/@]+?)(?:@([^/].*))?(?:\/snapshots(?:\/([0-9a-f]{40})(?:\/(.+))?)?)?$/

/**
 * Takes such a text apart. Undefined where it is of another form. @throws AdzusError for an address
 * of something else
 */
export function readPasted(text: string, endpoint?: string): Pasted | undefined {
  const own =
    endpoint !== undefined && (text === endpoint || text.startsWith(`${endpoint}/`)) ? endpoint.length : HOSTS.exec(text)?.[0].length
  if (own !== undefined) return ofAddress(text, text.slice(own))
  if (ADDRESS.test(text)) throw noModel(text, 'an address of something else', 'Fetch the file and give its path.')
  return ofFolder(text)
}

/** Whether a text has one of these forms; whether it leads to a model is said when it is read. */
export function isPasted(text: string): boolean {
  return ADDRESS.test(text) || HOSTS.test(text) || ofFolder(text) !== undefined
}

/** The folder of a model in a cache, where a path names that (or its `snapshots`) and no commit. */
export function cacheFolder(path: string): string | undefined {
  const folder = plain(path).replace(/\/snapshots$/, '')
  const found = ofFolder(folder)
  return found && found.revision === undefined ? folder : undefined
}

function ofAddress(text: string, rest: string): Pasted {
  const [owner, name, kind, ...more] = parts(text, rest)
  if (owner === undefined || name === undefined || /^(datasets|spaces|docs|papers|collections)$/.test(owner))
    throw noModel(text, 'another page of the hub')
  const at = name.indexOf('@')
  if (at > 0) return { path: `${owner}/${name.slice(0, at)}`, revision: [name.slice(at + 1), kind, ...more].filter(Boolean).join('/') }
  const path = `${owner}/${name}`
  if (kind === undefined) return { path }
  // Names of pull requests have slashes, which browsers leave as they are.
  const revision = more.splice(0, more[0] === 'refs' ? 3 : 1).join('/')
  const isFile = /^(blob|resolve|raw)$/.test(kind)
  const isWhole = /^(tree|commit|revision)$/.test(kind)
  if (isWhole && more.length > 0) throw noModel(text, 'a folder of a model', `Give the whole: ${path}@${revision}.`)
  if (revision === '' || (isFile ? more.length === 0 : !isWhole))
    throw noModel(text, 'another page of the model', `Give the model: ${path}.`)
  return { path: [path, ...more].join('/'), revision }
}

function parts(text: string, rest: string): string[] {
  try {
    const found = rest
      .replace(/[?#].*$/s, '')
      .split('/')
      .filter((part) => part !== '')
      .map(decodeURIComponent)
    return found[0] === 'api' && found[1] === 'models' ? found.slice(2) : found
  } catch {
    throw noModel(text, 'an address with wrong escapes')
  }
}

function ofFolder(text: string): Pasted | undefined {
  const [, above, owner, name, revision, commit, file] = CACHED.exec(plain(text)) ?? []
  if (owner === undefined) return undefined
  const path = file === undefined ? `${owner}/${name}` : `${owner}/${name}/${file}`
  return { path, revision: commit ?? revision, cache: above === undefined ? '.' : above || '/' }
}

/** A path with slashes, and none at its end. */
function plain(path: string): string {
  return path.replaceAll('\\', '/').replace(/\/+$/, '')
}

function noModel(text: string, got: string, hint?: string): AdzusError {
  return new AdzusError({ what: 'hub', where: words(text), expected: 'the address of a model, or of one of its files', got, hint })
}
