/** @file Folders of models on a disk: what is no file is never waited for, links end, and large trees do too. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'vitest'
import { openCheckpoint } from '../src/checkpoint/open.ts'
import { embeddedModel, openAlone, openDirectory, openFile } from '../src/platform/directory.ts'

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'adzus-folder-'))
  t.onTestFinished(() => rm(path, { recursive: true }))
  return path
}

test('a pipe, a socket, a device and a folder are no file, read or opened', async (t) => {
  const root = await folder(t)
  execFileSync('mkfifo', [join(root, 'pipe')])
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(join(root, 'socket'), resolve))
  t.onTestFinished(() => void server.close())
  await mkdir(join(root, 'folder'))
  for (const [name, target, got] of [
    ['to-pipe', 'pipe', 'a pipe'],
    ['to-socket', 'socket', 'a socket'],
    ['to-device', '/dev/zero', 'a device'],
    ['to-folder', 'folder', 'a folder'],
  ] as const) {
    await symlink(target, join(root, name))
    const message = new RegExp(`^file \\(.*${name}\\): expected a file, got ${got}\\.$`)
    const files = await openDirectory(root)
    const alone = await openAlone(join(root, name))
    const error = { name: 'AdzusError', message }
    await assert.rejects(files.text(name), error)
    await assert.rejects(files.open(name), error)
    await assert.rejects(alone.text(name), error)
    await assert.rejects(openFile(join(root, name)), error)
  }
  await assert.rejects(openDirectory(join(root, 'pipe')), /expected a folder in diffusers layout, got a pipe/)
  const listed = await (await openDirectory(root)).list()
  assert.deepEqual(listed, ['pipe', 'socket', 'to-device', 'to-pipe', 'to-socket'])
})

test('a model whose weights or configuration are a pipe is one error', async (t) => {
  const root = await folder(t)
  const model = embeddedModel()
  for (const name of ['model_index.json', 'text_encoder', 'tokenizer', 'scheduler', 'vae'])
    await symlink(join(model, name), join(root, name))
  await mkdir(join(root, 'unet'))
  await symlink(join(model, 'unet/config.json'), join(root, 'unet/config.json'))
  execFileSync('mkfifo', [join(root, 'unet/diffusion_pytorch_model.safetensors')])
  const files = await openCheckpoint(root)
  await assert.rejects(files.open('unet/diffusion_pytorch_model.safetensors'), /expected a file, got a pipe/)
  await rm(join(root, 'model_index.json'))
  execFileSync('mkfifo', [join(root, 'model_index.json')])
  await assert.rejects(openCheckpoint(root), /model_index\.json\): expected a file, got a pipe/)
})

test('linked folders are looked into, links in a circle end', async (t) => {
  const root = await folder(t)
  const model = join(root, 'model')
  await mkdir(join(model, 'unet/deep'), { recursive: true })
  await mkdir(join(root, 'shared/more'), { recursive: true })
  for (const path of ['model/unet/config.json', 'model/unet/deep/a', 'shared/config.json', 'shared/more/b'])
    await writeFile(join(root, path), '{}')
  await symlink('../shared', join(model, 'vae'))
  for (const [target, path] of [
    ['.', 'self'],
    ['..', 'up'],
    ['../..', 'unet/up'],
    ['../../../model', 'unet/deep/again'],
    ['loop-b', 'loop-a'],
    ['loop-a', 'loop-b'],
    ['gone', 'broken'],
  ])
    await symlink(target, join(model, path))
  const listed = await (await openDirectory(model)).list()
  assert.deepEqual(listed, ['broken', 'loop-a', 'loop-b', 'unet/config.json', 'unet/deep/a', 'vae/config.json'])
  await assert.rejects((await openDirectory(model)).text('loop-a'), /expected a readable file/)
})

test('depth has an end', async (t) => {
  const root = await folder(t)
  const deep = Array.from({ length: 40 }, (_, i) => `${i}`)
  await mkdir(join(root, ...deep), { recursive: true })
  await writeFile(join(root, ...deep.slice(0, 16), 'near'), '')
  await writeFile(join(root, ...deep, 'far'), '')
  assert.deepEqual(await (await openDirectory(root)).list(), [`${deep.slice(0, 16).join('/')}/near`])
})

test('a folder that cannot be read is an error and no gap', { skip: process.getuid?.() === 0 }, async (t) => {
  const root = await folder(t)
  await mkdir(join(root, 'unet'))
  await chmod(join(root, 'unet'), 0)
  await assert.rejects((await openDirectory(root)).list(), /unet\): expected a folder that can be read, got EACCES/)
})
