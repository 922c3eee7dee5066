/**
 * @file The layout of the cache, which Python's `huggingface_hub` reads and writes as well:
 *
 *     models--owner--name/refs/main                     the commit that a branch or tag stood for
 *     when it was last asked models--owner--name/snapshots/COMMIT/unet/…       a tree of files,
 *     each a link to … models--owner--name/blobs/ETAG                    … its contents, named by
 *     their checksum: SHA-256, for small files git's SHA-1 models--owner--name/.no_exist/COMMIT/…
 *              files that Python asked for and that are not in the repository blobs/
 *                                 contents that Python shares between repositories (links lead on
 *     to them)
 *
 * Where links are impossible, or with HF_HUB_DISABLE_SYMLINKS, snapshots hold the files themselves.
 *
 * A model's folder and its `blobs` may be links to another disk. But a cache may have been written
 * by anybody: a link in a snapshot must lead to a blob of its repository (wherever its blobs are),
 * to the shared store or to a blob of another repository of this cache, and snapshots lie where
 * their names say, so that nothing is read or written elsewhere. A broken or circular link counts
 * as a missing file.
 */
import { AdzusError } from '../../errors.ts'
import { words } from './brief.ts'
import type { Disk } from './disk.ts'
import { isCommit, isRepo, isSafePath, isShortCommit } from './id.ts'

export interface CachedFile {
  size: number
  /** Name of the blob; undefined where the snapshot holds the file itself. */
  etag?: string
  /** Where the blob lies, links resolved. */
  blob?: string
}

/** Deeper or larger trees are no checkpoint of ours. */
const MAX_DEPTH = 16
const MAX_FILES = 100_000
/** What another repository of the cache holds, below the cache's root. */
const BLOB_OF_ANOTHER = /^\/(models|datasets|spaces)--[^/]+\/blobs\/[^/]+$/
/** Says to backup programs that the folder can be fetched again (https://bford.info/cachedir). */
const TAG = `Signature: 8a477f597d28d172789f06886806bc55
# Models from the Hugging Face hub, which can be fetched again.
`

export class HubCache {
  readonly root: string
  readonly #disk: Disk

  constructor(disk: Disk, root: string) {
    this.#disk = disk
    this.root = root
  }

  folder(repo: string): string {
    return `${this.root}/${folderName(repo)}`
  }

  snapshot(repo: string, commit: string): string {
    return `${this.folder(repo)}/snapshots/${commit}`
  }

  blob(repo: string, etag: string): string {
    return `${this.folder(repo)}/blobs/${etag}`
  }

  locks(repo: string): string {
    return `${this.root}/.locks/${folderName(repo)}`
  }

  /**
   * Where a model's folder, or what lies in it, must be unless a link leads elsewhere; undefined
   * where the cache is not there.
   */
  async home(repo: string, part = ''): Promise<string | undefined> {
    const root = await this.#disk.real(this.root)
    return root === undefined ? undefined : slashes(`${root}/${folderName(repo)}${part === '' ? '' : `/${part}`}`)
  }

  /**
   * The commit that a revision stood for, or undefined if it was never asked, or what was noted
   * cannot be used.
   * @throws AdzusError where the beginning of a commit's name stands for several
   */
  async commit(repo: string, revision: string): Promise<string | undefined> {
    if (isCommit(revision)) return revision
    const noted = await this.#noted(`${this.folder(repo)}/refs/${revision}`)
    if (noted !== undefined || !isShortCommit(revision)) return noted
    return oneCommit(await this.commits(repo), { repo, revision })
  }

