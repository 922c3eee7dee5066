/** @file What a cache of the hub holds, and whether it is whole. */
import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import type { Files } from '../../src/checkpoint/files.ts'
import { type Bench, COMMIT, needed } from './hub-fixture.ts'
import { etagOf } from './hub-server.ts'

export const UNET = 'unet/diffusion_pytorch_model.fp16.safetensors'

export const PLAIN_UNET = 'unet/diffusion_pytorch_model.safetensors'

export const OTHER_COMMIT = '0123456789abcdef0123456789abcdef01234567'

export async function all(files: Files): Promise<Map<string, Buffer>> {
  const contents = new Map<string, Buffer>()
  for (const name of await files.list()) {
    const source = await files.open(name)
    contents.set(name, Buffer.from(await source.read(0, source.size)))
    await source.close?.()
  }
  return contents
}

/** The files of a cache below the model's folder, links included. */
export async function tree(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((e) => !e.isDirectory())
    .map((e) => `${e.parentPath}/${e.name}`.slice(folder.length + 1))
    .sort()
}

/** All files are there, right, and nothing else is. */
export async function assertWhole(b: Bench, names = needed()): Promise<void> {
  const { files } = b.server.repos.get('some/model')!
  for (const name of names) assert.deepEqual(await readFile(`${b.model}/snapshots/${COMMIT}/${name}`), files.get(name), name)
  const blobs = new Set(names.map((name) => `blobs/${etagOf(files.get(name)!)}`))
  assert.deepEqual(await tree(b.model), [...blobs, 'refs/main', ...names.map((n) => `snapshots/${COMMIT}/${n}`)].sort())
  assert.deepEqual(await tree(`${b.cache}/.locks`), [])
}
