/** @file Caches with links: blobs on another disk, and planted links and pipes, through which nothing is read or written. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { link, lstat, mkdir, readdir, readFile, rename, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { test } from 'vitest'
import { cacheDisk } from '#platform'
import { findCached, hubFiles } from '../src/checkpoint/hub/files.ts'
import { openHub } from '../src/checkpoint/hub/hub.ts'
import { parseHubId } from '../src/checkpoint/hub/id.ts'
import { pull } from '../src/checkpoint/hub/pull.ts'
import { snapshots } from '../src/checkpoint/hub/scan.ts'
import { verify } from '../src/checkpoint/hub/verify.ts'
import { type Bench, bench, COMMIT, needed } from './support/hub-fixture.ts'
import { etagOf } from './support/hub-server.ts'

const UNET = 'unet/diffusion_pytorch_model.fp16.safetensors'
const OFFLINE = { HF_HUB_OFFLINE: '1' }

const contents = (b: Bench, name: string) => b.server.repos.get('some/model')!.files.get(name)!
const pathOf = (b: Bench, name: string) => `${b.model}/snapshots/${COMMIT}/${name}`

async function assertReadable(b: Bench, names = needed()): Promise<void> {
  await hubFiles('some/model', { ...b.options, env: { ...b.env, ...OFFLINE } })
  for (const name of names) assert.deepEqual(await readFile(pathOf(b, name)), contents(b, name), name)
}

/** Two names for a place outside of the cache, with a file that must stay as it is. */
async function outside(b: Bench): Promise<{ folder: string; victim: string; assertUntouched: () => Promise<void> }> {
  const folder = `${dirname(b.cache)}/outside`
  const victim = `${folder}/victim`
  await mkdir(folder)
  await writeFile(victim, 'precious')
  return {
    folder,
    victim,
    assertUntouched: async () => {
      assert.deepEqual(await readdir(folder), ['victim'])
      assert.equal(await readFile(victim, 'utf8'), 'precious')
    },
  }
}

test('blobs that are a link to another disk are read, verified, listed, written and resumed', async (t) => {
  const b = await bench(t)
  const disk = `${dirname(b.cache)}/disk`
  await mkdir(disk)
  await mkdir(b.model, { recursive: true })
  await symlink(disk, `${b.model}/blobs`)
  b.server.faults.set(UNET, Array(9).fill({ kind: 'cut', after: 1000 }))
  await assert.rejects(hubFiles('some/model', b.options), /broke off/)
  assert.ok((await readdir(disk)).some((name) => name.endsWith('.incomplete')))
  b.server.faults.clear()
  await hubFiles('some/model', b.options)
  assert.equal(b.server.ranges(UNET).at(-1), 'bytes=5000-')
  await assertReadable(b)
  assert.deepEqual((await readdir(disk)).sort(), [...new Set(needed().map((name) => etagOf(contents(b, name))))].sort())
  const hub = await openHub(b.options)
  for await (const { status, file } of verify(hub, 'some/model', COMMIT)) assert.equal(status, 'right', file)
  assert.deepEqual(
    (await snapshots(hub, 'some/model')).map((s) => [s.fault, s.files.size]),
    [[undefined, needed().length]],
  )
})

test('files themselves go from a linked blobs folder into the snapshot', async (t) => {
  const b = await bench(t)
  const disk = `${dirname(b.cache)}/disk`
  await mkdir(disk)
  await mkdir(b.model, { recursive: true })
  await symlink(disk, `${b.model}/blobs`)
  await hubFiles('some/model', { ...b.options, env: { ...b.env, HF_HUB_DISABLE_SYMLINKS: '1' } })
  await assertReadable(b)
  assert.deepEqual(await readdir(disk), [])
})

test('a blob of another model of the cache is read, one behind a linked model’s folder too', async (t) => {
  const b = await bench(t)
  await hubFiles('some/model', b.options)
  const other = `${b.cache}/models--other--model`
  await rename(`${b.model}/blobs`, `${dirname(b.cache)}/blobs`)
  await mkdir(other)
  await rename(`${dirname(b.cache)}/blobs`, `${other}/blobs`)
  await symlink('../models--other--model/blobs', `${b.model}/blobs`)
  await assertReadable(b)
  await rm(`${b.model}/blobs`)
  await mkdir(`${b.model}/blobs`)
  for (const name of await readdir(`${other}/blobs`)) await symlink(`../../models--other--model/blobs/${name}`, `${b.model}/blobs/${name}`)
  await assertReadable(b)
  await rename(b.model, `${dirname(b.cache)}/model`)
  await symlink('../model', b.model)
  await assert.rejects(assertReadable(b), /got all|expected all its files/)
  await rm(`${dirname(b.cache)}/model/blobs`, { recursive: true })
  await symlink(`${other}/blobs`, `${dirname(b.cache)}/model/blobs`)
  await assertReadable(b)
})

