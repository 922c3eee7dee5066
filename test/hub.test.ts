/**
 * @file The hub and its cache: what is fetched, how the cache is laid out, and that every fault ends in success after another try or in one clear error, with a cache
 * that is never left corrupt.
 */
import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, readlink, rm, stat, symlink, truncate, utimes, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { test } from 'vitest'
import { cacheDisk } from '#platform'
import type { Files } from '../src/checkpoint/files.ts'
import type { Disk } from '../src/checkpoint/hub/disk.ts'
import { findCached, hubFiles } from '../src/checkpoint/hub/files.ts'
import { openHub } from '../src/checkpoint/hub/hub.ts'
import { isHubId, isSafePath, parseHubId } from '../src/checkpoint/hub/id.ts'
import type { DownloadProgress } from '../src/checkpoint/hub/meter.ts'
import { pull } from '../src/checkpoint/hub/pull.ts'
import { planRemoval } from '../src/checkpoint/hub/remove.ts'
import { hubSettings } from '../src/checkpoint/hub/settings.ts'
import { verify } from '../src/checkpoint/hub/verify.ts'
import { chooseFiles } from '../src/checkpoint/variants.ts'
import { Adzus } from '../src/index.ts'
import { type Bench, bench, COMMIT, diffusers, needed, sha256, weights } from './support/hub-fixture.ts'
import { etagOf, type Fault } from './support/hub-server.ts'

const UNET = 'unet/diffusion_pytorch_model.fp16.safetensors'
const PLAIN_UNET = 'unet/diffusion_pytorch_model.safetensors'
const OTHER_COMMIT = '0123456789abcdef0123456789abcdef01234567'

async function all(files: Files): Promise<Map<string, Buffer>> {
  const contents = new Map<string, Buffer>()
  for (const name of await files.list()) {
    const source = await files.open(name)
    contents.set(name, Buffer.from(await source.read(0, source.size)))
    await source.close?.()
  }
  return contents
}

/** The files of a cache below the model's folder, links included. */
async function tree(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((e) => !e.isDirectory())
    .map((e) => `${e.parentPath}/${e.name}`.slice(folder.length + 1))
    .sort()
}

/** All files are there, right, and nothing else is. */
async function assertWhole(b: Bench, names = needed()): Promise<void> {
  const { files } = b.server.repos.get('some/model')!
  for (const name of names) assert.deepEqual(await readFile(`${b.model}/snapshots/${COMMIT}/${name}`), files.get(name), name)
  const blobs = new Set(names.map((name) => `blobs/${etagOf(files.get(name)!)}`))
  assert.deepEqual(await tree(b.model), [...blobs, 'refs/main', ...names.map((n) => `snapshots/${COMMIT}/${n}`)].sort())
  assert.deepEqual(await tree(`${b.cache}/.locks`), [])
}

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

const FAULTS: [string, Fault[]][] = [
  ['503', [{ kind: 'status', status: 503 }]],
  ['429 four times', Array(4).fill({ kind: 'status', status: 429 })],
  [
    '408 and 500',
    [
      { kind: 'status', status: 408 },
      { kind: 'status', status: 500 },
    ],
  ],
  ['a cut connection', [{ kind: 'cut', after: 1000 }]],
  [
    'two cut connections',
    [
      { kind: 'cut', after: 1000 },
      { kind: 'cut', after: 2000 },
    ],
  ],
  ['a connection cut before the first byte', [{ kind: 'cut', after: 0 }]],
  ['a stalled stream', [{ kind: 'stall', after: 1500 }]],
  ['a wrong byte', [{ kind: 'wrong byte', at: 3000 }]],
  [
    'a wrong byte before a cut',
    [
      { kind: 'wrong byte', at: 3000 },
      { kind: 'wrong byte', at: 5 },
    ],
  ],
  ['a server without ranges', [{ kind: 'cut', after: 1000 }, { kind: 'no range' }]],
  ['another range', [{ kind: 'cut', after: 1000 }, { kind: 'other range' }]],
  ['too many bytes', [{ kind: 'too long' }]],
  ['an expired address', [{ kind: 'status', status: 403 }]],
  [
    'a server that has no rest',
    [
      { kind: 'cut', after: 1000 },
      { kind: 'status', status: 416 },
    ],
  ],
]
for (const [name, faults] of FAULTS)
  test(`a pull gets over ${name}`, async (t) => {
    const b = await bench(t)
    b.server.faults.set(UNET, [...faults])
    await hubFiles('some/model', b.options)
    await assertWhole(b)
    // A whole file instead of a range is no failure.
    const failures = faults.filter((f) => f.kind !== 'no range').length
    assert.equal(b.server.ranges(UNET).length, failures + 1)
    if (faults.some((f) => f.kind === 'status' && f.status === 416)) assert.equal(b.server.ranges(UNET).at(-1), undefined)
    assert.equal(b.waits.length, failures)
  })

