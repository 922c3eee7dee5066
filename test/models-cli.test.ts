/** @file `adzus models` as a process of its own: output, exit codes, interruption, and several processes on one cache. */
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { cp, mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import process from 'node:process'
import { test } from 'vitest'
import { type Bench, bench, COMMIT, diffusers, needed, weights } from './support/hub-fixture.ts'
import { etagOf } from './support/hub-server.ts'

const UNET = 'unet/diffusion_pytorch_model.fp16.safetensors'

/** Starts `adzus models …`. */
function adzus(b: Bench, args: string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, ['bin/adzus.js', 'models', ...args], {
    env: { PATH: process.env.PATH, HOME: '/nonexistent', ...b.env, ...env },
  })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (text) => (stdout += text))
  child.stderr.on('data', (text) => (stderr += text))
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) =>
    child.on('close', (code) => resolve({ code, stdout, stderr })),
  )
  return { child, ended }
}

/** Runs a command that must end with a code; its output, parsed where it is JSON. */
async function run(b: Bench, args: string[], code = 0, env: Record<string, string> = {}) {
  const result = await adzus(b, args, env).ended
  assert.equal(result.code, code, `${args.join(' ')}\n${result.stdout}${result.stderr}`)
  return { ...result, json: args.includes('--json') && code === 0 ? JSON.parse(result.stdout) : undefined }
}

