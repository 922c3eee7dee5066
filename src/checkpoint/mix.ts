/**
 * @file Parts of several checkpoints as one: a VAE or UNet of its own with the rest of another
 * checkpoint.
 */
import type { ByteSource } from '../source.ts'
import { type Files, missing } from './files.ts'

export interface Layer {
  files: Files
  /** The folders that are taken from here, where it has them. */
  parts: readonly string[]
}

/** Which of these folders a checkpoint has. */
export async function partsOf(files: Files, parts: readonly string[]): Promise<string[]> {
  const names = await files.list()
  return parts.filter((part) => names.some((n) => n.startsWith(`${part}/`)))
}

/** The parts of the first layer that has them, and everything else from `base`. */
export function mixFiles(layers: readonly Layer[], base: Files): Files {
  const owner = async (path: string): Promise<Files> => {
    const part = path.slice(0, Math.max(0, path.indexOf('/')))
    for (const { files, parts } of layers) if (parts.includes(part) && (await partsOf(files, [part])).length > 0) return files
    return base
  }
  return {
    root: [...layers.map(({ files }) => files.root), base.root].join(' + '),
    list: async () => {
      const names = new Set<string>()
      for (const files of [...layers.map((l) => l.files), base])
        for (const name of await files.list()) if ((await owner(name)) === files) names.add(name)
      return [...names].sort()
    },
    text: async (path) => (await owner(path)).text(path),
    open: async (path) => (await owner(path)).open(path),
  }
}

/** A folder that is one model itself, seen as the part of a checkpoint. */
export function asPart(files: Files, part: string): Files {
  const inside = (path: string) => {
    if (!path.startsWith(`${part}/`)) throw missing(`${files.root}/${path}`)
    return path.slice(part.length + 1)
  }
  return {
    root: files.root,
    list: async () => (await files.list()).map((n) => `${part}/${n}`),
    text: async (path): Promise<string> => files.text(inside(path)),
    open: async (path): Promise<ByteSource> => files.open(inside(path)),
  }
}
