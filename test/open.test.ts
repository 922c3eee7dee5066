/**
 * @file What `--model X` may be: folders with their variants and shards, files, models of a hub, and every mistake that can be made with a name.
 */
import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { beforeAll, describe, test } from 'vitest'
import { type Files, memoryFiles } from '../src/checkpoint/files.ts'
import { openCheckpoint } from '../src/checkpoint/open.ts'
import { Weights } from '../src/checkpoint/weights.ts'
import { Adzus, type AttentionMap } from '../src/index.ts'
import { type Contents, encodeTensors, type StoredTensor, tensorsOf } from './support/checkpoints.ts'
import { adzus, temporaryFolder } from './support/cli.ts'
import { bench, COMMIT } from './support/hub-fixture.ts'
import { disc, writePng } from './support/pictures.ts'
import { folderOf, randomParts, weightsFile } from './support/pipelines.ts'
import { singleFile } from './support/single-file.ts'

const parts = await randomParts('sd1', 'F16')
const FILE = encodeTensors(singleFile('sd1', parts))
const UNET = weightsFile('unet')

async function write(folder: string, contents: ReadonlyMap<string, Uint8Array | string>): Promise<void> {
  for (const [name, content] of contents) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), content)
  }
}

/** One tensor of the UNet, by which models are told apart. */
async function sample(files: Files): Promise<Float32Array | Uint16Array> {
  const weights = await Weights.open(files, 'unet')
  const { data } = await weights.load('conv_out.weight', weights.shape('conv_out.weight'))
  await weights.close()
  return data
}

/** Cuts a part's weights into shards with an index, under names of this variant. */
async function shard(contents: Contents, part: string, variant: string): Promise<void> {
  const path = weightsFile(part)
  const all = [...(await tensorsOf(contents.get(path) as Uint8Array))]
  contents.delete(path)
  const stem = path.replace('.safetensors', '')
  const map: Record<string, string> = {}
  for (const i of [0, 1]) {
    const name = `${stem}-0000${i + 1}-of-00002${variant && `.${variant}`}.safetensors`
    const half = new Map<string, StoredTensor>(all.filter((_, j) => j % 2 === i))
    contents.set(name, encodeTensors(half))
    for (const tensor of half.keys()) map[tensor] = name.slice(part.length + 1)
  }
  contents.set(`${stem}.safetensors.index${variant && `.${variant}`}.json`, JSON.stringify({ weight_map: map }))
}

/** The VAE's attention as diffusers called it before its version 0.17. */
function oldNames(vae: Map<string, StoredTensor>): Map<string, StoredTensor> {
  const old: Record<string, string> = { to_q: 'query', to_k: 'key', to_v: 'value', 'to_out.0': 'proj_attn' }
  const rename = (name: string) => name.replace(/(attentions\.0\.)(to_q|to_k|to_v|to_out\.0)/, (_, at, to) => at + old[to])
  return new Map([...vae].map(([name, tensor]) => [rename(name), tensor]))
}

describe('old names of the VAE, variants and shards are the same model', () => {
  const plain = folderOf('sd1', parts)
  const picture = writePng({ width: 32, height: 32, colour: 'rgb', depth: 8, samples: [...disc(32, 32)] })
  let maps: AttentionMap[]
  beforeAll(async () => {
    const expected = await Adzus.load(memoryFiles('plain', plain), { backend: 'cpu' })
    maps = await expected.attention(picture, { size: 64, heads: [0] })
    await expected.dispose()
  })
  const variant = (name: string) => new Map([...plain].map(([n, c]) => [n.replace(/\.safetensors$/, `.${name}.safetensors`), c]))
  const sharded = async (name: string) => {
    const folder: Contents = new Map(plain)
    for (const part of Object.keys(parts)) await shard(folder, part, name)
    return folder
  }
  const contents: [string, () => Contents | Promise<Contents>][] = [
    ['old names of the VAE', () => new Map([...plain, [weightsFile('vae'), encodeTensors(oldNames(parts['vae']))]])],
    ['nothing but fp16', () => variant('fp16')],
    ['nothing but a variant of another name', () => variant('non_ema')],
    ['shards', () => sharded('')],
    ['shards in a variant', () => sharded('fp16')],
  ]
  for (const [name, make] of contents)
    test(name, async () => {
      const model = await Adzus.load(memoryFiles('folder', await make()), { backend: 'cpu' })
      assert.deepEqual(await model.attention(picture, { size: 64, heads: [0] }), maps)
      await model.dispose()
    })
})

test('where there is a choice: half precision, or the variant that is asked for', async () => {
  const of = (seed: number) => randomParts('sd1', 'F16', seed)
  const contents = folderOf('sd1', parts)
  const [half, ema] = [await of(2), await of(3)]
  contents.set(UNET.replace('.s', '.fp16.s'), encodeTensors(half['unet']))
  contents.set(UNET.replace('.s', '.ema.s'), encodeTensors(ema['unet']))
  const folder = memoryFiles('folder', contents)
  const taken = async (options = {}) => {
    const { buffer, byteOffset, byteLength } = await sample(await openCheckpoint(folder, options))
    const found = Buffer.from(buffer, byteOffset, byteLength)
    return [parts, half, ema].findIndex((p) => found.equals(p['unet'].get('conv_out.weight')!.data))
  }
  assert.equal(await taken(), 1)
  assert.equal(await taken({ dtype: 'f32' }), 0)
  assert.equal(await taken({ variant: 'fp16' }), 1)
  assert.equal(await taken({ variant: 'ema' }), 2)
  await assert.rejects(taken({ variant: 'emma' }), /expected a variant "emma" of the UNet, got the plain one, "fp16", "ema"/)
})

