/** @file Encoded texts between runs: the second load needs no text encoder, a spoilt entry is encoded again, and nothing is kept unless asked for. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { afterAll, beforeAll, test } from 'vitest'
import type { Files } from '../src/checkpoint/files.ts'
import { Adzus } from '../src/index.ts'
import { appCache } from '../src/platform/app-cache.ts'
import { place } from '../src/platform/temporary.ts'
import { encodeSafetensors } from '../src/safetensors/writer.ts'
import { modelWithWords } from './support/embedded-with.ts'

const picture = await readFile('data/bccd/images/BloodImage_00163.jpg')
const OPTIONS = { size: 64, foreground: { text: 'white blood cell' } } as const
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'adzus-cache-'))
  process.env['ADZUS_CACHE'] = folder
})
afterAll(async () => {
  delete process.env['ADZUS_CACHE']
  await rm(folder, { recursive: true })
})

/** The embedded model, counting how often its text encoder is opened beyond its hash. */
async function counted(): Promise<{ files: Files; opened: () => number }> {
  const files = await modelWithWords()
  let count = 0
  const open = (name: string) => {
    if (name === 'text_encoder/model.safetensors') count++
    return files.open(name)
  }
  return { files: { ...files, open }, opened: () => count }
}

async function run(cache: boolean) {
  const { files, opened } = await counted()
  const adzus = await Adzus.load(files, { backend: 'cpu', cache })
  const { labels, mask } = await adzus.segment(picture, OPTIONS)
  await adzus.dispose()
  return { labels, mask, opened: opened() }
}

test('texts are kept only where that is asked for, and then encoded once', async () => {
  const plain = await run(false)
  assert.deepEqual(await readdir(folder), [])
  const first = await run(true)
  assert.equal((await readdir(folder)).length, 1)
  const second = await run(true)
  // Hashing opens the encoder's file once; encoding once more.
  assert.deepEqual([plain.opened, first.opened, second.opened], [1, 2, 1])
  for (const { labels, mask } of [first, second]) {
    assert.deepEqual(labels, plain.labels)
    assert.deepEqual(mask, plain.mask)
  }
})

test('a spoilt entry is encoded again', async () => {
  const [name] = await readdir(folder)
  const context = (value: number, shape: number[], word: number) =>
    encodeSafetensors([
      { name: 'context', dtype: 'F32', shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value) },
      { name: 'words', dtype: 'I32', shape: [1], data: Int32Array.of(word) },
    ])
  for (const spoilt of ['nonsense', context(Number.NaN, [77, 64], 1), context(0, [77 * 64], 1), context(0, [77, 64], 77)]) {
    await writeFile(join(folder, name), spoilt)
    assert.equal((await run(true)).opened, 2)
  }
  assert.equal((await run(true)).opened, 1)
})

test('a cache writes through no link, waits for no pipe, and sweeps what killed processes left', async () => {
  const root = await mkdtemp(join(tmpdir(), 'adzus-cache-'))
  process.env['ADZUS_CACHE'] = root
  const cache = appCache()!
  const path = join(root, createHash('sha256').update('name').digest('hex'))
  const victim = join(root, 'victim')
  await writeFile(victim, 'precious')
  await symlink(victim, path)
  await symlink(victim, `${path}.${process.pid}.tmp`)
  const stale = join(root, `.adzus-${place()}-${2 ** 30}-0123456789abcdef.tmp`)
  await writeFile(stale, '')
  await cache.put('name', Uint8Array.of(1))
  assert.deepEqual(await cache.get('name'), Buffer.of(1))
  assert.equal(await readFile(victim, 'utf8'), 'precious')
  assert.deepEqual(
    (await readdir(root)).filter((name) => name.startsWith('.adzus')),
    [],
  )
  await rm(path)
  execFileSync('mkfifo', [path])
  assert.equal(await cache.get('name'), undefined)
  await cache.put('name', Uint8Array.of(2))
  assert.deepEqual(await cache.get('name'), Buffer.of(2))
  process.env['ADZUS_CACHE'] = folder
  await rm(root, { recursive: true })
})

test('a cache that cannot be written to is done without', { timeout: 30_000 }, async () => {
  // A file, and where there is one a folder that refuses with "no such file".
  for (const root of [join(folder, (await readdir(folder))[0]), '/proc/adzus/cache']) {
    process.env['ADZUS_CACHE'] = root
    const cache = appCache()!
    await cache.put('name', Uint8Array.of(1))
    assert.equal(await cache.get('name'), undefined)
  }
  process.env['ADZUS_CACHE'] = 'off'
  assert.equal(appCache(), undefined)
  process.env['ADZUS_CACHE'] = folder
})
