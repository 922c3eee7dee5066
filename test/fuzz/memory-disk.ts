/** @file A disk for the hub's cache that exists in memory only, described by a line a file. */
import { posix } from 'node:path'
import type { Disk } from '../../src/checkpoint/hub/disk.ts'

/** Links that are followed before a path counts as circular. */
const MAX_LINKS = 20

/** @param description lines of `path = contents` or `path -> target` */
export function memoryDisk(description: string): Disk {
  const files = new Map<string, string>()
  const links = new Map<string, string>()
  for (const line of description.split('\n')) {
    const [, path, kind, value] = /^(\/.*?) (=|->) (.*)$/.exec(line) ?? []
    if (path !== undefined) (kind === '=' ? files : links).set(posix.normalize(path), value)
  }
  const all = () => [...files.keys(), ...links.keys()]
  const isFolder = (path: string) => all().some((name) => name.startsWith(path === '/' ? '/' : `${path}/`))
  const real = (path: string, left = MAX_LINKS): string | undefined => {
    let at = '/'
    for (const part of posix.normalize(path).split('/').filter(Boolean)) {
      at = posix.join(at, part)
      const target = links.get(at)
      if (target === undefined) continue
      if (left === 0) return undefined
      const end = real(posix.resolve(posix.dirname(at), target), left - 1)
      if (end === undefined) return undefined
      at = end
    }
    return files.has(at) || isFolder(at) ? at : undefined
  }
  const impossible = async (): Promise<never> => {
    throw new Error('this disk is only read')
  }
  return {
    async stat(path) {
      const end = real(path)
      if (end === undefined) return undefined
      const content = files.get(end)
      return { kind: content === undefined ? 'folder' : 'file', size: content?.length ?? 0, modified: 0 }
    },
    real: async (path) => real(path),
    target: async (path) => links.get(posix.normalize(path)),
    async names(folder) {
      const end = real(folder)
      if (end === undefined) return []
      const below = all().filter((name) => name.startsWith(`${end}/`))
      return [...new Set(below.map((name) => name.slice(end.length + 1).split('/')[0]))].sort()
    },
    text: async (path) => files.get(real(path) ?? ''),
    write: impossible,
    create: impossible,
    touch: impossible,
    rename: impossible,
    copy: impossible,
    link: impossible,
    remove: impossible,
    open: impossible,
    own: impossible,
    sweep: impossible,
    hasher: () => {
      throw new Error('this disk has no hasher')
    },
    async *pieces() {},
    free: async () => undefined,
    process: { id: 1, place: 'memory' },
    runs: () => false,
  }
}
