/** @file Removing models from a cache with links: the links go, and what they lead to stays. */
import assert from 'node:assert/strict'
import { cp, link, lstat, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type TestContext, test } from 'vitest'
import { hubFiles } from '../src/checkpoint/hub/files.ts'
import { type Hub, openHub } from '../src/checkpoint/hub/hub.ts'
import { parseHubId } from '../src/checkpoint/hub/id.ts'
import { pull } from '../src/checkpoint/hub/pull.ts'
import { planRemoval } from '../src/checkpoint/hub/remove.ts'
import { type Bench, bench, COMMIT, diffusers, needed, weights } from './support/hub-fixture.ts'
import { etagOf } from './support/hub-server.ts'

const OTHER_COMMIT = '0123456789abcdef0123456789abcdef01234567'
const UNET = 'unet/diffusion_pytorch_model.fp16.safetensors'

interface Pulled extends Bench {
  hub: Hub
  /** A folder outside of the cache. */
  outside: string
  /** Bytes of the model's files. */
  size: number
}

async function pulled(t: TestContext): Promise<Pulled> {
  const b = await bench(t)
  await hubFiles('some/model', b.options)
  const { files } = b.server.repos.get('some/model')!
  const size = needed().reduce((sum, name) => sum + files.get(name)!.length, 0)
  const outside = `${dirname(b.cache)}/outside`
  await mkdir(outside)
  return { ...b, hub: await openHub(b.options), outside, size }
}

/** Moves something of a model out of the cache and leaves a link; its files are then these. */
async function moveOut({ model, outside }: Pulled, part: string): Promise<{ link: string; path: string; files: string[] }> {
  const [from, to] = [part === '' ? model : `${model}/${part}`, `${outside}/moved`]
  await rename(from, to)
  await symlink(to, from)
  return { link: from, path: to, files: await tree(to) }
}

async function tree(folder: string): Promise<string[]> {
  return (await readdir(folder, { recursive: true })).sort()
}

const isGone = async (path: string) => assert.rejects(lstat(path), /ENOENT/, path)

for (const [part, counted] of [
  ['blobs', 0],
  ['snapshots', 'all'],
  ['refs', 'all'],
  ['', 0],
] as const)
  test(`what ${part === '' ? 'the model’s folder' : part} leads to stays, and the link goes`, async (t) => {
    const b = await pulled(t)
    const moved = await moveOut(b, part)
    const plan = await planRemoval(b.hub, 'some/model')
    assert.deepEqual(plan.stays, [{ link: moved.link, path: moved.path }])
    assert.equal(plan.bytes, counted === 'all' ? b.size : counted)
    await plan.run()
    assert.deepEqual(await tree(moved.path), moved.files)
    assert.ok(moved.files.length > 0)
    await isGone(b.model)
  })

test('a snapshot’s folder, a folder in it and a blob that lead elsewhere are removed as links', async (t) => {
  const b = await pulled(t)
  const snapshot = `${b.model}/snapshots/${COMMIT}`
  await writeFile(`${b.outside}/precious`, 'mine')
  await symlink(b.outside, `${b.model}/snapshots/${OTHER_COMMIT}`)
  await symlink(b.outside, `${snapshot}/vae/more`)
  await symlink(`${b.outside}/precious`, `${b.model}/blobs/${'a'.repeat(64)}`)
  const plan = await planRemoval(b.hub, 'some/model')
  assert.deepEqual(
    plan.stays.map(({ path }) => path),
    [`${b.outside}/precious`, b.outside],
  )
  assert.equal(plan.bytes, b.size)
  await plan.run()
  await isGone(b.model)
  assert.deepEqual(await readdir(b.outside), ['precious'])
})

test('folders that become links between the plan and its run are not entered', async (t) => {
  const b = await pulled(t)
  const plan = await planRemoval(b.hub, 'some/model')
  const blobs = await moveOut(b, 'blobs')
  await plan.run()
  assert.deepEqual(await tree(blobs.path), blobs.files)
  await isGone(b.model)
})

