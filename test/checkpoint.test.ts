/** @file Loading checkpoints: what is missing or does not fit is named, and nothing stays behind; tensors are streamed, never a whole file. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll } from 'vitest'
import { Model } from '../src/adzus/model.ts'
import { Config } from '../src/checkpoint/config.ts'
import { type Files, memoryFiles } from '../src/checkpoint/files.ts'
import { Weights } from '../src/checkpoint/weights.ts'
import { AdzusError } from '../src/errors.ts'
import { Adzus } from '../src/index.ts'
import { embeddedModel, openDirectory } from '../src/platform/directory.ts'
import { SafetensorsFile } from '../src/safetensors/reader.ts'
import { encodeSafetensors } from '../src/safetensors/writer.ts'
import { createCpuBackend } from '../src/tensor/cpu/plain.ts'
import type { Backend } from '../src/tensor/index.ts'
import { ClipText } from '../src/text/clip.ts'
import { readUNetConfig } from '../src/unet/config.ts'
import { UNet } from '../src/unet/unet.ts'
import { readVaeConfig } from '../src/vae/config.ts'
import { Vae } from '../src/vae/vae.ts'
import { backends, describe, test } from './support/backends.ts'
import {
  type Contents,
  editJson,
  editTensors,
  encodeTensors,
  readFolder,
  type StoredTensor,
  tensorsOf,
  watch,
} from './support/checkpoints.ts'
import { temporaryFolder } from './support/cli.ts'

const goldens = (name: string) => readFolder(`test/goldens/${name}`)
const embedded = await readFolder(embeddedModel())

/** Expects an AdzusError, closed files and no memory left. */
async function fails(contents: Contents, load: (files: Files, backend: Backend) => Promise<unknown>, message: RegExp): Promise<void> {
  const backend = createCpuBackend()
  const watched = watch(memoryFiles('model', contents))
  await assert.rejects(load(watched.files, backend), (error) => {
    assert.ok(error instanceof AdzusError, String(error))
    assert.match(error.message, message)
    return true
  })
  assert.equal(backend.memory.live, 0, 'memory is left')
  assert.equal(watched.open, 0, 'files are left open')
}

const loadUNet = (files: Files, backend: Backend) => UNet.load(files, '', backend)
const MODEL = 'model.safetensors'

test('a missing tensor is named by its full path, with the nearest name', async () => {
  const contents = await goldens('sd1-two-level')
  await editTensors(contents, MODEL, (tensors) => {
    const weight = tensors.get('conv_out.weight')!
    tensors.delete('conv_out.weight')
    tensors.set('conv_out.wieght', weight)
  })
  await fails(
    contents,
    loadUNet,
    /\(model\): expected "conv_out\.weight", got \d+ tensors without it\. The nearest name is "conv_out\.wieght"/,
  )
})

test('every part frees what it had loaded when a late tensor is missing', async () => {
  const cases: [string, string, (files: Files, backend: Backend) => Promise<unknown>][] = [
    ['sd1-two-level', 'up_blocks.1.attentions.1.transformer_blocks.0.attn2.to_out.0.weight', loadUNet],
    ['vae', 'quant_conv.weight', (files, backend) => Vae.load(files, '', backend)],
    ['vae', 'decoder.conv_out.weight', (files, backend) => Vae.load(files, '', backend, { decoder: true })],
    ['clip-l', 'final_layer_norm.weight', (files, backend) => ClipText.load(files, '', backend)],
  ]
  for (const [folder, tensor, load] of cases) {
    const contents = await goldens(folder)
    await editTensors(contents, MODEL, (tensors) => {
      const name = [...tensors.keys()].find((n) => `.${n}`.endsWith(`.${tensor}`))
      assert.ok(name, `${folder} has no ${tensor}`)
      tensors.delete(name)
    })
    await fails(contents, load, new RegExp(`expected ".*${tensor.replaceAll('.', '\\.')}"`))
  }
})

