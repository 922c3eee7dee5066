/** @file A model behind an address, and files that a person has chosen: they open as a folder does. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, test } from 'vitest'
import { Adzus, AdzusError, type FetchProgress, fileFiles, modelLayers, urlFiles } from '../src/index.ts'
import { embeddedModel } from '../src/platform/directory.ts'
import { ADDRESSES, CLIP_TOKENIZER } from '../src/platform/embedded.ts'
import { filesBelow } from './support/page.ts'

const folder = embeddedModel()
const names = (await filesBelow(folder)).filter((name) => !['README.md', 'IMAGES.txt'].includes(name)).sort()
const BIG = new Uint8Array(17 * 2 ** 20).map((_, i) => i % 251)
const asked: string[] = []

/** `/plain/` has files and nothing else, `/listed/` a list as well, `/big/` a large file by ranges. */
const server = createServer(async (request, response) => {
  const path = new URL(request.url!, 'http://localhost').pathname
  asked.push(`${request.method} ${path} ${request.headers.range ?? ''}`.trim())
  if (path === '/big/x.safetensors') {
    const [, from, to] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '') ?? []
    const part = from === undefined ? BIG : BIG.subarray(Number(from), Number(to) + 1)
    response.writeHead(from === undefined ? 200 : 206, { 'accept-ranges': 'bytes', 'content-length': part.length }).end(part)
    return
  }
  const name = path.replace(/^\/(plain|listed)\//, '')
  const bytes = path === '/listed/index.json' ? JSON.stringify(names) : await readFile(join(folder, name)).catch(() => undefined)
  response.writeHead(bytes ? 200 : 404, { 'content-length': bytes?.length ?? 0 }).end(bytes)
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
afterAll(() => server.close())
const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

test('a folder without a list is found by its model_index.json', async () => {
  const files = await urlFiles(`${base}/plain`, { cache: false })
  assert.deepEqual((await files.list()).sort(), names)
})

test('a folder’s own list goes before', async () => {
  asked.length = 0
  const files = await urlFiles(new URL(`${base}/listed/`), { cache: false })
  assert.deepEqual(await files.list(), names)
  assert.deepEqual(asked, ['GET /listed/index.json'])
})

test('a model behind a URL has the hash of the folder, and tells how much was fetched', async () => {
  const seen: FetchProgress[] = []
  const there = await Adzus.load(new URL(`${base}/plain/`), { backend: 'cpu', onProgress: (p) => seen.push(p) })
  const here = await Adzus.load(folder, { backend: 'cpu' })
  assert.equal(await there.modelHash(), await here.modelHash())
  await there.dispose()
  await here.dispose()
  const last = seen.findLast(({ file }) => file === 'unet/diffusion_pytorch_model.safetensors')
  assert.ok(last && last.done === last.total && last.done > 1e6)
})

test('a URL may stand wherever a checkpoint may', async () => {
  const far = new URL(`${base}/listed/`)
  assert.deepEqual((await modelLayers(far)).layers, (await modelLayers(folder)).layers)
  const here = await Adzus.plan(folder, { kind: 'cpu', maxTensorBytes: 2 ** 31 })
  const { memory } = await Adzus.plan(folder, { kind: 'cpu', maxTensorBytes: 2 ** 31 }, { vae: far })
  assert.deepEqual(memory, here.memory)
  await assert.rejects(modelLayers(folder, {}, { base: far }), /model: base \(http.*expected a part that is used/)
})

test('large files are read by ranges', async () => {
  const files = await urlFiles(`${base}/big/x.safetensors`, { cache: false })
  assert.deepEqual(await files.list(), ['x.safetensors'])
  const source = await files.open('x.safetensors')
  assert.equal(source.size, BIG.length)
  asked.length = 0
  assert.deepEqual(await source.read(1000, 5), BIG.slice(1000, 1005))
  assert.deepEqual(asked, ['GET /big/x.safetensors bytes=1000-1004'])
})

test('what does not answer is named', async () => {
  for (const address of [`${base}/none/`, 'http://127.0.0.1:1/', 'no address'])
    await assert.rejects(
      urlFiles(address),
      (error) => error instanceof AdzusError && /^model \(.*\): expected a file that can be fetched/.test(error.message),
    )
})

test('chosen files are read by slices', async () => {
  const bytes = await readFile(join(folder, 'unet/diffusion_pytorch_model.safetensors'))
  const slices: [number, number][] = []
  const file = (name: string, webkitRelativePath = '') => ({
    name,
    size: bytes.length,
    webkitRelativePath,
    slice(from: number, to: number) {
      slices.push([from, to])
      return { arrayBuffer: async () => new Uint8Array(bytes.subarray(from, to)).buffer }
    },
  })
  const one = fileFiles(file('a.safetensors'))
  assert.deepEqual(await one.list(), ['a.safetensors'])
  assert.deepEqual([...(await (await one.open('a.safetensors')).read(10, 4))], [...bytes.subarray(10, 14)])
  assert.deepEqual(slices, [[10, 14]])
  const some = fileFiles([file('c.json', 'model/unet/c.json'), file('d.json', 'model/d.json')])
  assert.deepEqual([some.root, await some.list()], ['model', ['unet/c.json', 'd.json']])
  assert.throws(() => fileFiles([]), /files.*a File, or a list of them/)
})

test('the addresses for pages name every file of the embedded model', () => {
  assert.deepEqual([...ADDRESSES.keys()].sort(), names)
  for (const [name, address] of ADDRESSES) assert.ok(address.endsWith(`/weights/adzus-tiny/${name}`), address)
})

test('the addresses of CLIP’s tokenizer, for single files in pages, are those of its files', async () => {
  const there = await filesBelow('weights/clip-tokenizer')
  for (const [name, address] of CLIP_TOKENIZER) {
    assert.ok(there.includes(name) && address.endsWith(`/weights/clip-tokenizer/${name}`), address)
  }
  assert.equal(CLIP_TOKENIZER.size, 2)
})