test('of a snapshot beside others nothing that lies elsewhere is removed', async (t) => {
  const b = await pulled(t)
  const newer = diffusers(OTHER_COMMIT)
  newer.files.set(UNET, weights(77))
  b.server.repos.set('some/model', newer)
  await pull(b.hub, parseHubId('some/model'))
  const blobs = await moveOut(b, 'blobs')
  const plan = await planRemoval(b.hub, 'some/model', COMMIT)
  assert.deepEqual([plan.bytes, plan.stays], [0, [{ link: blobs.link, path: blobs.path }]])
  await plan.run()
  assert.deepEqual(await tree(blobs.path), blobs.files)
  await isGone(`${b.model}/snapshots/${COMMIT}`)
  assert.equal((await hubFiles('some/model', b.options)).root, `${b.model}/snapshots/${OTHER_COMMIT}`)
})

for (const part of ['snapshots', ''])
  test(`one snapshot behind a link (${part || 'the model’s folder'}) is refused`, async (t) => {
    const b = await pulled(t)
    await cp(`${b.model}/snapshots/${COMMIT}`, `${b.model}/snapshots/${OTHER_COMMIT}`, { recursive: true, verbatimSymlinks: true })
    const moved = await moveOut(b, part)
    await assert.rejects(planRemoval(b.hub, 'some/model', COMMIT), /expected a snapshot that lies in the cache, got one behind a link to/)
    assert.deepEqual(await tree(moved.path), moved.files)
  })

test('refs of a snapshot that lie elsewhere stay', async (t) => {
  const b = await pulled(t)
  b.server.repos.set('some/model', diffusers(OTHER_COMMIT))
  await pull(b.hub, parseHubId('some/model'))
  const refs = await moveOut(b, 'refs')
  await (await planRemoval(b.hub, 'some/model', OTHER_COMMIT)).run()
  assert.equal(await readFile(`${refs.path}/main`, 'utf8'), OTHER_COMMIT)
})

test('blobs that another model uses are not removed', async (t) => {
  const b = await pulled(t)
  b.server.repos.set('other/model', b.server.repos.get('some/model')!)
  await pull(b.hub, parseHubId('other/model'))
  // As tools make them that save room.
  const other = `${b.cache}/models--other--model`
  await rm(`${other}/blobs`, { recursive: true })
  await symlink('../models--some--model/blobs', `${other}/blobs`)
  await assert.rejects(planRemoval(b.hub, 'some/model'), /links of other\/model to them\. Remove that first/)
  const plan = await planRemoval(b.hub, 'other/model')
  assert.equal(plan.bytes, 0)
  await plan.run()
  await isGone(other)
  assert.equal((await planRemoval(b.hub, 'some/model')).bytes, b.size)
})

test('the cache’s folder may be a link, and what has a second name elsewhere frees nothing', async (t) => {
  const b = await pulled(t)
  const alias = `${dirname(b.cache)}/alias`
  await symlink(b.cache, alias)
  const unet = `${b.model}/blobs/${etagOf(b.server.repos.get('some/model')!.files.get(UNET)!)}`
  await link(unet, `${b.outside}/kept.safetensors`)
  const hub = await openHub({ ...b.options, env: { ...b.env, HF_HUB_CACHE: alias } })
  const plan = await planRemoval(hub, 'some/model')
  assert.deepEqual([plan.stays, plan.bytes], [[], b.size - (await lstat(unet)).size])
  await plan.run()
  await isGone(b.model)
})

test('a model’s folder that is a file, or a link to nowhere, is removed as such', async (t) => {
  const b = await pulled(t)
  await writeFile(`${b.cache}/models--a--file`, 'x')
  await symlink('nowhere', `${b.cache}/models--a--link`)
  for (const repo of ['a/file', 'a/link']) await (await planRemoval(b.hub, repo)).run()
  assert.deepEqual(
    (await readdir(b.cache)).filter((name) => name.startsWith('models--a')),
    [],
  )
})

test('locks behind a link are left alone', async (t) => {
  const b = await pulled(t)
  await writeFile(`${b.outside}/old.adzus.lock`, JSON.stringify({ process: 2 ** 30, place: b.hub.disk.process.place }))
  await rm(`${b.cache}/.locks`, { recursive: true })
  await symlink(b.outside, `${b.cache}/.locks`)
  await mkdir(`${b.outside}/models--some--model`)
  await rename(`${b.outside}/old.adzus.lock`, `${b.outside}/models--some--model/old.adzus.lock`)
  await (await planRemoval(b.hub, 'some/model')).run()
  assert.deepEqual(await readdir(`${b.outside}/models--some--model`), ['old.adzus.lock'])
})