test('a shape that config.json does not fit', async () => {
  const contents = await goldens('sd1-two-level')
  editJson(contents, 'config.json', { cross_attention_dim: 16 })
  await fails(
    contents,
    loadUNet,
    /"down_blocks\.0\.attentions\.0\.transformer_blocks\.0\.attn2\.to_k\.weight" in model.*expected shape \[12, 16\], got \[12, 24\]\. config\.json does not fit/,
  )
})

test('axes of length 1 at the end may be missing or extra, others not', async () => {
  const bytes = encodeSafetensors([{ name: 'a.w', dtype: 'F32', shape: [2, 3, 1, 1], data: new Float32Array(6) }])
  const weights = (await Weights.open(memoryFiles('m', new Map([[MODEL, bytes]])), '')).at('a')
  assert.equal((await weights.load('w', [2, 3])).data.length, 6)
  assert.equal((await weights.load('w', [2, 3, 1])).data.length, 6)
  await assert.rejects(weights.load('w', [3, 2]), /"a\.w".*\[3, 2\], got \[2, 3, 1, 1\]/)
})

test('unreadable weights: a cut file, a pickle, nothing', async () => {
  const contents = await goldens('sd1-two-level')
  const bytes = contents.get(MODEL) as Uint8Array
  contents.set(MODEL, bytes.subarray(0, bytes.length - 5000))
  await fails(contents, loadUNet, /model\/model\.safetensors.*The download is incomplete/)
  contents.delete(MODEL)
  await fails(contents, loadUNet, /model\.safetensors, got (config|io)/)
  contents.set('diffusion_pytorch_model.bin', new Uint8Array(3))
  await fails(contents, loadUNet, /got diffusion_pytorch_model\.bin\. Pickled checkpoints can run code and are not read/)
  await fails(
    new Map([['config.json', contents.get('config.json')!]]),
    (files, backend) => UNet.load(files, 'unet', backend),
    /unet\/config\.json/,
  )
})

describe('shards', () => {
  let original: Contents
  let tensors: Map<string, StoredTensor>
  beforeAll(async () => {
    original = await goldens('sd1-two-level')
    tensors = await tensorsOf(original.get(MODEL) as Uint8Array)
  })
  const stem = 'diffusion_pytorch_model'
  const shard = (n: number) => `${stem}-0000${n}-of-00002.safetensors`
  const index = `${stem}.safetensors.index.json`
  const sharded = (): Contents => {
    const parts = [new Map<string, StoredTensor>(), new Map<string, StoredTensor>()]
    const map: Record<string, string> = {}
    let i = 0
    for (const [name, tensor] of tensors) {
      parts[i % 2].set(name, tensor)
      map[name] = shard((i++ % 2) + 1)
    }
    return new Map<string, Uint8Array | string>([
      ['config.json', original.get('config.json')!],
      [shard(1), encodeTensors(parts[0])],
      [shard(2), encodeTensors(parts[1])],
      [index, JSON.stringify({ metadata: {}, weight_map: map })],
    ])
  }
  const mapped = (change: (map: Record<string, unknown>) => void) => {
    const contents = sharded()
    const { weight_map } = JSON.parse(contents.get(index) as string)
    change(weight_map)
    return contents.set(index, JSON.stringify({ weight_map }))
  }
  test('load like one file', async () => {
    const [one, two] = [createCpuBackend(), createCpuBackend()]
    const watched = watch(memoryFiles('model', sharded()))
    const model = await loadUNet(watched.files, two)
    ;(await loadUNet(memoryFiles('model', original), one)).dispose()
    assert.equal(watched.open, 0)
    assert.equal(two.memory.peak, one.memory.peak)
    model.dispose()
  })
  test('one is missing', async () => {
    const contents = sharded()
    contents.delete(shard(2))
    await fails(contents, loadUNet, /00002-of-00002\.safetensors/)
  })
  test('one lacks a tensor', () =>
    fails(
      mapped((map) => {
        map['conv_in.bias'] = map['conv_in.bias'] === shard(1) ? shard(2) : shard(1)
      }),
      loadUNet,
      /expected "conv_in\.bias" in .*got a shard without it/,
    ))
  for (const name of [
    '../secret.safetensors',
    '/etc/x.safetensors',
    'a\\b.safetensors',
    'x/y.safetensors',
    '..safetensors',
    'weights.bin',
    7,
  ])
    test(`an index that names ${name}`, () =>
      fails(
        mapped((map) => {
          map['conv_in.bias'] = name
        }),
        loadUNet,
        /plain file names/,
      ))
  test('no map in the index', async () => {
    const contents = sharded()
    for (const map of [undefined, [], 3, {}])
      await fails(contents.set(index, JSON.stringify({ weight_map: map })), loadUNet, /model: index/)
  })
})

