/** @file The hub: what is fetched, where it is kept, and what is asked for again. */
import assert from 'node:assert/strict'
import { readFile, readlink, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { test } from 'vitest'
import { hubFiles } from '../src/checkpoint/hub/files.ts'
import { openHub } from '../src/checkpoint/hub/hub.ts'
import { parseHubId } from '../src/checkpoint/hub/id.ts'
import type { DownloadProgress } from '../src/checkpoint/hub/meter.ts'
import { pull } from '../src/checkpoint/hub/pull.ts'
import { Adzus } from '../src/index.ts'
import { all, assertWhole, OTHER_COMMIT, PLAIN_UNET, tree, UNET } from './support/hub-cache.ts'
import { bench, COMMIT, diffusers, needed, weights } from './support/hub-fixture.ts'
import { etagOf } from './support/hub-server.ts'

test('a pull writes the layout that Python reads', async (t) => {
  const b = await bench(t)
  const files = await hubFiles('some/model', b.options)
  await assertWhole(b)
  assert.equal(await readFile(`${b.model}/refs/main`, 'utf8'), COMMIT)
  const { files: remote } = b.server.repos.get('some/model')!
  assert.equal(await readlink(`${b.model}/snapshots/${COMMIT}/${UNET}`), `../../../blobs/${etagOf(remote.get(UNET)!)}`)
  assert.equal(await readlink(`${b.model}/snapshots/${COMMIT}/model_index.json`), `../../blobs/${etagOf(remote.get('model_index.json')!)}`)
  assert.match(await readFile(`${b.cache}/CACHEDIR.TAG`, 'utf8'), /^Signature: 8a477f597d28d172789f06886806bc55/)
  // The chosen precision stands under the plain name.
  assert.deepEqual(await files.list(), needed(''))
  assert.deepEqual((await all(files)).get(PLAIN_UNET), remote.get(UNET))
  // One question about the repository, one request a file (and one at the store for each of the three large ones).
  assert.deepEqual([b.server.asked.filter((a) => a.method === 'HEAD').length, b.server.asked.length], [0, 1 + 10 + 3])
})

test('what is cached is not asked for again, a moved branch only by a pull', async (t) => {
  const b = await bench(t)
  await hubFiles('some/model', b.options)
  const before = b.server.asked.length
  await hubFiles('some/model', b.options)
  await hubFiles(`some/model@${COMMIT}`, { ...b.options, env: { ...b.env, HF_HUB_OFFLINE: '1' } })
  assert.equal(b.server.asked.length, before)
  // A new commit with one other file: only that one is fetched.
  const moved = diffusers(OTHER_COMMIT)
  moved.files.set(UNET, weights(77))
  b.server.repos.set('some/model', moved)
  assert.deepEqual((await all(await hubFiles('some/model', b.options))).get(PLAIN_UNET), diffusers().files.get(UNET))
  await pull(await openHub(b.options), parseHubId('some/model'))
  assert.equal(await readFile(`${b.model}/refs/main`, 'utf8'), OTHER_COMMIT)
  assert.deepEqual(
    b.server.asked.slice(before + 1).map((a) => a.host),
    ['hub', 'store'],
  )
  assert.deepEqual((await all(await hubFiles('some/model', b.options))).get(PLAIN_UNET), moved.files.get(UNET))
  // f32 is not content with what auto chose, unless there is no network.
  const f32 = await hubFiles('some/model', { ...b.options, dtype: 'f32' })
  assert.deepEqual((await all(f32)).get(PLAIN_UNET), moved.files.get(PLAIN_UNET))
})

test('a pulled model is the model', async (t) => {
  const b = await bench(t)
  const embedded = 'weights/adzus-tiny'
  const files = new Map<string, Buffer>()
  // The right weights of the UNet are the half precision ones; under the plain name there are others.
  for (const name of await tree(embedded))
    files.set(name.replace(/^(unet.*)(\.safetensors)$/, '$1.fp16$2'), await readFile(`${embedded}/${name}`))
  files.set(PLAIN_UNET, weights(1))
  b.server.repos.set('adzus/tiny', { commit: COMMIT, files })
  const pulled = await Adzus.load(await hubFiles('adzus/tiny', b.options), { backend: 'cpu' })
  const original = await Adzus.load(embedded, { backend: 'cpu' })
  assert.equal(await pulled.modelHash(), await original.modelHash())
  assert.deepEqual(pulled.parameters(), original.parameters())
  await pulled.dispose()
  await original.dispose()
})

test('one file of a repository, by its path', async (t) => {
  const b = await bench(t)
  const name = 'v1-5-pruned.safetensors'
  const files = await hubFiles(`some/model/${name}`, b.options)
  assert.deepEqual(await files.list(), [name])
  await assertWhole(b, [name])
  await assert.rejects(hubFiles('some/model/v1-5-prunned.safetensors', b.options), /Did you mean some\/model\/v1-5-pruned.safetensors/)
  await assert.rejects(hubFiles('some/model/v1-5-pruned.ckpt', b.options), /Pickled checkpoints can run code/)
})

test('a repository of single files asks which one', async (t) => {
  const b = await bench(t)
  b.server.repos.set('some/single', {
    commit: COMMIT,
    files: new Map([
      ['a.safetensors', weights(1)],
      ['b.safetensors', weights(2)],
    ]),
  })
  await assert.rejects(hubFiles('some/single', b.options), /Say which: some\/single\/a.safetensors \([\d.]+ kB\), some\/single\/b.safet/)
  b.server.repos.set('some/flux', diffusers())
  b.server.repos.get('some/flux')!.files.set('model_index.json', Buffer.from('{"_class_name": "FluxPipeline"}'))
  await assert.rejects(hubFiles('some/flux', b.options), /expected a Stable Diffusion 1, 2 or XL pipeline, got FluxPipeline/)
  assert.equal(b.server.asked.filter((a) => a.host === 'store').length, 0)
})

test('a hub that lists no sizes is asked for each file', async (t) => {
  const b = await bench(t)
  b.server.blobs = false
  await hubFiles('some/model', b.options)
  await assertWhole(b)
  assert.equal(b.server.asked.filter((a) => a.method === 'HEAD').length, 11)
})

test('the token goes to the hub and not to the store', async (t) => {
  const b = await bench(t)
  b.server.gated.set('some/model', 'hf_secret')
  await writeFile(`${dirname(b.cache)}/token`, 'hf_secret\n')
  await hubFiles('some/model', b.options)
  assert.deepEqual(new Set(b.server.asked.map(({ host, token }) => `${host} ${token}`)), new Set(['hub hf_secret', 'store undefined']))
  const error = (env: Record<string, string>) => hubFiles('some/model', { ...b.options, revision: OTHER_COMMIT, env: { ...b.env, ...env } })
  await assert.rejects(
    error({ HF_HUB_DISABLE_IMPLICIT_TOKEN: '1' }),
    /HTTP 401 .* gated: accept its conditions at .*\/some\/model, and set HF_TOKEN/,
  )
  await assert.rejects(error({ HF_TOKEN: 'hf_other' }), /HTTP 403 .* check that the token in HF_TOKEN is valid/)
})

test('a 404 says what is missing', async (t) => {
  const b = await bench(t)
  await assert.rejects(hubFiles('no/model', { ...b.options, token: 'x' }), /expected a model no\/model, got none\. Check the name/)
  await assert.rejects(hubFiles('no/model', b.options), /HTTP 401 .*or there is none of that name.*HF_TOKEN/)
  await assert.rejects(hubFiles('some/model@v9', b.options), /hub \(some\/model\): expected a branch, tag or commit v9, got none/)
  b.server.edit = (siblings) =>
    siblings.map((s) => (s.rfilename === UNET ? { ...s, rfilename: 'unet/diffusion_pytorch_model.bf.safetensors' } : s))
  await assert.rejects(
    hubFiles('some/model', { ...b.options, variant: 'bf' }),
    /expected a file unet\/diffusion_pytorch_model.bf.safetensors, got none/,
  )
})

test('progress ends with everything', async (t) => {
  const b = await bench(t)
  const seen: DownloadProgress[] = []
  let now = Date.now()
  const clock = { ...b.options.clock!, now: () => (now += 1000) }
  b.server.faults.set(UNET, [{ kind: 'wrong byte', at: 9 }, { kind: 'too long' }, { kind: 'cut', after: 500 }])
  await hubFiles('some/model', { ...b.options, clock, onProgress: (p) => seen.push(p) })
  const total = needed().reduce((sum, name) => sum + b.server.repos.get('some/model')!.files.get(name)!.length, 0)
  assert.deepEqual([seen.at(-1)!.done, seen.at(-1)!.total], [total, total])
  assert.ok(seen.every((p) => p.done <= total && p.rate >= 0))
  assert.equal(seen.filter((p) => p.state === 'retrying').length, 3)
})