test('a pull writes through no link of a snapshot or of refs', async (t) => {
  const b = await bench(t)
  const { folder, assertUntouched } = await outside(b)
  for (const part of [`snapshots/${COMMIT}`, `snapshots/${COMMIT}/unet`, 'snapshots', 'refs']) {
    await rm(b.model, { recursive: true, force: true })
    await mkdir(dirname(`${b.model}/${part}`), { recursive: true })
    await symlink(folder, `${b.model}/${part}`)
    await assert.rejects(pull(await openHub(b.options), parseHubId('some/model')), /hub: cache \(.*got a link to .*outside/, part)
    await assertUntouched()
  }
})

test('planted names of partial files, of blobs and of locks are never written through', async (t) => {
  const b = await bench(t)
  const { victim, assertUntouched } = await outside(b)
  const etag = etagOf(contents(b, UNET))
  await mkdir(`${b.model}/blobs`, { recursive: true })
  await mkdir(`${b.cache}/.locks/models--some--model`, { recursive: true })
  await symlink(victim, `${b.model}/blobs/${etag}.adzus-00000000.incomplete`)
  await link(victim, `${b.model}/blobs/${etag}.adzus-00000001.incomplete`)
  await symlink(victim, `${b.model}/blobs/${etag}`)
  await symlink(victim, `${b.cache}/.locks/models--some--model/${etag}.adzus.lock`)
  await symlink('nowhere', `${b.cache}/.locks/models--some--model/${etagOf(contents(b, 'vae/config.json'))}.adzus.lock`)
  await mkdir(`${b.model}/refs`)
  await symlink(victim, `${b.model}/refs/main`)
  await hubFiles('some/model', b.options)
  await assertReadable(b)
  await assertUntouched()
  assert.equal(await readFile(`${b.model}/refs/main`, 'utf8'), COMMIT)
  assert.deepEqual(await readdir(`${b.model}/blobs`).then((names) => names.filter((n) => n.includes('incomplete'))), [])
})

test('a disk opens for writing what is a file of its own', async (t) => {
  const b = await bench(t)
  const { folder, victim, assertUntouched } = await outside(b)
  const disk = cacheDisk()
  const at = `${dirname(b.cache)}/at`
  await symlink(victim, at)
  await assert.rejects(disk.open(at), /expected a file of its own, got a link/)
  await rm(at)
  await link(victim, at)
  await assert.rejects(disk.open(at), /got one with several names/)
  await rm(at)
  execFileSync('mkfifo', [at])
  await assert.rejects(disk.open(at), /got a pipe/)
  await assert.rejects(disk.open(folder), /got a folder/)
  await assertUntouched()
})

test('refs and indexes that are pipes, devices or huge are never opened', async (t) => {
  const b = await bench(t)
  await hubFiles('some/model', b.options)
  const ref = `${b.model}/refs/main`
  const plant: [string, () => unknown][] = [
    ['pipe', () => execFileSync('mkfifo', [ref])],
    ['device', () => symlink('/dev/zero', ref)],
    ['folder', () => mkdir(ref)],
    ['huge', () => writeFile(ref, COMMIT).then(() => truncate(ref, 2 ** 30))],
  ]
  for (const [name, make] of plant) {
    await rm(ref, { recursive: true })
    await make()
    const found = await findCached(await openHub(b.options), parseHubId('some/model'))
    assert.equal(found.missing, 'a damaged refs/main', name)
  }
  await rm(ref)
  execFileSync('mkfifo', [ref])
  // A pull puts it right.
  await hubFiles('some/model', b.options)
  assert.equal(await readFile(ref, 'utf8'), COMMIT)
  await rm(pathOf(b, 'model_index.json'))
  execFileSync('mkfifo', [pathOf(b, 'model_index.json')])
  await assert.rejects(hubFiles('some/model', b.options), /model_index\.json\): expected a file, got a pipe, socket or device/)
  await pull(await openHub(b.options), parseHubId('some/model'))
  await assertReadable(b)
})