test('fields of a configuration: what was expected, what is there', () => {
  const config = new Config('c.json', { n: 1.5, s: 'x', list: [1, 'a'], none: null, negative: -1 })
  assert.throws(() => config.int('n'), /n in c\.json.*a whole number, got 1\.5/)
  assert.throws(() => config.int('negative'), /a whole number, got -1/)
  assert.throws(() => config.number('s'), /a number, got "x"/)
  assert.throws(() => config.numbers('list'), /a list of numbers/)
  assert.throws(() => config.strings('list'), /a list of strings/)
  assert.throws(() => config.bool('n'), /true or false/)
  assert.throws(() => config.string('none'), /a string, got nothing/)
  assert.equal(config.int('none', 4), 4)
  assert.deepEqual(new Config('c', { n: 2 }).ints('n', 3), [2, 2, 2])
  assert.throws(() => new Config('c', { n: [1, 2] }).ints('n', 3), /3 entries, got 2/)
  for (const text of ['', '{', '[1]', 'null', '"x"']) assert.throws(() => Config.parse('c.json', text), AdzusError)
})

test('UNets that are not understood are refused by field', async () => {
  const base = JSON.parse(new TextDecoder().decode(embedded.get('unet/config.json') as Uint8Array))
  readUNetConfig(new Config('c', base))
  const cases: [Record<string, unknown>, RegExp][] = [
    [{ act_fn: 'gelu' }, /act_fn.*silu or swish/],
    [{ class_embed_type: 'timestep' }, /class_embed_type.*null/],
    [{ num_class_embeds: 10 }, /num_class_embeds/],
    [{ encoder_hid_dim: 1024 }, /encoder_hid_dim/],
    [{ time_embedding_type: 'fourier' }, /time_embedding_type/],
    [{ resnet_time_scale_shift: 'scale_shift' }, /resnet_time_scale_shift/],
    [{ mid_block_type: 'UNetMidBlock2D' }, /mid_block_type/],
    [{ addition_embed_type: 'image' }, /addition_embed_type/],
    [{ num_attention_heads: 8 }, /num_attention_heads/],
    [{ only_cross_attention: true }, /only_cross_attention/],
    [{ conv_in_kernel: 1 }, /conv_in_kernel/],
    [{ down_block_types: undefined }, /down_block_types.*a list of strings/],
    [{ down_block_types: base.down_block_types.with(0, 'AttnDownBlock2D') }, /AttnDownBlock2D/],
    [{ up_block_types: base.up_block_types.slice(1) }, /blocks, as many as down_block_types/],
    [{ up_block_types: base.up_block_types.with(0, 'DownBlock2D') }, /CrossAttnUpBlock2D or UpBlock2D, got DownBlock2D/],
    [{ block_out_channels: base.block_out_channels.map((c: number) => c + 1) }, /multiples of norm_num_groups/],
    [{ attention_head_dim: 5 }, /a number of heads that divides/],
    [{ attention_head_dim: 0 }, /attention_head_dim.*a whole number from 1/],
    [{ norm_num_groups: 0 }, /norm_num_groups.*a whole number from 1/],
    [{ layers_per_block: 'two' }, /layers_per_block.*got "two"/],
    [{ block_out_channels: [32] }, /entries, got 1/],
  ]
  for (const [change, message] of cases) assert.throws(() => readUNetConfig(new Config('c', { ...base, ...change })), message)
})

