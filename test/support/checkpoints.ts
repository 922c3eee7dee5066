/** @file Checkpoints for tests: folders in memory that can be changed, and a watch on what is read of them. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Files } from '../../src/checkpoint/files.ts'
import { openDirectory } from '../../src/platform/directory.ts'
import { SafetensorsFile } from '../../src/safetensors/reader.ts'
import { encodeSafetensors } from '../../src/safetensors/writer.ts'
import { bytesSource } from '../../src/source.ts'

export type Contents = Map<string, Uint8Array | string>

export interface StoredTensor {
  dtype: string
  shape: readonly number[]
  data: Uint8Array
}

/** All files of a folder. */
export async function readFolder(folder: string): Promise<Contents> {
  const contents: Contents = new Map()
  for (const name of await (await openDirectory(folder)).list()) contents.set(name, new Uint8Array(await readFile(join(folder, name))))
  return contents
}

/** Changes the tensors of a file of the folder. */
export async function editTensors(contents: Contents, file: string, edit: (tensors: Map<string, StoredTensor>) => void): Promise<void> {
  const tensors = await tensorsOf(contents.get(file) as Uint8Array)
  edit(tensors)
  contents.set(file, encodeTensors(tensors))
}

export async function tensorsOf(bytes: Uint8Array): Promise<Map<string, StoredTensor>> {
  const file = await SafetensorsFile.open(bytesSource('original', bytes))
  const tensors = new Map<string, StoredTensor>()
  for (const [name, { dtype, shape }] of file.tensors) tensors.set(name, { dtype, shape, data: await file.read(name) })
  return tensors
}

export function encodeTensors(tensors: ReadonlyMap<string, StoredTensor>): Uint8Array {
  return encodeSafetensors([...tensors].map(([name, tensor]) => ({ name, ...tensor })))
}

/** Changes fields of a JSON file of the folder; undefined takes a field out. */
export function editJson(contents: Contents, file: string, changes: Record<string, unknown>): void {
  const content = contents.get(file) as Uint8Array
  contents.set(file, JSON.stringify({ ...JSON.parse(new TextDecoder().decode(content)), ...changes }))
}

export interface Watched {
  files: Files
  /** Sources that are open now. */
  open: number
  /** Every read: file, and bytes asked for. */
  reads: { file: string; length: number }[]
}

/** The same files, every opening and read noted. */
export function watch(files: Files): Watched {
  const watched: Watched = {
    open: 0,
    reads: [],
    files: {
      ...files,
      open: async (path) => {
        const source = await files.open(path)
        watched.open++
        return {
          name: source.name,
          size: source.size,
          read: (offset, length) => {
            watched.reads.push({ file: path, length })
            return source.read(offset, length)
          },
          close: async () => {
            watched.open--
            await source.close?.()
          },
        }
      },
    },
  }
  return watched
}