  async setCommit(repo: string, revision: string, commit: string): Promise<void> {
    if (revision === commit || (isShortCommit(revision) && commit.startsWith(revision))) return
    if ((await this.#noted(`${this.folder(repo)}/refs/${revision}`)) === commit) return
    await this.#assertFolders(repo, `refs/${revision}`)
    await this.#disk.write(`${this.folder(repo)}/refs/${revision}`, commit)
  }

  /**
   * All branches and tags that were asked, with their commits; undefined where what was noted
   * cannot be used.
   */
  async refs(repo: string): Promise<Map<string, string | undefined>> {
    const refs = new Map<string, string | undefined>()
    for (const { path, name } of await this.#walk(`${this.folder(repo)}/refs`)) refs.set(name, await this.#noted(path))
    return refs
  }

  /** Commits with a snapshot. */
  async commits(repo: string): Promise<string[]> {
    return (await this.#disk.names(`${this.folder(repo)}/snapshots`)).filter(isCommit)
  }

  /** All models of the cache, as `owner/name`; models without owner (`gpt2`) are none of ours. */
  async repos(): Promise<string[]> {
    const names = await this.#disk.names(this.root)
    return names
      .filter((name) => name.startsWith('models--'))
      .map((name) => name.split('--').slice(1).join('/'))
      .filter(isRepo)
  }

  /** Whether Python noted that a file is not in the repository at that commit. */
  async isAbsent(repo: string, commit: string, file: string): Promise<boolean> {
    return (await this.#disk.stat(`${this.folder(repo)}/.no_exist/${commit}/${file}`))?.kind === 'file'
  }

  /**
   * The files of a snapshot, by name. Broken links are left out.
   * @throws AdzusError where a link leads out of the cache's blobs, or something is a pipe, socket
   *   or device
   */
  async files(repo: string, commit: string): Promise<Map<string, CachedFile>> {
    const files = new Map<string, CachedFile>()
    const folder = this.snapshot(repo, commit)
    if ((await this.#disk.real(folder)) === undefined) return files
    await this.#assertWithin(repo, `snapshots/${commit}`)
    const isBlob = await this.#blobs(repo)
    for (const { path, name, target } of await this.#walk(folder)) {
      const info = await this.#disk.stat(path)
      if (info?.kind === 'other') throw noFile(path)
      if (info?.kind !== 'file') continue
      if (target === undefined) files.set(name, { size: info.size })
      else {
        const end = await this.#disk.real(path)
        if (end === undefined) continue
        if (!isBlob(slashes(end))) throw leaves(path, end)
        files.set(name, { size: info.size, etag: slashes(target).split('/').at(-1), blob: slashes(end) })
      }
    }
    return files
  }

  /** Names of the links of a snapshot that lead nowhere. */
  async broken(repo: string, commit: string): Promise<string[]> {
    const good = await this.files(repo, commit)
    return (await this.#walk(this.snapshot(repo, commit))).map(({ name }) => name).filter((name) => !good.has(name))
  }

  /**
   * Puts a blob into a snapshot: a link if `links`, else the file itself, which is then a blob no
   * more (as Python does).
   * @throws AdzusError where a folder of the snapshot is a link
   */
  async put(repo: string, commit: string, file: string, etag: string, { links, fresh }: { links: boolean; fresh: boolean }) {
    const path = `${this.snapshot(repo, commit)}/${file}`
    await this.#assertFolders(repo, `snapshots/${commit}/${file}`)
    const up = '../'.repeat(file.split('/').length + 1)
    if (links && (await this.#disk.link(`${up}blobs/${etag}`, path))) return
    // A blob that was there before may belong to another file, too.
    await (fresh ? this.#disk.rename(this.blob(repo, etag), path) : this.#disk.copy(this.blob(repo, etag), path))
  }

  async tag(): Promise<void> {
    await this.#disk.create(`${this.root}/CACHEDIR.TAG`, TAG)
  }

  /** The commit that a file of `refs` holds. */
  async #noted(path: string): Promise<string | undefined> {
    const commit = (await this.#disk.text(path))?.trim()
    return commit !== undefined && isCommit(commit) ? commit : undefined
  }

  /** Where a blob of a repository may lie: what tells it of a path without links. */
  async #blobs(repo: string): Promise<(path: string) => boolean> {
    const reals = await Promise.all([`${this.folder(repo)}/blobs`, `${this.root}/blobs`, this.root].map((path) => this.#disk.real(path)))
    const [own, shared, root] = reals.map((path) => (path === undefined ? undefined : slashes(path)))
    const below = (folder: string | undefined, path: string) => folder !== undefined && path.startsWith(`${folder}/`)
    return (path) => below(own, path) || below(shared, path) || (below(root, path) && BLOB_OF_ANOTHER.test(path.slice(root!.length)))
  }

  /**
   * Fails where a folder of a model (or one above it) is a link. The model's own folder may be one.
   */
  async #assertWithin(repo: string, part: string): Promise<void> {
    const path = `${this.folder(repo)}/${part}`
    const [own, end] = [await this.#disk.real(this.folder(repo)), await this.#disk.real(path)]
    if (end !== undefined && slashes(end) === slashes(`${own}/${part}`)) return
    const target = end ?? (await this.#disk.target(path))
    if (target !== undefined) throw leaves(path, target)
  }

  /**
   * Fails where one of the folders above a file is a link: what is written must not land elsewhere.
   */
  async #assertFolders(repo: string, file: string): Promise<void> {
    const steps = file.split('/').slice(0, -1)
    for (let i = 1; i <= steps.length; i++) await this.#assertWithin(repo, steps.slice(0, i).join('/'))
  }

  /** Files and links below a folder. Links to folders are not followed: no snapshot has them. */
  async #walk(root: string): Promise<{ path: string; name: string; target?: string }[]> {
    const found: { path: string; name: string; target?: string }[] = []
    const visit = async (folder: string, prefix: string, depth: number): Promise<void> => {
      for (const entry of await this.#disk.names(folder)) {
        const path = `${folder}/${entry}`
        const name = `${prefix}${entry}`
        if (!isSafePath(name) || isTemporary(entry)) continue
        const target = await this.#disk.target(path)
        const isFolder = target === undefined && (await this.#disk.stat(path))?.kind === 'folder'
        if (!isFolder) found.push({ path, name, target })
        else if (depth < MAX_DEPTH) await visit(path, `${name}/`, depth + 1)
        if (found.length > MAX_FILES) throw tooMany(root)
      }
    }
    await visit(root, '', 0)
    return found
  }
}

/** Whether the name of a file is that of a temporary one of ours or Python's. */
export function isTemporary(name: string): boolean {
  return name.endsWith('.incomplete') || /^\.adzus-.*\.tmp$/.test(name)
}

/**
 * The one commit that begins so; undefined if there is none. @throws AdzusError if there are
 * several
 */
export function oneCommit(commits: readonly string[], { repo, revision }: { repo: string; revision: string }): string | undefined {
  const found = [...new Set(commits.filter((commit) => commit.startsWith(revision)))]
  if (found.length <= 1) return found[0]
  throw new AdzusError({
    what: 'hub: revision',
    where: repo,
    expected: 'one commit',
    got: `${found.length} that begin with ${revision}: ${found.slice(0, 3).join(', ')}`,
  })
}

function folderName(repo: string): string {
  return `models--${repo.replace('/', '--')}`
}

/** A path as the cache writes it, on any system. */
export function slashes(path: string): string {
  return path.replaceAll('\\', '/')
}

function leaves(path: string, end: string): AdzusError {
  return new AdzusError({
    what: 'hub: cache',
    where: words(path),
    expected: 'a link to a blob of the same model',
    got: `a link to ${words(end)}`,
    hint: 'Remove the model from the cache and pull it again.',
  })
}

function noFile(path: string): AdzusError {
  return new AdzusError({
    what: 'hub: cache',
    where: words(path),
    expected: 'a file',
    got: 'a pipe, socket or device',
    hint: 'Remove it and pull the model again.',
  })
}

function tooMany(folder: string): AdzusError {
  return new AdzusError({ what: 'hub: cache', where: words(folder), expected: `at most ${MAX_FILES} files`, got: 'more' })
}