test('a small file has a checksum, too', async (t) => {
  const b = await bench(t)
  b.server.faults.set('unet/config.json', [{ kind: 'wrong byte', at: 3 }])
  await hubFiles('some/model', b.options)
  await assertWhole(b)
  assert.equal(b.server.ranges('unet/config.json').length, 2)
})

test('after a break only the rest is asked for', async (t) => {
  const b = await bench(t)
  b.server.faults.set(UNET, [
    { kind: 'cut', after: 1000 },
    { kind: 'cut', after: 2000 },
  ])
  await hubFiles('some/model', b.options)
  assert.deepEqual(b.server.ranges(UNET), [undefined, 'bytes=1000-', 'bytes=3000-'])
})

test('an interrupted pull goes on where it stopped', async (t) => {
  const b = await bench(t)
  const abort = new AbortController()
  b.server.faults.set(UNET, [{ kind: 'stall', after: 2000 }])
  let came = 0
  const onProgress = (p: DownloadProgress) => {
    if (p.file === UNET && ++came === 1) abort.abort(new Error('enough'))
  }
  // The clock of the meter runs fast, so that every piece is reported.
  let now = Date.now()
  const clock = { ...b.options.clock!, now: () => (now += 1000) }
  await assert.rejects(hubFiles('some/model', { ...b.options, clock, signal: abort.signal, onProgress, parallel: 1 }), /enough/)
  const left = (await tree(b.model)).filter((n) => n.includes('.incomplete'))
  assert.equal(left.length, 1)
  assert.match(left[0], /^blobs\/[0-9a-f]{64}\.adzus-[0-9a-f]{8}\.incomplete$/)
  assert.ok(!(await tree(b.model)).includes('refs/main'))
  const { missing } = await findCached(await openHub(b.options), parseHubId('some/model'))
  assert.equal(missing, 'no revision main')
  const { size } = await stat(`${b.model}/${left[0]}`)
  assert.ok(size > 0)
  await hubFiles('some/model', b.options)
  assert.equal(b.server.ranges(UNET).at(-1), `bytes=${size}-`)
  await assertWhole(b)
})

test('what an interrupted pull left may be wrong or too much', async (t) => {
  const b = await bench(t)
  const right = b.server.repos.get('some/model')!.files.get(UNET)!
  const partial = (suffix: string) => `${b.model}/blobs/${etagOf(right)}${suffix}.incomplete`
  await mkdir(`${b.model}/blobs`, { recursive: true })
  // Whole but not renamed; longer ones are of no use; Python's own are not touched.
  await writeFile(partial('.adzus-00000000'), right)
  await writeFile(partial('.adzus-00000001'), Buffer.concat([right, right]))
  await writeFile(partial(''), 'python')
  await hubFiles('some/model', b.options)
  assert.equal(b.server.ranges(UNET).length, 0)
  assert.equal(await readFile(partial(''), 'utf8'), 'python')
  await rm(partial(''))
  await assertWhole(b)
  // As long as it should be, but wrong.
  await rm(`${b.model}/blobs/${etagOf(right)}`)
  const wrong = Buffer.from(right)
  wrong[100] ^= 255
  await writeFile(partial('.adzus-00000002'), wrong)
  await hubFiles('some/model', b.options)
  await assertWhole(b)
})

test('bytes that stay wrong are an error, and nothing gets their name', async (t) => {
  const b = await bench(t)
  b.server.faults.set(UNET, Array(9).fill({ kind: 'wrong byte', at: 9 }))
  const etag = etagOf(b.server.repos.get('some/model')!.files.get(UNET)!)
  await assert.rejects(hubFiles('some/model', b.options), (error: Error) => {
    assert.match(
      error.message,
      new RegExp(`^hub: download \\(some/model/${UNET}\\): expected \\d+ bytes with checksum ${etag}, got checksum .*, 3 times`),
    )
    return true
  })
  assert.ok(!(await tree(b.model)).includes(`blobs/${etag}`))
  assert.ok(!(await tree(b.model)).includes('refs/main'))
  b.server.faults.clear()
  await hubFiles('some/model', b.options)
  await assertWhole(b)
})

