/**
 * @file The layout of the cache, which Python's `huggingface_hub` reads and writes as well:
 *
 *     models--owner--name/refs/main                     the commit that a branch or tag stood for when it was last asked
 *     models--owner--name/snapshots/COMMIT/unet/…       a tree of files, each a link to …
 *     models--owner--name/blobs/ETAG                    … its contents, named by their checksum: SHA-256, for small files git's SHA-1
 *     models--owner--name/.no_exist/COMMIT/…            files that Python asked for and that are not in the repository
 *     blobs/                                            contents that Python shares between repositories (links lead on to them)
 *
 * Where links are impossible, or with HF_HUB_DISABLE_SYMLINKS, snapshots hold the files themselves.
 *
 * A cache may have been written by anybody. A link in a snapshot must lead to a blob of the same repository or to the shared store; a broken
 * or circular one counts as a missing file.
 */
import { AdzusError } from '../../errors.ts'
import type { Disk } from './disk.ts'
import { isCommit, isSafePath } from './id.ts'

export interface CachedFile {
  size: number
  /** Name of the blob; undefined where the snapshot holds the file itself. */
  etag?: string
}

/** Deeper trees are no checkpoint of ours. */
const MAX_DEPTH = 16
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
    return `${this.root}/models--${repo.replace('/', '--')}`
  }

  snapshot(repo: string, commit: string): string {
    return `${this.folder(repo)}/snapshots/${commit}`
  }

  blob(repo: string, etag: string): string {
    return `${this.folder(repo)}/blobs/${etag}`
  }

  locks(repo: string): string {
    return `${this.root}/.locks/models--${repo.replace('/', '--')}`
  }

  /** The commit that a revision stood for, or undefined if it was never asked. */
  async commit(repo: string, revision: string): Promise<string | undefined> {
    if (isCommit(revision)) return revision
    const commit = (await this.#disk.text(`${this.folder(repo)}/refs/${revision}`))?.trim()
    return commit !== undefined && isCommit(commit) ? commit : undefined
  }

  async setCommit(repo: string, revision: string, commit: string): Promise<void> {
    if (revision === commit || (await this.commit(repo, revision)) === commit) return
    await this.#disk.write(`${this.folder(repo)}/refs/${revision}`, commit)
  }

  /** All branches and tags that were asked, with their commits. */
  async refs(repo: string): Promise<Map<string, string>> {
    const refs = new Map<string, string>()
    for (const { path, name } of await this.#walk(`${this.folder(repo)}/refs`)) {
      const commit = (await this.#disk.text(path))?.trim()
      if (commit !== undefined && isCommit(commit)) refs.set(name, commit)
    }
    return refs
  }

  /** Commits with a snapshot. */
  async commits(repo: string): Promise<string[]> {
    return (await this.#disk.names(`${this.folder(repo)}/snapshots`)).filter(isCommit)
  }

  /** All models of the cache, as `owner/name`; models without owner (`gpt2`) are none of ours. */
  async repos(): Promise<string[]> {
    const names = await this.#disk.names(this.root)
    return names.flatMap((name) => {
      const parts = name.split('--')
      return parts[0] === 'models' && parts.length === 3 ? [`${parts[1]}/${parts[2]}`] : []
    })
  }

  /** Whether Python noted that a file is not in the repository at that commit. */
  async isAbsent(repo: string, commit: string, file: string): Promise<boolean> {
    return (await this.#disk.stat(`${this.folder(repo)}/.no_exist/${commit}/${file}`))?.kind === 'file'
  }

  /**
   * The files of a snapshot, by name. Broken links are left out.
   * @throws AdzusError where a link leads out of the cache's blobs
   */
  async files(repo: string, commit: string): Promise<Map<string, CachedFile>> {
    const files = new Map<string, CachedFile>()
    const folder = this.snapshot(repo, commit)
    const real = await this.#disk.real(this.folder(repo))
    const end = await this.#disk.real(folder)
    if (end === undefined) return files
    if (slashes(end) !== slashes(`${real}/snapshots/${commit}`)) throw leaves(folder, end)
    const shared = await this.#disk.real(`${this.root}/blobs`)
    const blobs = [...(real === undefined ? [] : [`${real}/blobs`]), ...(shared === undefined ? [] : [shared])].map(slashes)
    for (const { path, name, target } of await this.#walk(folder)) {
      const info = await this.#disk.stat(path)
      if (info?.kind !== 'file') continue
      if (target === undefined) files.set(name, { size: info.size })
      else {
        const end = await this.#disk.real(path)
        if (end === undefined) continue
        if (!blobs.some((folder) => slashes(end).startsWith(`${folder}/`))) throw leaves(path, end)
        files.set(name, { size: info.size, etag: slashes(target).split('/').at(-1) })
      }
    }
    return files
  }

  /** Names of the links of a snapshot that lead nowhere. */
  async broken(repo: string, commit: string): Promise<string[]> {
    const good = await this.files(repo, commit)
    return (await this.#walk(this.snapshot(repo, commit))).map(({ name }) => name).filter((name) => !good.has(name))
  }

  /** Puts a blob into a snapshot: a link if `links`, else the file itself, which is then a blob no more (as Python does). */
  async place(repo: string, commit: string, file: string, etag: string, { links, fresh }: { links: boolean; fresh: boolean }) {
    const path = `${this.snapshot(repo, commit)}/${file}`
    const up = '../'.repeat(file.split('/').length + 1)
    if (links && (await this.#disk.link(`${up}blobs/${etag}`, path))) return
    // A blob that was there before may belong to another file, too.
    await (fresh ? this.#disk.rename(this.blob(repo, etag), path) : this.#disk.copy(this.blob(repo, etag), path))
  }

  async tag(): Promise<void> {
    await this.#disk.create(`${this.root}/CACHEDIR.TAG`, TAG)
  }

  /** Files and links below a folder. Links to folders are not followed: no snapshot has them. */
  async #walk(folder: string, prefix = '', depth = 0): Promise<{ path: string; name: string; target?: string }[]> {
    if (depth > MAX_DEPTH) return []
    const found: { path: string; name: string; target?: string }[] = []
    for (const entry of await this.#disk.names(folder)) {
      const path = `${folder}/${entry}`
      const name = `${prefix}${entry}`
      if (!isSafePath(name)) continue
      const target = await this.#disk.target(path)
      if (target === undefined && (await this.#disk.stat(path))?.kind === 'folder')
        found.push(...(await this.#walk(path, `${name}/`, depth + 1)))
      else found.push({ path, name, target })
    }
    return found
  }
}

function slashes(path: string): string {
  return path.replaceAll('\\', '/')
}

function leaves(path: string, end: string): AdzusError {
  return new AdzusError({
    what: 'hub: cache',
    where: path,
    expected: 'a link to a blob of the same model',
    got: `a link to ${end}`,
    hint: 'Remove the model from the cache and pull it again.',
  })
}