/** Waits for a file that matches below a folder. */
async function appears(folder: string, pattern: RegExp): Promise<string> {
  while (true) {
    const names = await readdir(folder).catch(() => [])
    for (const name of names) if (pattern.test(name) && (await stat(`${folder}/${name}`).catch(() => undefined))?.size) return name
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

test('pull, list, info, verify, remove', async (t) => {
  const b = await bench(t)
  const pulled = (await run(b, ['pull', 'some/model', '--json'])).json
  assert.deepEqual(
    [pulled.id, pulled.revision, pulled.commit, pulled.path],
    ['some/model', 'main', COMMIT, `${b.model}/snapshots/${COMMIT}`],
  )
  assert.deepEqual(pulled.files.sort(), needed())
  const list = (await run(b, ['list', '--json'])).json
  assert.equal(list.cache, b.cache)
  const embedded = list.models.find((m: { kind: string }) => m.kind === 'embedded')
  assert.deepEqual([embedded.id, embedded.family, embedded.dtypes, embedded.complete], ['adzus-tiny', 'sd1', ['F16'], true])
  const [model] = list.models.filter((m: { kind: string }) => m.kind === 'hub')
  assert.deepEqual(
    [model.id, model.revision, model.commit, model.family, model.dtypes, model.complete, model.bytes],
    ['some/model', 'main', COMMIT, 'sd1', ['F32'], true, pulled.bytes],
  )
  assert.match((await run(b, ['list'])).stdout, /^some\/model +main +sd1 +F32 +\S+ kB +yes$/m)
  const info = (await run(b, ['info', 'some/model', '--json'])).json
  assert.deepEqual([info.family, info.tensors, info.parameters], ['sd1', 3, 4500])
  assert.deepEqual(
    info.parts.map((p: { name: string; kind: string }) => [p.name, p.kind]),
    [
      ['text_encoder', 'CLIPTextModel'],
      ['unet', 'UNet2DConditionModel'],
      ['vae', 'AutoencoderKL'],
    ],
  )
  const tiny = (await run(b, ['info', 'weights/adzus-tiny', '--json'])).json
  assert.deepEqual([tiny.family, tiny.tensors, tiny.parameters], ['sd1', 910, 6541459])
  const file = (await run(b, ['info', 'weights/adzus-tiny/vae/diffusion_pytorch_model.safetensors', '--json'])).json
  assert.deepEqual([file.family, file.tensors, file.parts[0].dtypes], [null, 188, ['F16']])
  const verified = (await run(b, ['verify', 'some/model', '--json'])).json
  assert.deepEqual([verified.right, verified.files.length], [true, needed().length])
  await run(b, ['remove', 'some/model'], 2)
  const removed = (await run(b, ['remove', 'some/model', '--yes', '--json'])).json
  assert.equal(removed.bytes, pulled.bytes)
  await assert.rejects(stat(b.model), /ENOENT/)
  await run(b, ['remove', 'some/model', '--yes'], 1)
  assert.match((await run(b, ['info', 'some/model'], 1)).stderr, /Fetch it: adzus models pull some\/model/)
})

test('precision, variant and revision', async (t) => {
  const b = await bench(t)
  b.server.repos.get('some/model')!.files.set('unet/diffusion_pytorch_model.non_ema.safetensors', weights(5))
  const files = async (...args: string[]) => (await run(b, ['pull', ...args, '--json'])).json.files as string[]
  assert.deepEqual((await files('some/model', '--dtype', 'f32')).sort(), needed(''))
  assert.ok(
    (await files('some/model', '--variant', 'non_ema', '--revision', COMMIT)).includes('unet/diffusion_pytorch_model.non_ema.safetensors'),
  )
  assert.match((await run(b, ['pull', 'some/model', '--dtype', 'bf16'], 2)).stderr, /expected auto, f16, f32, got bf16/)
  assert.match((await run(b, ['pull', 'some/model@nowhere'], 1)).stderr, /a branch, tag or commit nowhere/)
})

test('single files and damaged models are listed', async (t) => {
  const b = await bench(t)
  const single = diffusers().files.get('v1-5-pruned.safetensors')!
  b.server.repos.set('one/file', {
    commit: COMMIT,
    files: new Map([
      ['a.safetensors', single],
      ['lora.safetensors', weights(3)],
    ]),
  })
  await run(b, ['pull', 'one/file/a.safetensors'])
  await run(b, ['pull', 'one/file/lora.safetensors'])
  await run(b, ['pull', 'some/model'])
  const unet = `${b.model}/blobs/${etagOf(diffusers().files.get(UNET)!)}`
  await writeFile(unet, (await readFile(unet)).subarray(0, 200))
  const { models } = (await run(b, ['list', '--json'])).json
  const found = models.filter((m: { kind: string }) => m.kind === 'hub').map((m: Record<string, unknown>) => [m.id, m.family, m.complete])
  assert.deepEqual(found, [
    ['one/file/a.safetensors', 'unsupported', true],
    ['some/model', undefined, false],
  ])
  const { stdout, stderr } = await run(b, ['verify', 'some/model'], 1)
  assert.match(stdout, /^wrong: unet\/diffusion_pytorch_model\.fp16\.safetensors \(200 B\): checksum/m)
  assert.match(stderr, /1 of 10 files are damaged/)
  // A pull sees the wrong size and fetches it again.
  await run(b, ['pull', 'some/model'])
  await run(b, ['verify', 'some/model'])
})

test('two processes at once fetch every file once', async (t) => {
  const b = await bench(t)
  b.server.onFile = () => new Promise((resolve) => setTimeout(resolve, 50))
  const both = [adzus(b, ['pull', 'some/model']), adzus(b, ['pull', 'some/model'])]
  for (const { ended } of both) assert.equal((await ended).code, 0)
  for (const name of needed()) assert.equal(b.server.ranges(name).length, 1, name)
  await run(b, ['verify', 'some/model'])
  assert.deepEqual(await readdir(`${b.cache}/.locks/models--some--model`), [])
})

for (const signal of ['SIGINT', 'SIGKILL'] as const)
  test(`after ${signal} the next process goes on`, async (t) => {
    const b = await bench(t)
    b.server.faults.set(UNET, [{ kind: 'stall', after: 3000 }])
    const { child, ended } = adzus(b, ['pull', 'some/model'], { HF_HUB_DOWNLOAD_TIMEOUT: '60' })
    const name = await appears(`${b.model}/blobs`, new RegExp(`^${etagOf(diffusers().files.get(UNET)!)}.*incomplete$`))
    child.kill(signal)
    assert.equal((await ended).code, signal === 'SIGINT' ? 130 : null)
    const { size } = await stat(`${b.model}/blobs/${name}`)
    await run(b, ['pull', 'some/model'])
    assert.deepEqual(b.server.ranges(UNET), [undefined, `bytes=${size}-`])
    await run(b, ['verify', 'some/model'])
    assert.deepEqual(await readdir(`${b.cache}/.locks/models--some--model`), [])
  })

test('in a damaged cache each fault is a row', async (t) => {
  const b = await bench(t)
  await run(b, ['pull', 'some/model'])
  const copy = async (repo: string) => {
    const path = `${b.cache}/models--${repo.replace('/', '--')}`
    await cp(b.model, path, { recursive: true, verbatimSymlinks: true })
    return path
  }
  const outside = `${dirname(b.cache)}/outside`
  await mkdir(outside)
  await writeFile(`${outside}/secret.json`, '{}')
  await writeFile(`${b.cache}/models--a--file`, '')
  await symlink('models--a--loop', `${b.cache}/models--a--loop`)
  await writeFile(`${b.cache}/models--a\u001b[31m--b`, '')
  await mkdir(`${b.cache}/models--a--empty/snapshots/${COMMIT}`, { recursive: true })
  const pipe = await copy('a/ref')
  await rm(`${pipe}/refs/main`)
  execFileSync('mkfifo', [`${pipe}/refs/main`])
  const leading = await copy('a/leads')
  await rm(`${leading}/snapshots/${COMMIT}/vae/config.json`)
  await symlink(`${outside}/secret.json`, `${leading}/snapshots/${COMMIT}/vae/config.json`)
  const config = await copy('a/config')
  await rm(`${config}/snapshots/${COMMIT}/unet/config.json`)
  execFileSync('mkfifo', [`${config}/snapshots/${COMMIT}/unet/config.json`])
  const nowhere = await copy('a/nowhere')
  await rm(`${nowhere}/blobs`, { recursive: true })
  await symlink('/gone', `${nowhere}/blobs`)
  const { models } = (await run(b, ['list', '--json'])).json
  const faults = models
    .filter((m: { kind: string }) => m.kind === 'hub')
    .map((m: { id: string; complete: boolean; fault?: string }) => `${m.id}: ${m.complete ? 'complete' : m.fault}`)
  const at = (repo: string) => `${b.cache}/models--a--${repo}`
  assert.deepEqual(
    faults.map((text: string) => text.replaceAll(COMMIT, 'COMMIT')),
    [
      `a/config: hub: cache (${at('config')}/snapshots/COMMIT/unet/config.json): expected a file, got a pipe, socket or device. Remove it and pull the model again.`,
      `a/file: ${at('file')} is a file`,
      `a/leads: hub: cache (${at('leads')}/snapshots/COMMIT/vae/config.json): expected a link to a blob of the same model, got a link to ${outside}/secret.json. Remove the model from the cache and pull it again.`,
      `a/loop: ${at('loop')} is a link that leads nowhere`,
      `a/nowhere: ${at('nowhere')}/blobs is a link that leads nowhere`,
      'a/nowhere: 10 files are links that lead nowhere',
      'a/ref: refs/main holds no commit',
      'a/ref@COMMIT: complete',
      'some/model: complete',
    ],
  )
  assert.match((await run(b, ['list'])).stdout, /^some\/model .* yes$/m)
})

test('what a removal leaves behind a link is said', async (t) => {
  const b = await bench(t)
  const disk = `${dirname(b.cache)}/disk`
  await mkdir(disk)
  await mkdir(b.model, { recursive: true })
  await symlink(disk, `${b.model}/blobs`)
  await run(b, ['pull', 'some/model'])
  const before = await readdir(disk)
  const { stdout } = await run(b, ['remove', 'some/model', '--yes'])
  assert.equal(
    stdout,
    `removed some/model (1 snapshot, 0 B)\n${b.model}/blobs is a link to ${disk}: only the link goes, what lies there stays\n`,
  )
  assert.deepEqual(await readdir(disk), before)
  await assert.rejects(stat(b.model), /ENOENT/)
})

test('addresses and folders of a cache name a model for every action', async (t) => {
  const b = await bench(t)
  const page = `${b.env.HF_ENDPOINT}/some/model`
  const folder = `${b.cache}/models--some--model`
  assert.equal((await run(b, ['pull', `${page}/tree/main`, '--json'])).json.id, 'some/model')
  assert.equal(
    (await run(b, ['pull', `${page}/resolve/${COMMIT.slice(0, 8)}/v1-5-pruned.safetensors?download=true`, '--json'])).json.commit,
    COMMIT,
  )
  for (const name of [page, folder, 'models--some--model', `${folder}/snapshots/${COMMIT}`, `some/model@${COMMIT.slice(0, 7)}`]) {
    assert.equal((await run(b, ['info', name, '--json'])).json.family, 'sd1', name)
    assert.equal((await run(b, ['verify', name, '--json'])).json.right, true, name)
  }
  assert.match((await run(b, ['remove', `${page}/blob/main/v1-5-pruned.safetensors`, '--yes'], 1)).stderr, /expected a model or a snapshot/)
  // A page of a branch is that snapshot, the page of the model all of it.
  await run(b, ['remove', `${page}/tree/v9`, '--yes'], 1)
  const moved = `${dirname(b.cache)}/old`
  await rename(b.cache, moved)
  assert.deepEqual((await run(b, ['remove', `${moved}/models--some--model`, '--yes', '--json'])).json.commits, [COMMIT])
  await assert.rejects(stat(`${moved}/models--some--model`), /ENOENT/)
})

test('files that the hub names by no checksum are said to be unverified', async (t) => {
  const b = await bench(t)
  b.server.etag = (file) => (file === UNET ? 'some-name' : undefined)
  const pulled = await run(b, ['pull', 'some/model', '--json'])
  assert.deepEqual(pulled.json.unverified, [UNET])
  assert.match(pulled.stderr, /^adzus: some\/model: not verified, since the hub tells no checksum: "unet/m)
  const { stdout, stderr } = await run(b, ['verify', 'some/model'])
  assert.match(stdout, /^unchecked: unet\/diffusion_pytorch_model\.fp16\.safetensors \(.*\): "some-name" is no checksum$/m)
  assert.match(stderr, /^1 of 10 files are not verified/m)
})

test('no network, wrong calls', async (t) => {
  const b = await bench(t)
  assert.match(
    (await run(b, ['pull', 'some/model'], 1, { HF_HUB_OFFLINE: '1' })).stderr,
    /^adzus: hub \(some\/model at main\): .*HF_HUB_OFFLINE/,
  )
  assert.equal(b.server.asked.length, 0)
  assert.match((await run(b, ['lst'], 2)).stderr, /Did you mean list\?/)
  assert.match((await run(b, ['pull'], 2)).stderr, /got nothing/)
  assert.match((await run(b, ['pull', 'model'], 1)).stderr, /expected owner\/name/)
  assert.match((await run(b, ['pull', '--help'])).stdout, /^adzus models pull OWNER/)
  assert.match((await run(b, ['--help'])).stdout, /verify +check/)
})
