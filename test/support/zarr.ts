/** @file Zarr folders in memory and on disk, and a small one of every kind. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ZarrStore } from '../../src/image/formats/zarr/store.ts'

/** Files of a folder, by paths below it. */
export type FolderFiles = Record<string, Uint8Array>

/** The folders that `scripts/formats/ome-zarr.py` has made. */
export async function zarrFolders(): Promise<Record<string, FolderFiles>> {
  const folders: Record<string, Record<string, string>> = JSON.parse(await readFile('test/data/formats/zarr/folders.json', 'utf8'))
  const bytes = (files: Record<string, string>) =>
    Object.fromEntries(Object.entries(files).map(([path, text]) => [path, new Uint8Array(Buffer.from(text, 'base64'))]))
  return Object.fromEntries(Object.entries(folders).map(([name, files]) => [name, bytes(files)]))
}

/** @param onRead is told of each file that is read */
export function memoryStore(files: FolderFiles, onRead?: (path: string) => void): ZarrStore {
  const get = (path: string) => {
    onRead?.(path.slice(1))
    return Object.hasOwn(files, path.slice(1)) ? files[path.slice(1)].slice() : undefined
  }
  return {
    name: 'memory',
    get: async (path) => get(path),
    getRange: async (path, range) =>
      get(path)?.slice(...('offset' in range ? [range.offset, range.offset + range.length] : [-range.suffixLength])),
  }
}

export async function writeFolder(folder: string, files: FolderFiles): Promise<void> {
  for (const [path, bytes] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), bytes)
  }
}

/**
 * The files with one of JSON changed.
 * @param keys the way to the value, with dots
 */
export function withJson(files: FolderFiles, path: string, keys: string, value: unknown): FolderFiles {
  const whole: unknown = JSON.parse(new TextDecoder().decode(files[path]))
  const steps = keys.split('.')
  const last = steps.pop()!
  let owner = whole as Record<string, unknown>
  for (const step of steps) owner = owner[step] as Record<string, unknown>
  owner[last] = value
  return { ...files, [path]: new TextEncoder().encode(JSON.stringify(whole)) }
}