test('a path: a folder, a file, a folder with one file', async (t) => {
  const folder = await temporaryFolder(t)
  await write(folder, new Map([['one/model.safetensors', FILE]]))
  await write(join(folder, 'pipeline'), folderOf('sd1', parts))
  const expected = await sample(memoryFiles('plain', folderOf('sd1', parts)))
  for (const path of ['pipeline', 'one/model.safetensors', 'one']) {
    const files = await openCheckpoint(join(folder, path))
    assert.deepEqual(await sample(files), expected, path)
    assert.ok(files.root.startsWith(join(folder, path)), files.root)
  }
  assert.match((await openCheckpoint('adzus-tiny')).root, /weights.adzus-tiny$/, 'by its name, as models are listed')
  assert.equal((await openCheckpoint(join(folder, 'one'))).root, join(folder, 'one/model.safetensors'))
})

test('a path that is no checkpoint', async (t) => {
  const folder = await temporaryFolder(t)
  const pickle = new Uint8Array([0x80, 2])
  await write(
    folder,
    new Map<string, Uint8Array | string>([
      ['old.ckpt', pickle],
      ['photo.png', 'GIF89a'],
      ['bad.safetensors', pickle],
      ['pipeline/model_index.json', '{}'],
      ['pickles/model.bin', pickle],
      ['two/a.safetensors', FILE.subarray(0, 9)],
      ['two/b.safetensors', FILE.subarray(0, 9)],
      ['checkpoints/readme.txt', ''],
      ['cut/unet.safetensors', FILE.subarray(0, FILE.length - 1)],
    ]),
  )
  await mkdir(join(folder, 'nothing'))
  const cases: [string, RegExp][] = [
    ['old.ckpt', /got a pickled checkpoint\. Pickles can run code/],
    ['photo.png', /expected a \.safetensors file or a folder in diffusers layout, got a picture/],
    ['bad.safetensors', /got a pickled checkpoint. Pickles can run code/],
    ['cut/unet.safetensors', /its last byte before|as its header says.*incomplete/],
    ['pipeline/model_index.json', /Give its folder/],
    ['pickles', /got model\.bin\. Pickled/],
    ['two', /got several: a\.safetensors, b\.safetensors\. Give one of them/],
    ['checkpoints', /got readme\.txt/],
    ['nothing', /got an empty folder/],
    ['pipelin', /Did you mean .*pipeline\?/],
    ['old.ckp', /Did you mean .*old\.ckpt\?/],
    ['elsewhere/entirely', /expected a folder, a \.safetensors file, or a model of the hub \(owner\/name\), got none of these/],
  ]
  for (const [path, message] of cases) await assert.rejects(openCheckpoint(join(folder, path)), message, path)
  await assert.rejects(openCheckpoint('weights/adzus-tinny'), /Did you mean weights\/adzus-tiny\?/, 'never asked of the hub')
})

test('an id of the hub: a whole model with its variant, or a file', async (t) => {
  const b = await bench(t)
  const contents = folderOf('sd1', parts)
  contents.set(UNET.replace('.s', '.ema.s'), encodeTensors((await randomParts('sd1', 'F16', 2))['unet']))
  const files = new Map([...contents].map(([name, content]) => [name, Buffer.from(content)]))
  b.server.repos.set('some/sd', { commit: COMMIT, files: files.set('single.safetensors', Buffer.from(FILE)) })
  const { env, clock } = b.options
  const open = async (id: string, options = {}) => sample(await openCheckpoint(id, { hub: { env, clock }, ...options }))
  const expected = await sample(memoryFiles('plain', contents))
  assert.deepEqual(await open('some/sd'), expected)
  assert.deepEqual(await open('some/sd@main'), expected)
  assert.deepEqual(await open('some/sd/single.safetensors'), expected)
  assert.notDeepEqual(await open('some/sd', { variant: 'ema' }), expected)
  await assert.rejects(open('some/nothing'), /some\/nothing/)
})

test('the command line: a single file, notes on request, a warning of what is unused', async (t) => {
  const folder = await temporaryFolder(t)
  const odd = singleFile('sd1', parts).set('odd', { dtype: 'F16', shape: [1], data: new Uint8Array(2) })
  const picture = writePng({ width: 32, height: 32, colour: 'rgb', depth: 8, samples: [...disc(32, 32)] })
  await write(
    folder,
    new Map([
      ['model.safetensors', encodeTensors(odd)],
      ['in.png', picture],
    ]),
  )
  const args = ['segment', 'in.png', '--model', 'model.safetensors', '--backend', 'cpu', '--size', '64']
  const [quiet, plain, verbose] = [
    await adzus([...args, '-q'], { cwd: folder }),
    await adzus(args, { cwd: folder }),
    await adzus([...args, '--verbose'], { cwd: folder }),
  ]
  assert.deepEqual([quiet.code, plain.code, verbose.code], [0, 0, 0], quiet.stderr + plain.stderr + verbose.stderr)
  assert.equal(quiet.stderr, '')
  assert.match(plain.stderr, /^adzus: .*model\.safetensors: 1 tensors unused: odd\n$/)
  assert.match(verbose.stderr, /Stable Diffusion 1, by its tensors\n/)
  const wrong = await adzus([...args, '--empty-prompt', 'zero'], { cwd: folder })
  assert.equal(wrong.code, 2)
  assert.match(wrong.stderr, /expected zeros, encoded, got zero\. Did you mean zeros\?/)
})
