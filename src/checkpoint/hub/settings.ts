/**
 * @file What the environment says about the Hugging Face hub: the variables of Python's
 * `huggingface_hub`, with the same meaning and precedence, so that both use one cache.
 *
 * Where this differs: times may be fractions of a second.
 */

export type Environment = Readonly<Record<string, string | undefined>>

export interface HubSettings {
  /** Folder of the cache (`…/hub`). */
  cache: string
  /** Without a slash at the end. */
  endpoint: string
  /** File that may hold the access token. */
  tokenPath: string
  /** The token of the environment; the file is only read where there is none. */
  token?: string
  /** The variable that it is from. */
  tokenVariable?: string
  /** No token is sent unless it is given by the caller. */
  tokenless: boolean
  /** The variable that forbids the network. */
  offline?: string
  /** Longest wait for the answer to a question about files, in ms. */
  answerTimeout: number
  /** Longest pause within a download, in ms. */
  stallTimeout: number
  /** Whether progress may be shown. */
  progress: boolean
  /** Whether snapshots may consist of links to blobs. */
  links: boolean
}

const DEFAULT_TIMEOUT = 10

/** Reads the settings. `home` is the user's folder. */
export function hubSettings(env: Environment, home: string): HubSettings {
  const expand = (path: string) => expandPath(path, env, home)
  const tokenVariable = ['HF_TOKEN', 'HUGGING_FACE_HUB_TOKEN'].find((name) => clean(env[name]) !== undefined)
  const root = expand(set(env.HF_HOME) ?? `${set(env.XDG_CACHE_HOME) ?? `${home}/.cache`}/huggingface`)
  return {
    cache: trimSlashes(expand(set(env.HF_HUB_CACHE) ?? set(env.HUGGINGFACE_HUB_CACHE) ?? `${root}/hub`)),
    endpoint: trimSlashes(set(env.HF_ENDPOINT) ?? 'https://huggingface.co'),
    tokenPath: expand(set(env.HF_TOKEN_PATH) ?? `${root}/token`),
    token: tokenVariable && clean(env[tokenVariable]),
    tokenVariable,
    tokenless: isTrue(env.HF_HUB_DISABLE_IMPLICIT_TOKEN),
    offline: ['HF_HUB_OFFLINE', 'TRANSFORMERS_OFFLINE'].find((name) => isTrue(env[name])),
    answerTimeout: seconds(env.HF_HUB_ETAG_TIMEOUT),
    stallTimeout: seconds(env.HF_HUB_DOWNLOAD_TIMEOUT),
    progress: !isTrue(env.HF_HUB_DISABLE_PROGRESS_BARS),
    links: !isTrue(env.HF_HUB_DISABLE_SYMLINKS),
  }
}

/**
 * A token without the line break that a file or a shell may leave; undefined if nothing is left.
 */
export function clean(token: string | undefined): string | undefined {
  return set(token?.replace(/[\r\n]/g, '').trim())
}

function set(value: string | undefined): string | undefined {
  return value === '' ? undefined : value
}

function isTrue(value: string | undefined): boolean {
  return ['1', 'ON', 'YES', 'TRUE'].includes(value?.toUpperCase() ?? '')
}

function seconds(value: string | undefined): number {
  const number = Number(value)
  return 1000 * (value !== undefined && Number.isFinite(number) && number > 0 ? number : DEFAULT_TIMEOUT)
}

/** `~`, `$NAME` and `${NAME}`; unknown names stay as they are. */
function expandPath(path: string, env: Environment, home: string): string {
  return path.replace(/^~(?=[/\\]|$)/, home).replace(/\$(\w+)|\$\{([^}]*)\}/g, (text, a, b) => env[a ?? b] ?? text)
}

function trimSlashes(text: string): string {
  return text.replace(/(?<=.)\/+$/, '')
}