test('VAEs that are not understood are refused by field', () => {
  const base = JSON.parse(new TextDecoder().decode(embedded.get('vae/config.json') as Uint8Array))
  readVaeConfig(new Config('c', base))
  const cases: [Record<string, unknown>, RegExp][] = [
    [{ act_fn: 'relu' }, /act_fn.*silu, got relu/],
    [{ down_block_types: base.down_block_types.with(0, 'AttnDownEncoderBlock2D') }, /AttnDownEncoderBlock2D/],
    [{ down_block_types: base.down_block_types.slice(1) }, /blocks/],
    [{ norm_num_groups: 5 }, /multiples of norm_num_groups/],
    [{ latents_mean: [0, 0] }, /latents_mean.*4 numbers, got 2/],
    [{ scaling_factor: 'big' }, /scaling_factor/],
  ]
  for (const [change, message] of cases) assert.throws(() => readVaeConfig(new Config('c', { ...base, ...change })), message)
})

describe('a pipeline that does not fit together', () => {
  const cases: [string, (contents: Contents) => void | Promise<void>, RegExp][] = [
    [
      'no VAE',
      (c) => {
        for (const name of [...c.keys()]) if (name.startsWith('vae/')) c.delete(name)
      },
      /expected vae\/config\.json, got no such folder/,
    ],
    ['another kind', (c) => editJson(c, 'model_index.json', { _class_name: 'StableDiffusion3Pipeline' }), /_class_name/],
    ['a scheduler of another kind', (c) => editJson(c, 'scheduler/scheduler_config.json', { beta_schedule: 'sigmoid' }), /beta_schedule/],
    [
      'a latent of other channels',
      async (c) => {
        editJson(c, 'unet/config.json', { in_channels: 9 })
        await editTensors(c, 'unet/diffusion_pytorch_model.safetensors', (tensors) => {
          const { dtype, shape, data } = tensors.get('conv_in.weight')!
          const wide = new Uint8Array((data.length / 4) * 9)
          tensors.set('conv_in.weight', { dtype, shape: shape.with(1, 9), data: wide })
        })
      },
      /latent channels, got one for 9\. An in-painting model/,
    ],
    [
      'layers in adzus.json that the UNet does not have',
      (c) => editJson(c, 'adzus.json', { layers: ['up_blocks', 'top'] }),
      /config \(layers in .*adzus\.json\): expected parts of the names .*, got top\. There are down_blocks\.0/,
    ],
    ['a broken adzus.json', (c) => c.set('adzus.json', '{') && undefined, /adzus\.json/],
    [
      'a missing VAE tensor',
      (c) => editTensors(c, 'vae/diffusion_pytorch_model.safetensors', (tensors) => tensors.delete('encoder.conv_out.bias') && undefined),
      /"encoder\.conv_out\.bias"/,
    ],
  ]
  for (const [name, change, message] of cases)
    test(name, async () => {
      const contents = new Map(embedded)
      await change(contents)
      await fails(contents, (files, backend) => Adzus.load(files, { backend }), message)
    })
})