test('a ref with a byte order mark and a line break is read', async (t) => {
  const b = await bench(t)
  await hubFiles('some/model', b.options)
  await writeFile(`${b.model}/refs/main`, `\ufeff${COMMIT}\r\n`)
  await assertReadable(b)
})

test('a lock of a process in another container is waited for, whatever its number', async (t) => {
  const b = await bench(t)
  const lock = `${b.cache}/.locks/models--some--model/${etagOf(contents(b, UNET))}.adzus.lock`
  const put = async (text: string, age = 0) => {
    await mkdir(dirname(lock), { recursive: true })
    await writeFile(lock, text)
    const time = new Date(Date.now() - age)
    await utimes(lock, time, time)
  }
  const waited = async () => {
    let count = 0
    const onProgress = ({ state }: { state: string }) => {
      if (state === 'waiting' && count++ === 0) void rm(lock)
    }
    await hubFiles('some/model', { ...b.options, onProgress })
    await rm(b.model, { recursive: true })
    return count
  }
  // No process of that number runs here, but it may there.
  await put(JSON.stringify({ process: 2 ** 30, place: 'elsewhere', call: 'x' }))
  assert.equal(await waited(), 1)
  await put(JSON.stringify({ process: process.pid, place: cacheDisk().process.place, call: 'x' }))
  assert.equal(await waited(), 1)
  await put(JSON.stringify({ process: 2 ** 30, place: cacheDisk().process.place, call: 'x' }))
  assert.equal(await waited(), 0)
  // A time ahead of ours by hours is no sign of life.
  await put(JSON.stringify({ process: 1, place: 'elsewhere', call: 'x' }), -3 * 3600_000)
  assert.equal(await waited(), 0)
})

test('a stale lock that turns out to live is put back', async (t) => {
  const b = await bench(t)
  const disk = cacheDisk()
  const etag = etagOf(contents(b, UNET))
  const lock = `${b.cache}/.locks/models--some--model/${etag}.adzus.lock`
  const live = JSON.stringify({ process: process.pid, place: disk.process.place, call: 'theirs' })
  await mkdir(dirname(lock), { recursive: true })
  await writeFile(lock, JSON.stringify({ process: 2 ** 30, place: disk.process.place, call: 'dead' }))
  let raced = false
  const seen: string[] = []
  const racing = {
    ...disk,
    // Another process takes the lock over between our look at it and its removal.
    rename: async (from: string, to: string) => {
      if (from === lock && !raced) {
        raced = true
        await writeFile(lock, live)
      }
      await disk.rename(from, to)
    },
  }
  const onProgress = ({ state }: { state: string }) => {
    if (state !== 'waiting' || seen.length > 0) return
    seen.push('waiting')
    void readFile(lock, 'utf8')
      .then((text) => seen.push(text))
      .then(() => rm(lock))
  }
  await hubFiles('some/model', { ...b.options, disk: racing, onProgress })
  assert.deepEqual(seen, ['waiting', live])
  assert.deepEqual(await readdir(dirname(lock)), [])
})

test('temporary files of killed processes are swept by a pull', async (t) => {
  const b = await bench(t)
  await hubFiles('some/model', b.options)
  const { place } = cacheDisk().process
  const stale = `.adzus-${place}-${2 ** 30}-0123456789abcdef.tmp`
  const running = `.adzus-${place}-${process.pid}-0123456789abcdef.tmp`
  const folders = [`${b.model}/blobs`, `${b.model}/refs`, `${b.model}/snapshots/${COMMIT}/unet`, `${b.cache}/.locks/models--some--model`]
  for (const folder of folders) for (const name of [stale, running]) await writeFile(`${folder}/${name}`, COMMIT)
  const hub = await openHub(b.options)
  assert.deepEqual([...(await hub.cache.refs('some/model')).keys()], ['main'])
  await pull(hub, parseHubId('some/model'))
  for (const folder of folders) {
    await assert.rejects(lstat(`${folder}/${stale}`), /ENOENT/, folder)
    await lstat(`${folder}/${running}`)
  }
})
