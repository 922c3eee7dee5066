/** @file What the hub and the cache may refuse, in words that say what to do. */
import { AdzusError } from '../../errors.ts'
import { words } from './brief.ts'
import { type HubId, showId } from './id.ts'

/** The repository is there, or may be, and has no such revision. */
export class RevisionNotFound extends AdzusError {}

/** An answer that another try would not change. */
export function refused(
  status: number,
  headers: Headers,
  { repo, revision, file }: HubId,
  { endpoint, host, hasToken }: { endpoint: string; host: string; hasToken: boolean },
): AdzusError {
  const reason = headers.get('x-error-code')
  if (status === 401 || status === 403) {
    const gated = reason === 'GatedRepo'
    return new AdzusError({
      what: 'hub',
      where: repo,
      expected: 'access',
      got: `HTTP ${status} from ${host}`,
      hint: [
        gated
          ? `This model is gated: accept its conditions at ${endpoint}/${repo}`
          : 'The model is gated or private, or there is none of that name:',
        gated ? ', and ' : ' check the name, accept its conditions where it is gated, and ',
        hasToken ? 'check that the token in HF_TOKEN is valid and may read it.' : 'set HF_TOKEN to an access token of your account.',
      ].join(''),
    })
  }
  if (status === 404) {
    const missing = {
      RepoNotFound: { where: host, expected: `a model ${repo}`, hint: 'Check the name; a private model needs HF_TOKEN.' },
      RevisionNotFound: { where: repo, expected: `a branch, tag or commit ${revision}`, hint: 'Without a revision, main is taken.' },
      EntryNotFound: { where: `${repo} at ${revision}`, expected: `a file ${file}`, hint: undefined },
    }[reason ?? '']
    const Kind = reason === null || reason === 'RevisionNotFound' ? RevisionNotFound : AdzusError
    return new Kind({
      what: 'hub',
      where: repo,
      expected: `a model ${repo} with a revision ${revision}${file === undefined ? '' : ` and a file ${file}`} on ${host}`,
      ...missing,
      got: reason === null ? 'HTTP 404' : 'none',
    })
  }
  const said = headers.get('x-error-message')
  return new AdzusError({
    what: 'hub',
    where: `${repo}${file === undefined ? '' : `/${file}`}`,
    expected: 'the file or its description',
    got: `HTTP ${status} from ${host}`,
    hint: said === null ? undefined : words(said),
  })
}

/** The network is forbidden, and the cache does not have everything. */
export function notCached(id: HubId, missing: string, cache: string, variable: string): AdzusError {
  return new AdzusError({
    what: 'hub',
    where: `${id.repo} at ${id.revision}`,
    expected: `${id.file ?? 'all its files'} in the cache ${cache}`,
    got: missing,
    hint: `${variable} forbids to fetch it: unset that, or run \`adzus models pull ${showId(id)}\` where there is a network.`,
  })
}

/**
 * A disk that is full, may not be written, or refuses in another way; other errors stay as they
 * are.
 */
export function diskError(error: unknown, path: string): unknown {
  const { code, syscall } = error as { code?: unknown; syscall?: unknown }
  const full = code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG'
  if (!full && (typeof code !== 'string' || typeof syscall !== 'string')) return error
  return new AdzusError(
    {
      what: 'hub: cache',
      where: path,
      expected: full ? 'room on the disk' : 'a folder that can be written to',
      got: full ? 'a full disk' : words((error as Error).message),
      hint: full
        ? 'What was fetched so far is kept. Make room (adzus models remove), or choose another disk with HF_HUB_CACHE.'
        : 'Choose another folder with HF_HUB_CACHE.',
    },
    { cause: error },
  )
}