test('a connection that always breaks is given up', async (t) => {
  const b = await bench(t)
  b.server.faults.set(UNET, Array(99).fill({ kind: 'cut', after: 10 }))
  await assert.rejects(hubFiles('some/model', b.options), /broke off.*\(try 5\)\. What was fetched so far is kept/)
  b.server.answerFaults.push(...Array(99).fill({ kind: 'status', status: 503 }))
  await assert.rejects(
    hubFiles('some/model', b.options),
    /hub \(some\/model@main\): expected an answer, got HTTP 503 from 127.0.0.1:\d+ \(try 5\)/,
  )
  await assert.rejects(
    hubFiles('some/model', { ...b.options, env: { ...b.env, HF_ENDPOINT: 'http://127.0.0.1:9' } }),
    /no connection to 127.0.0.1:9/,
  )
  for (const HF_ENDPOINT of ['huggingface.co', 'file:///x', 'http://'])
    await assert.rejects(hubFiles('some/model', { ...b.options, env: { ...b.env, HF_ENDPOINT } }), /hub \(HF_ENDPOINT\)/)
})

test('no answer within HF_HUB_ETAG_TIMEOUT is tried again', async (t) => {
  const b = await bench(t)
  b.server.answerFaults.push({ kind: 'stall', after: 0 })
  await hubFiles('some/model', { ...b.options, env: { ...b.env, HF_HUB_ETAG_TIMEOUT: '0.3' } })
  await assertWhole(b)
})

test('Retry-After is honoured, within reason', async (t) => {
  const b = await bench(t)
  const later = new Date(Date.now() + 90_000).toUTCString()
  b.server.answerFaults.push(
    { kind: 'status', status: 429, retryAfter: '17' },
    { kind: 'status', status: 503, retryAfter: later },
    { kind: 'status', status: 503 },
  )
  await hubFiles('some/model', b.options)
  assert.equal(b.waits[0], 17_000)
  assert.ok(b.waits[1] > 60_000 && b.waits[1] <= 90_000, `${b.waits[1]}`)
  assert.equal(b.waits[2], 4000)
  b.server.answerFaults.push({ kind: 'status', status: 429, retryAfter: '3600' })
  await assert.rejects(pull(await openHub(b.options), parseHubId('some/model')), /HTTP 429 .* and a request to wait 60 minutes \(try 1\)/)
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

test('without a network there is one error with all that matters', async (t) => {
  const b = await bench(t)
  for (const variable of ['HF_HUB_OFFLINE', 'TRANSFORMERS_OFFLINE'])
    await assert.rejects(hubFiles('some/model@v2', { ...b.options, env: { ...b.env, [variable]: '1' } }), (error: Error) => {
      for (const part of ['some/model at v2', b.cache, variable, 'adzus models pull some/model@v2'])
        assert.ok(error.message.includes(part), part)
      return true
    })
  assert.equal(b.server.asked.length, 0)
  await hubFiles('some/model', b.options)
  await rm(`${b.model}/snapshots/${COMMIT}/vae/config.json`)
  const offline = { ...b.options, env: { ...b.env, HF_HUB_OFFLINE: '1' } }
  await assert.rejects(hubFiles('some/model', offline), /expected all its files in the cache .* vae\/config.json/)
  await hubFiles('some/model', b.options)
  await assertWhole(b)
})

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

test('a full disk is named before and while fetching', async (t) => {
  const b = await bench(t)
  const small: Disk = { ...cacheDisk(), free: async () => 1e6 }
  await assert.rejects(hubFiles('some/model', { ...b.options, disk: small }), /expected [\d.]+ MB free on its disk, got 1 MB\. Make room/)
  assert.equal(b.server.asked.length, 1)
  const disk = cacheDisk()
  const full: Disk = {
    ...disk,
    open: async (path) => {
      const file = await disk.open(path)
      return {
        ...file,
        size: file.size,
        write: async () => {
          throw Object.assign(new Error('no space left'), { code: 'ENOSPC' })
        },
      }
    },
  }
  await assert.rejects(hubFiles('some/model', { ...b.options, disk: full }), /expected room on the disk, got a full disk/)
  await hubFiles('some/model', b.options)
  await assertWhole(b)
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
