/** @file The hub's cache: shared with Python and with other processes, verified, and cleared. */
import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, rm, stat, symlink, truncate, utimes, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { test } from 'vitest'
import { cacheDisk } from '#platform'
import type { Disk } from '../src/checkpoint/hub/disk.ts'
import { findCached, hubFiles } from '../src/checkpoint/hub/files.ts'
import { openHub } from '../src/checkpoint/hub/hub.ts'
import { parseHubId } from '../src/checkpoint/hub/id.ts'
import { pull } from '../src/checkpoint/hub/pull.ts'
import { planRemoval } from '../src/checkpoint/hub/remove.ts'
import { verify } from '../src/checkpoint/hub/verify.ts'
import { all, assertWhole, OTHER_COMMIT, PLAIN_UNET, tree, UNET } from './support/hub-cache.ts'
import { bench, COMMIT, diffusers, needed, sha256, weights } from './support/hub-fixture.ts'
import { etagOf } from './support/hub-server.ts'

test('the cache as Python writes it is read', async (t) => {
  const b = await bench(t)
  const { files } = diffusers()
  const hash = 'e'.repeat(64)
  for (const name of needed('')) {
    const etag = etagOf(files.get(name)!)
    await mkdir(dirname(`${b.model}/snapshots/${COMMIT}/${name}`), { recursive: true })
    await mkdir(`${b.model}/blobs`, { recursive: true })
    if (name === PLAIN_UNET) {
      // Newer versions share large files between repositories.
      await mkdir(`${b.cache}/blobs/ee`, { recursive: true })
      await writeFile(`${b.cache}/blobs/ee/${hash}`, files.get(name)!)
      await symlink(`../../blobs/ee/${hash}`, `${b.model}/blobs/${etag}`)
    } else await writeFile(`${b.model}/blobs/${etag}`, files.get(name)!)
    await symlink(`${'../'.repeat(name.split('/').length + 1)}blobs/${etag}`, `${b.model}/snapshots/${COMMIT}/${name}`)
  }
  for (const [name, text] of [
    ['refs/main', COMMIT],
    ['refs/refs/pr/1', COMMIT],
    [`trees/${COMMIT}.json`, '{"format_version": 1, "files": {}}'],
    [`.no_exist/${COMMIT}/unet/model.fp16.safetensors`, ''],
    ['../.locks/models--some--model/0123.lock', ''],
    ['../.locks/models--some--model/4567.lock', ''],
  ]) {
    await mkdir(dirname(`${b.model}/${name}`), { recursive: true })
    await writeFile(`${b.model}/${name}`, text)
  }
  for (const id of ['some/model', 'some/model@refs/pr/1', `some/model@${COMMIT}`]) {
    const contents = await all(await hubFiles(id, { ...b.options, env: { ...b.env, HF_HUB_OFFLINE: '1' } }))
    assert.deepEqual([...contents.keys()], needed(''))
    for (const [name, bytes] of contents) assert.deepEqual(bytes, files.get(name), name)
  }
  // auto would have chosen fp16, but what is there is good enough.
  await hubFiles('some/model', b.options)
  assert.equal(b.server.asked.length, 0)
  const hub = await openHub(b.options)
  for await (const { status, file } of verify(hub, 'some/model', COMMIT)) assert.equal(status, 'right', file)
  const absent = await findCached(hub, parseHubId('some/model/unet/model.fp16.safetensors'))
  assert.match(absent.missing!, /a note that commit .* has no such file/)
})

