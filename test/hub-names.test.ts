/** @file What stands for a model of the hub: ids, short commits, pasted addresses, folders of a cache. */
import assert from 'node:assert/strict'
import { rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { test } from 'vitest'
import { hubFiles } from '../src/checkpoint/hub/files.ts'
import { type HubId, isHubId, parseHubId } from '../src/checkpoint/hub/id.ts'
import { openCheckpoint } from '../src/checkpoint/open.ts'
import { bench, COMMIT, diffusers, needed } from './support/hub-fixture.ts'

const OTHER_COMMIT = '39593d5eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee'
const OLD_COMMIT = 'abcdef0123456789abcdef0123456789abcdef01'
const ENDPOINT = 'http://127.0.0.1:8080/mirror'

test('pasted addresses are understood', () => {
  const cases: [string, HubId][] = [
    ['https://huggingface.co/o/n', { repo: 'o/n', revision: 'main' }],
    ['http://huggingface.co/o/n/', { repo: 'o/n', revision: 'main' }],
    ['https://www.huggingface.co/o/n?library=diffusers#files', { repo: 'o/n', revision: 'main' }],
    ['huggingface.co/o/n', { repo: 'o/n', revision: 'main' }],
    ['https://hf.co/o/n', { repo: 'o/n', revision: 'main' }],
    ['hf.co/o/n@v1', { repo: 'o/n', revision: 'v1' }],
    ['https://huggingface.co/o/n@refs/pr/1', { repo: 'o/n', revision: 'refs/pr/1' }],
    ['https://huggingface.co/o/n/tree/main', { repo: 'o/n', revision: 'main' }],
    ['https://huggingface.co/o/n/tree/refs%2Fpr%2F3', { repo: 'o/n', revision: 'refs/pr/3' }],
    ['https://huggingface.co/o/n/tree/refs/pr/3', { repo: 'o/n', revision: 'refs/pr/3' }],
    [`https://huggingface.co/o/n/commit/${COMMIT}`, { repo: 'o/n', revision: COMMIT }],
    ['https://huggingface.co/o/n/blob/main/a.safetensors', { repo: 'o/n', revision: 'main', file: 'a.safetensors' }],
    [
      'https://huggingface.co/o/n/resolve/fp16/x/a%20b.safetensors?download=true',
      { repo: 'o/n', revision: 'fp16', file: 'x/a b.safetensors' },
    ],
    ['https://huggingface.co/api/models/o/n/revision/v2', { repo: 'o/n', revision: 'v2' }],
    [`${ENDPOINT}/o/n/blob/main/a.safetensors`, { repo: 'o/n', revision: 'main', file: 'a.safetensors' }],
  ]
  for (const [text, id] of cases) {
    assert.ok(isHubId(text), text)
    assert.deepEqual(parseHubId(text, undefined, ENDPOINT), id, text)
  }
  assert.equal(parseHubId('https://huggingface.co/o/n/tree/v1', 'v2').revision, 'v2')
})

test('folders of a cache are understood', () => {
  const cases: [string, HubId][] = [
    ['models--o--n', { repo: 'o/n', revision: 'main', cache: '.' }],
    ['models--o--n@v1', { repo: 'o/n', revision: 'v1', cache: '.' }],
    ['/c/hub/models--o--n/', { repo: 'o/n', revision: 'main', cache: '/c/hub' }],
    ['C:\\c\\hub\\models--o--n', { repo: 'o/n', revision: 'main', cache: 'C:/c/hub' }],
    [`hub/models--o--n/snapshots/${COMMIT}`, { repo: 'o/n', revision: COMMIT, cache: 'hub' }],
    [`/models--o--n/snapshots/${COMMIT}/a.safetensors`, { repo: 'o/n', revision: COMMIT, file: 'a.safetensors', cache: '/' }],
  ]
  for (const [text, id] of cases) {
    assert.ok(isHubId(text), text)
    assert.deepEqual(parseHubId(text), id, text)
  }
  for (const text of ['models--o', 'models--a--b--c', 'models--o--n/blobs', 'x/models--..--n', 'models--o--n.git'])
    assert.throws(() => parseHubId(text), /expected owner\/name/, text)
})

test('addresses of something else are refused in one sentence', () => {
  for (const [text, message] of [
    ['https://huggingface.co/', /expected the address of a model, or of one of its files, got another page of the hub/],
    ['https://huggingface.co/datasets/o/n', /got another page of the hub/],
    ['https://huggingface.co/o', /got another page of the hub/],
    ['https://huggingface.co/o/n/discussions/3', /got another page of the model\. Give the model: o\/n/],
    ['https://huggingface.co/o/n/blob/main', /got another page of the model/],
    ['https://huggingface.co/o/n/tree/v1/unet', /got a folder of a model\. Give the whole: o\/n@v1/],
    ['https://huggingface.co/o/n/tree/%zz', /got an address with wrong escapes/],
    ['https://huggingface.co/o/%2e%2e', /expected owner\/name/],
    ['https://huggingface.co/o/n/blob/main/%2e%2e/x.safetensors', /expected owner\/name/],
    ['https://example.org/o/n', /got an address of something else\. Fetch the file and give its path/],
    ['ftp://huggingface.co/o/n', /got an address of something else/],
    [`https://huggingface.co/${'x'.repeat(5000)}`, /expected owner\/name/],
  ] as const)
    assert.throws(
      () => parseHubId(text),
      (error: Error) => {
        assert.match(error.message, message, text)
        assert.equal(error.name, 'AdzusError')
        assert.ok(error.message.length < 700)
        return true
      },
    )
})

test('the beginning of a commit stands for it, in the cache and on the hub', async (t) => {
  const b = await bench(t)
  b.server.repos.get('some/model')!.history = [COMMIT, 'f'.repeat(40), OTHER_COMMIT, OLD_COMMIT]
  const asked = () => b.server.asked.map(({ path }) => path).filter((path) => path.startsWith('/api'))
  const files = await hubFiles(`some/model@${OLD_COMMIT.slice(0, 7)}`, b.options)
  assert.ok(files.root.endsWith(`snapshots/${COMMIT}`))
  // The branch's first page, then the second, then the commit itself.
  assert.deepEqual(
    asked().map((path) => path.replace('/api/models/some/model/', '')),
    [
      'revision/abcdef0?blobs=true',
      'commits/main?limit=1000&p=0',
      'commits/main?limit=1000&p=1',
      'commits/main?limit=1000&p=2',
      `revision/${OLD_COMMIT}?blobs=true`,
    ],
  )
  const before = b.server.asked.length
  await hubFiles(`some/model@${COMMIT.slice(0, 10)}`, { ...b.options, env: { ...b.env, HF_HUB_OFFLINE: '1' } })
  assert.equal(b.server.asked.length, before)
  await assert.rejects(hubFiles('some/model@1234567', b.options), /expected a branch, tag or commit 1234567, got none/)
})

test('the beginning of several commits is refused', async (t) => {
  const b = await bench(t)
  b.server.repos.get('some/model')!.history = [COMMIT, OTHER_COMMIT]
  await assert.rejects(
    hubFiles(`some/model@${COMMIT.slice(0, 7)}`, b.options),
    new RegExp(`expected one commit, got 2 that begin with 39593d5: ${COMMIT}, ${OTHER_COMMIT}`),
  )
})

test('a model is opened by its folder in a cache, by its address and by the name of that folder', async (t) => {
  const b = await bench(t)
  // It must be a checkpoint that can be opened: the configurations of `diffusers()` are enough for that.
  b.server.repos.set('some/model', diffusers())
  await hubFiles('some/model', b.options)
  const moved = `${dirname(b.cache)}/elsewhere`
  await rename(b.cache, moved)
  const hub = { ...b.options, env: { ...b.env, HF_HUB_OFFLINE: '1' } }
  const asked = b.server.asked.length
  for (const path of [
    `${moved}/models--some--model`,
    `${moved}/models--some--model/snapshots/`,
    `${moved}/models--some--model/snapshots/${COMMIT}`,
  ]) {
    const files = await openCheckpoint(path, { hub })
    assert.deepEqual(await files.list(), needed(''), path)
  }
  await assert.rejects(openCheckpoint('models--some--model', { hub }), /expected all its files in the cache/)
  await rename(moved, b.cache)
  for (const text of ['models--some--model', `${b.env.HF_ENDPOINT}/some/model/tree/main`, '/not/here/models--some--model'])
    assert.deepEqual(await (await openCheckpoint(text, { hub })).list(), needed(''), text)
  assert.equal(b.server.asked.length, asked)
})
