/** @file What is meant: the settings of the environment, ids, and the files of a model that are needed. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import { isHubId, isSafePath, parseHubId } from '../src/checkpoint/hub/id.ts'
import { hubSettings } from '../src/checkpoint/hub/settings.ts'
import { chooseFiles } from '../src/checkpoint/variants.ts'
import { PLAIN_UNET, UNET } from './support/hub-cache.ts'
import { diffusers, needed } from './support/hub-fixture.ts'

test('the environment decides as it does for Python', () => {
  const read = (env: Record<string, string>) => hubSettings(env, '/home/me')
  assert.equal(read({}).cache, '/home/me/.cache/huggingface/hub')
  assert.equal(read({ XDG_CACHE_HOME: '/x' }).cache, '/x/huggingface/hub')
  assert.equal(read({ XDG_CACHE_HOME: '/x', HF_HOME: '~/hf' }).cache, '/home/me/hf/hub')
  assert.equal(read({ HF_HOME: '/h', HUGGINGFACE_HUB_CACHE: '/old' }).cache, '/old')
  assert.equal(read({ HF_HOME: '/h', HUGGINGFACE_HUB_CACHE: '/old', HF_HUB_CACHE: '$D/e/', D: '/d' }).cache, '/d/e')
  assert.equal(read({ HF_HOME: '/h' }).tokenPath, '/h/token')
  assert.equal(read({ HF_HOME: '/h', HF_TOKEN_PATH: '~/t' }).tokenPath, '/home/me/t')
  assert.equal(read({ HF_TOKEN: ' hf_a\n' }).token, 'hf_a')
  assert.equal(read({}).endpoint, 'https://huggingface.co')
  assert.equal(read({ HF_ENDPOINT: 'http://mirror/' }).endpoint, 'http://mirror')
  assert.equal(read({}).offline, undefined)
  for (const yes of ['1', 'on', 'YES', 'True']) assert.equal(read({ HF_HUB_OFFLINE: yes }).offline, 'HF_HUB_OFFLINE')
  assert.equal(read({ HF_HUB_OFFLINE: '0', TRANSFORMERS_OFFLINE: '1' }).offline, 'TRANSFORMERS_OFFLINE')
  assert.deepEqual([read({}).answerTimeout, read({ HF_HUB_ETAG_TIMEOUT: '3' }).answerTimeout], [10_000, 3000])
  assert.equal(read({ HF_HUB_DISABLE_PROGRESS_BARS: '1' }).progress, false)
  assert.equal(read({ HF_HUB_DISABLE_SYMLINKS: '1' }).links, false)
})

test('ids name a repository, a revision, a file', () => {
  assert.deepEqual(parseHubId('a/b'), { repo: 'a/b', revision: 'main' })
  assert.deepEqual(parseHubId('a/b@refs/pr/1'), { repo: 'a/b', revision: 'refs/pr/1' })
  assert.deepEqual(parseHubId('a/b@x', 'y'), { repo: 'a/b', revision: 'y' })
  assert.deepEqual(parseHubId('a/b-1.5/sub/c.safetensors@v1'), { repo: 'a/b-1.5', revision: 'v1', file: 'sub/c.safetensors' })
  for (const bad of ['', 'a', '../b', 'a/..', 'a/b/../c', '/a/b', 'a--b/c', 'a/b.git', 'a\\b/c', './models/x', 'a/b//c'])
    assert.equal(isHubId(bad), false, bad)
  for (const bad of ['../x', '/x', 'x/../../y', 'a b', '', 'x\\y'])
    assert.throws(() => parseHubId('a/b', bad), /a branch, tag or commit/, bad)
  for (const bad of ['..', 'a/../b', '/a', 'a//b', 'a\\b', 'C:/a', 'a/./b', 'a\0b', 'a/', '']) assert.equal(isSafePath(bad), false, bad)
  assert.equal(isSafePath('unet/..config.json'), true)
})

test('of every part one form of weights is needed', () => {
  const names = [...diffusers().files.keys()]
  const choose = (list: string[], wish = {}) => chooseFiles(list, 'x', wish)
  assert.deepEqual(choose(names).files.sort(), needed())
  assert.equal(choose(names).plain.get(PLAIN_UNET), UNET)
  assert.deepEqual(choose(names, { dtype: 'f16' }).files.sort(), needed())
  assert.deepEqual(choose(names, { dtype: 'f32' }).files.sort(), needed(''))
  assert.deepEqual(choose(names.filter((n) => !n.includes('fp16'))).files.sort(), needed(''))
  assert.deepEqual(
    choose(
      names.filter((n) => n.includes('fp16') || !n.endsWith('.safetensors')),
      { dtype: 'f32' },
    ).files.sort(),
    needed(),
  )
  const ema = [...names, 'unet/diffusion_pytorch_model.non_ema.safetensors']
  const chosen = choose(ema, { variant: 'non_ema' }).files
  assert.deepEqual(chosen.filter((n) => n.endsWith('.safetensors')).sort(), [
    'text_encoder/model.safetensors',
    'unet/diffusion_pytorch_model.non_ema.safetensors',
    'vae/diffusion_pytorch_model.safetensors',
  ])
  assert.throws(() => choose(names, { variant: 'non_ema' }), /expected a variant "non_ema" of the UNet, got the plain one, "fp16"/)
  assert.throws(() => choose(names.filter((n) => !/^vae.*safetensors/.test(n))), /vae\/diffusion_pytorch_model.safetensors/)
  assert.throws(() => choose(names.filter((n) => !/^unet.*safetensors/.test(n))), /Pickled checkpoints can run code/)
})

test('sharded weights need their index and every shard', () => {
  const base = [...diffusers().files.keys()].filter((n) => n !== PLAIN_UNET && n !== UNET)
  const at = (n: string) => `unet/diffusion_pytorch_model${n}`
  const plain = [at('.safetensors.index.json'), at('-00001-of-00002.safetensors'), at('-00002-of-00002.safetensors')]
  const half = [at('.safetensors.index.fp16.json'), at('-00001-of-00002.fp16.safetensors'), at('-00002-of-00002.fp16.safetensors')]
  const old = [at('.safetensors.index.fp16.json'), at('.fp16-00001-of-00002.safetensors'), at('.fp16-00002-of-00002.safetensors')]
  const unet = (names: string[], wish = {}) => chooseFiles(names, 'x', wish).files.filter((n) => n.startsWith('unet/diff'))
  assert.deepEqual(unet([...base, ...plain]), plain)
  for (const shards of [half, old]) {
    assert.deepEqual(unet([...base, ...plain, ...shards]), shards)
    assert.equal(chooseFiles([...base, ...shards], 'x').plain.get(plain[0]), shards[0])
    assert.deepEqual(unet([...base, ...plain, ...shards], { dtype: 'f32' }), plain)
  }
  assert.deepEqual(unet([...base, ...plain, ...half.slice(0, 2)]), plain)
  assert.throws(() => unet([...base, ...plain.slice(0, 2)]), /or all shards with their index/)
  assert.throws(() => unet([...base, ...plain.slice(1)]), /or all shards with their index/)
})