test('a snapshot must not lead out of the cache', async (t) => {
  const b = await bench(t)
  await hubFiles('some/model', b.options)
  const link = `${b.model}/snapshots/${COMMIT}/vae/config.json`
  const secret = `${dirname(b.cache)}/secret.json`
  await writeFile(secret, '{}')
  const replace = async (target: string) => {
    await rm(link)
    await symlink(target, link)
  }
  await replace(secret)
  await assert.rejects(hubFiles('some/model', b.options), /expected a link to a blob of the same model, got a link to .*secret.json/)
  await replace('../../../../../secret.json')
  await assert.rejects(hubFiles('some/model', b.options), /secret.json/)
  // Circles and broken links are missing files: they are made anew.
  for (const target of ['config.json', '../../../blobs/gone']) {
    await replace(target)
    await assert.rejects(hubFiles('some/model', { ...b.options, env: { ...b.env, HF_HUB_OFFLINE: '1' } }), /vae\/config.json/)
    await hubFiles('some/model', b.options)
    await assertWhole(b)
  }
  // A folder in a circle is not followed.
  await symlink('..', `${b.model}/snapshots/${COMMIT}/loop`)
  await hubFiles('some/model', b.options)
  // The snapshot's folder itself.
  await rm(`${b.model}/snapshots`, { recursive: true })
  await mkdir(`${b.model}/snapshots`)
  await symlink(dirname(b.cache), `${b.model}/snapshots/${COMMIT}`)
  await assert.rejects(hubFiles('some/model', b.options), /expected a link to a blob/)
})

test('names and sizes from the hub are not trusted', async (t) => {
  const b = await bench(t)
  const first = (change: Record<string, unknown>) => {
    b.server.edit = (siblings) => siblings.map((s) => (s.rfilename === UNET ? { ...s, ...change } : s))
  }
  for (const rfilename of ['../../../evil.safetensors', '/etc/passwd', 'unet\\..\\evil', 'unet/../../x', 'C:/x', 7, 'a\0b']) {
    first({ rfilename })
    await assert.rejects(hubFiles('some/model', b.options), /expected names of files below one folder/, `${rfilename}`)
  }
  for (const size of [2 ** 53, -1, 1.5, '12', 1e300]) {
    first({ lfs: { size, sha256: 'a'.repeat(64) } })
    await assert.rejects(hubFiles('some/model', b.options), /expected bytes, at least 0 and below 2\^53/, `${size}`)
  }
  for (const sha256 of ['../../x', '', '.hidden', 'a/b']) {
    first({ lfs: { size: 10, sha256 } })
    await assert.rejects(hubFiles('some/model', b.options), /hub: etag .*expected a checksum/, sha256)
  }
  b.server.edit = () => 'none'
  await assert.rejects(hubFiles('some/model', b.options), /hub: list of files .*got string/)
  b.server.edit = (siblings) => siblings
  b.server.repos.get('some/model')!.commit = '../../..'
  await assert.rejects(hubFiles('some/model', b.options), /expected a commit, got "..\/..\/.."/)
  assert.deepEqual(await readdir(dirname(b.cache)), [])
})

test('snapshots hold the files themselves where links are not wanted', async (t) => {
  const b = await bench(t)
  const options = { ...b.options, env: { ...b.env, HF_HUB_DISABLE_SYMLINKS: '1' } }
  const { files } = b.server.repos.get('some/model')!
  // The same contents twice, as with the tokenizers of SDXL.
  files.set('tokenizer/special_tokens_map.json', files.get('tokenizer/vocab.json')!)
  await hubFiles('some/model', options)
  const names = [...needed(), 'tokenizer/special_tokens_map.json']
  assert.deepEqual(await tree(b.model), ['refs/main', ...names.map((n) => `snapshots/${COMMIT}/${n}`)].sort())
  for (const name of names) assert.deepEqual(await readFile(`${b.model}/snapshots/${COMMIT}/${name}`), files.get(name), name)
  assert.equal(b.server.ranges('tokenizer/vocab.json').length + b.server.ranges('tokenizer/special_tokens_map.json').length, 1)
  const before = b.server.asked.length
  await hubFiles('some/model', options)
  assert.equal(b.server.asked.length, before)
  // As well where the system cannot.
  const disk: Disk = { ...cacheDisk(), link: async () => false }
  await rm(b.cache, { recursive: true })
  await hubFiles('some/model', { ...b.options, disk })
  assert.ok(!(await stat(`${b.model}/snapshots/${COMMIT}/${UNET}`)).isSymbolicLink())
  for await (const { status } of verify(await openHub(b.options), 'some/model', COMMIT)) assert.equal(status, 'unchecked')
})