test('a text encoder that fails leaves the model usable', async () => {
  const contents = new Map(embedded)
  await editTensors(contents, 'text_encoder/model.safetensors', (tensors) => {
    const name = [...tensors.keys()].find((n) => n.endsWith('final_layer_norm.bias'))!
    tensors.delete(name)
  })
  const backend = createCpuBackend()
  const watched = watch(memoryFiles('model', contents))
  const adzus = await Adzus.load(watched.files, { backend })
  const { live } = backend.memory
  const grey = { width: 16, height: 16, data: new Uint8Array(256) }
  for (let i = 0; i < 2; i++) {
    await assert.rejects(adzus.segment(grey, { size: 64 }), /final_layer_norm\.bias/)
    assert.equal(backend.memory.live, live)
    assert.equal(watched.open, 0)
  }
  await adzus.dispose()
  assert.equal(backend.memory.live, 0)
})

for (const { name: kind, open, test } of await backends())
  test(`tensors are streamed one at a time to ${kind}, and freed`, async () => {
    const backend = await open()
    const watched = watch(await openDirectory(embeddedModel()))
    const model = await Model.load(watched.files, backend)
    await model.conditioning.context('')
    assert.equal(watched.open, 0, 'files are left open')
    const files = new Set(watched.reads.map((r) => r.file))
    assert.deepEqual([...files].map((f) => f.split('/')[0]).sort(), ['text_encoder', 'unet', 'vae'])
    for (const file of files) {
      const bytes = embedded.get(file) as Uint8Array
      const headerLength = Number(new DataView(bytes.buffer).getBigUint64(0, true))
      const { tensors } = await SafetensorsFile.open({ name: file, size: bytes.length, read: async (at, n) => bytes.subarray(at, at + n) })
      const largest = Math.max(headerLength, ...[...tensors.values()].map((t) => t.end - t.begin))
      const lengths = watched.reads.filter((r) => r.file === file).map((r) => r.length)
      assert.ok(Math.max(...lengths) <= largest, `${file}: a read of ${Math.max(...lengths)} bytes`)
      assert.ok(largest < bytes.length, `${file} is one tensor, which proves nothing`)
      assert.ok(lengths.reduce((a, b) => a + b, 0) <= bytes.length, `${file} is read more than once`)
    }
    model.dispose()
    assert.equal(backend.memory.live, 0)
    await backend.dispose()
  })

test('configurations with line ends of another system and byte order marks are the same model', async () => {
  const contents = new Map(embedded)
  for (const [name, content] of embedded)
    if (name.endsWith('.json')) contents.set(name, `\uFEFF${new TextDecoder().decode(content as Uint8Array).replaceAll('\n', '\r\n')}`)
  const { defaults } = await Model.load(memoryFiles('model', contents), createCpuBackend())
  assert.deepEqual(defaults, (await Model.load(memoryFiles('model', embedded), createCpuBackend())).defaults)
  assert.equal(Config.parse('c.json', '\uFEFF{"n": 1}').int('n'), 1)
})

test('a text is not read where it is too long, and no pipe is waited for', async (t) => {
  const folder = await temporaryFolder(t)
  await truncate(await file(folder, 'config.json'), 1.9e9)
  await truncate(await file(folder, 'model.safetensors.index.json'), 1.9e9)
  await promisify(execFile)('mkfifo', [join(folder, 'pipe.json')])
  await symlink('/dev/zero', join(folder, 'endless.json'))
  await symlink('.', join(folder, 'circle'))
  const files = await openDirectory(folder)
  await assert.rejects(files.text('config.json'), /config\.json\): expected a text of at most 1048576 bytes, got 1900000000/)
  await assert.rejects(files.text('model.safetensors.index.json'), /a text of at most 67108864 bytes/)
  for (const name of ['pipe.json', 'endless.json']) await assert.rejects(files.text(name), /expected a file, got a (pipe|device)/)
  await assert.rejects(files.open('pipe.json'), /expected a file, got a pipe/)
  await assert.rejects(files.text('circle'), /expected a file, got a folder/)
  const names = await files.list()
  assert.ok(names.includes('config.json') && names.length < 50, `${names.length} names`)
})

async function file(folder: string, name: string): Promise<string> {
  await writeFile(join(folder, name), '{')
  return join(folder, name)
}