test('two pulls at once fetch every file once', async (t) => {
  const b = await bench(t)
  b.server.onFile = () => new Promise((resolve) => setTimeout(resolve, 20))
  await Promise.all([hubFiles('some/model', b.options), hubFiles('some/model', b.options), hubFiles('some/model', b.options)])
  await assertWhole(b)
  for (const name of needed()) assert.equal(b.server.ranges(name).length, 1, name)
})

test('a lock whose owner is gone is no lock', async (t) => {
  const b = await bench(t)
  const lock = `${b.cache}/.locks/models--some--model/${etagOf(b.server.repos.get('some/model')!.files.get(UNET)!)}.adzus.lock`
  const put = async (text: string, age: number) => {
    await mkdir(dirname(lock), { recursive: true })
    await writeFile(lock, text)
    const time = new Date(Date.now() - age)
    await utimes(lock, time, time)
  }
  // A process number beyond any system's, on this machine; then another machine's that was not renewed.
  for (const [text, age] of [
    [JSON.stringify({ process: 2 ** 30, place: cacheDisk().process.place, call: 'x' }), 0],
    [JSON.stringify({ process: 1, place: 'elsewhere', call: 'x' }), 120_000],
    ['', 120_000],
  ] as const) {
    await put(text, age)
    await hubFiles('some/model', b.options)
    await assertWhole(b)
    await rm(b.model, { recursive: true })
  }
  // One that is held is waited for.
  await put(JSON.stringify({ process: process.pid, place: cacheDisk().process.place, call: 'x' }), 0)
  let waited = false
  await hubFiles('some/model', {
    ...b.options,
    onProgress: ({ state }) => {
      if (state !== 'waiting' || waited) return
      waited = true
      void rm(lock)
    },
  })
  assert.ok(waited)
  await assertWhole(b)
})

test('verify finds what was changed', async (t) => {
  const b = await bench(t)
  await hubFiles('some/model', b.options)
  const hub = await openHub(b.options)
  const read = async () => {
    const statuses = new Map<string, string>()
    for await (const { file, status } of verify(hub, 'some/model', COMMIT)) statuses.set(file, status)
    return statuses
  }
  assert.deepEqual(new Set((await read()).values()), new Set(['right']))
  const at = `${b.model}/snapshots/${COMMIT}`
  await truncate(`${at}/${UNET}`, 100)
  const config = await readFile(`${at}/vae/config.json`)
  config[3] ^= 1
  await writeFile(`${at}/vae/config.json`, config)
  await rm(`${b.model}/blobs/${etagOf(b.server.repos.get('some/model')!.files.get('unet/config.json')!)}`)
  const found = await read()
  assert.deepEqual([found.get(UNET), found.get('vae/config.json'), found.get('unet/config.json')], ['wrong', 'wrong', 'broken link'])
  assert.equal([...found.values()].filter((s) => s === 'right').length, needed().length - 3)
})

test('removing a snapshot keeps what others use', async (t) => {
  const b = await bench(t)
  await hubFiles('some/model', b.options)
  const moved = diffusers(OTHER_COMMIT)
  moved.files.set(UNET, weights(77))
  b.server.repos.set('some/model', moved)
  const hub = await openHub(b.options)
  await pull(hub, parseHubId('some/model'))
  const old = await planRemoval(hub, 'some/model', COMMIT)
  assert.equal(old.bytes, diffusers().files.get(UNET)!.length)
  await old.run()
  assert.deepEqual((await all(await hubFiles('some/model', b.options))).get(PLAIN_UNET), moved.files.get(UNET))
  assert.ok(!(await tree(b.model)).some((n) => n.includes(COMMIT) || n.includes(sha256(diffusers().files.get(UNET)!))))
  await assert.rejects(planRemoval(hub, 'some/model', COMMIT), /no such model/)
  const rest = await planRemoval(hub, 'some/model')
  assert.equal(
    rest.bytes,
    needed().reduce((sum, name) => sum + moved.files.get(name)!.length, 0),
  )
  await rest.run()
  await assert.rejects(stat(b.model), /ENOENT/)
  await assert.rejects(planRemoval(hub, 'some/model'), /no such model/)
})
