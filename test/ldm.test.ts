/**
 * @file Single-file checkpoints against the same pipeline as a folder: every key at published size, and the same bits and the same attention from random weights
 * in narrow. What is no checkpoint of ours is refused with its reason.
 */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { beforeAll, describe, test } from 'vitest'
import { pipelineShapes } from '../bench/checkpoint/shapes.ts'
import { Config } from '../src/checkpoint/config.ts'
import type { Family } from '../src/checkpoint/family.ts'
import { type Files, memoryFiles } from '../src/checkpoint/files.ts'
import { detect } from '../src/checkpoint/ldm/detect.ts'
import { openSingleFile, readParts } from '../src/checkpoint/ldm/folder.ts'
import type { Tensors } from '../src/checkpoint/ldm/keys.ts'
import { type CheckpointOptions, openCheckpoint } from '../src/checkpoint/open.ts'
import { Weights } from '../src/checkpoint/weights.ts'
import { AdzusError } from '../src/errors.ts'
import { Adzus } from '../src/index.ts'
import { openBackend } from '../src/open-backend.ts'
import { readClipConfig } from '../src/text/clip.ts'
import { readUNetConfig } from '../src/unet/config.ts'
import { readVaeConfig } from '../src/vae/config.ts'
import { encodeTensors, type StoredTensor } from './support/checkpoints.ts'
import { FAMILY_NAMES, folderOf, NARROW, PUBLISHED, randomParts } from './support/pipelines.ts'
import { random } from './support/random.ts'
import { ldmUNet, ldmVae, singleFile, trainingRemains, zeros } from './support/single-file.ts'

const FILE = 'model.safetensors'
const fileOf = (tensors: Map<string, StoredTensor>): Files => memoryFiles('memory', new Map([[FILE, encodeTensors(tensors)]]))

/** Headers of tensors without data. */
function headers(tensors: Map<string, StoredTensor>): Tensors {
  return new Map([...tensors].map(([name, { dtype, shape }]) => [name, { name, dtype, shape, begin: 0, end: 0 }]))
}

const trim = (shape: readonly number[]) => shape.join().replace(/(,1)+$/, '')

/** UNet, VAE and text encoders of a file. */
const COUNTS: Record<Family, number[]> = {
  sd1: [686, 248, 196],
  sd2: [686, 248, 372],
  sdxl: [1680, 248, 196, 517],
}

for (const family of FAMILY_NAMES)
  test(`every key of ${family} at its published size`, async () => {
    const shapes = await pipelineShapes(PUBLISHED[family])
    assert.deepEqual(
      Object.values(shapes).map((s) => s.length),
      COUNTS[family],
    )
    const empty = Object.fromEntries(
      Object.entries(shapes).map(([part, tensors]) => [
        part,
        new Map(tensors.map(({ name, shape }) => [name, { dtype: 'F16', shape, data: new Uint8Array() }])),
      ]),
    )
    const single = headers(singleFile(family, empty))
    const detected = detect(FILE, single)
    assert.equal(detected.family, family)
    const parts = readParts(FILE, single, detected)
    assert.deepEqual([...parts.keys()].sort(), Object.keys(shapes).sort())
    const uses = new Map<string, number>()
    for (const [part, { tensors }] of parts) {
      const found = tensors.map(({ name, from, shape, rows, transposed }) => {
        uses.set(from.name, (uses.get(from.name) ?? 0) + 1)
        const own = transposed ? [...from.shape].reverse() : rows ? [rows[1] - rows[0], ...from.shape.slice(1)] : from.shape
        return `${name.replace(/^text_model\./, '')} ${trim(shape ?? own)}`
      })
      assert.deepEqual(found.sort(), shapes[part].map(({ name, shape }) => `${name} ${trim(shape)}`).sort(), part)
    }
    for (const name of single.keys()) {
      const dropped = name.endsWith('logit_scale') || (family === 'sd2' && /resblocks\.23\.|text_projection/.test(name))
      assert.equal(uses.get(name) ?? 0, dropped ? 0 : name.includes('in_proj') ? 3 : 1, name)
    }
    const { unet, vae, text } = PUBLISHED[family]
    const config = (part: string) => new Config(part, parts.get(part)!.config)
    assert.deepEqual(readUNetConfig(config('unet')), readUNetConfig(new Config('unet', unet)))
    assert.deepEqual(readVaeConfig(config('vae')), readVaeConfig(new Config('vae', vae)))
    for (const [part, expected] of Object.entries(text))
      assert.deepEqual(readClipConfig(config(part)), readClipConfig(new Config(part, expected)), part)
  })

const PICTURE = { width: 32, height: 32, data: Uint8Array.from(random(3).floats(32 * 32 * 3, 0, 256)) }

/** All attention of a picture: it depends on the VAE, the text encoders and all of the UNet but its last layers. */
async function attention(files: Files, options: CheckpointOptions = {}): Promise<Float32Array[]> {
  const backend = await openBackend('cpu')
  try {
    const adzus = await Adzus.load(files, { backend, ...options })
    const maps = await adzus.attention(PICTURE, { size: 64, heads: [0], emptyPrompt: 'encoded' })
    await adzus.dispose()
    return maps.map((m) => m.probabilities)
  } finally {
    await backend.dispose()
  }
}

/** Compares all tensors that the models would load. */
async function sameTensors(a: Files, b: Files, part: string, names: readonly string[]): Promise<void> {
  const alias = (path: string) => [`text_model.${path}`]
  const [x, y] = [await Weights.open(a, part, alias), await Weights.open(b, part, alias)]
  for (const name of names) {
    const shape = y.shape(name)
    assert.deepEqual(await x.load(name, shape), await y.load(name, shape), `${part}: ${name}`)
  }
  await x.close()
  await y.close()
}

for (const family of FAMILY_NAMES)
  describe(`a file and a folder of ${family} are the same model`, () => {
    for (const type of ['F32', 'F16', 'BF16'] as const)
      test(type, async () => {
        const parts = await randomParts(family, type)
        const folder = memoryFiles('folder', folderOf(family, parts))
        const file = fileOf(new Map([...singleFile(family, parts), ...trainingRemains(family)]))
        const { files, family: found, leftover } = await openSingleFile(file, FILE)
        assert.equal(found, family)
        assert.deepEqual(leftover.unused, [])
        assert.ok(leftover.ignored.has('noise schedule') && leftover.ignored.has('moving averages of the training'))
        for (const [part, tensors] of Object.entries(parts)) await sameTensors(files, folder, part, [...tensors.keys()])
        if (type !== 'F16') return
        const [a, b] = [await attention(file), await attention(folder)]
        assert.ok(a.length > 10 && a[0].some((v) => v > 0))
        assert.deepEqual(a, b)
      })
  })

test('the hash of a file is that of its bytes', async () => {
  const bytes = encodeTensors(singleFile('sd1', await randomParts('sd1', 'F16')))
  const adzus = await Adzus.load(memoryFiles('memory', new Map([[FILE, bytes]])), { backend: 'cpu' })
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new Uint8Array(bytes)))
  assert.equal(await adzus.modelHash(), Buffer.from(digest).toString('hex'))
  await adzus.dispose()
})

const named = (prefix: string, tensors: Map<string, StoredTensor>) => fileOf(new Map([...tensors].map(([n, t]) => [prefix + n, t])))

for (const family of ['sd1', 'sdxl'] as const)
  test(`a VAE alone under every prefix, for ${family}`, async () => {
    const parts = await randomParts(family, 'F16')
    const { vae: another } = await randomParts(family, 'F16', 2)
    const expected = await attention(memoryFiles('folder', folderOf(family, parts)))
    const base = memoryFiles('base', folderOf(family, { ...parts, vae: another }))
    assert.notDeepEqual(await attention(base), expected)
    const vae = folderOf(family, { vae: parts['vae'] })
    const folders = [...vae].filter(([n]) => n.startsWith('vae/')).map(([n, c]) => [n.slice(4), c] as const)
    for (const other of [
      ...['', 'vae.', 'first_stage_model.'].map((p) => named(p, ldmVae(parts['vae']))),
      memoryFiles('vae', new Map(folders)),
    ])
      assert.deepEqual(await attention(base, { vae: other }), expected)
    await assert.rejects(
      attention(base, { vae: named('', ldmUNet(parts['unet'])) }),
      /expected a VAE, or a checkpoint with one, got neither/,
    )
  })

test('a UNet alone takes the rest from a base', async () => {
  const parts = await randomParts('sd1', 'F16')
  const { unet } = parts
  const expected = await attention(memoryFiles('folder', folderOf('sd1', parts)))
  const base = memoryFiles('base', folderOf('sd1', { ...parts, unet: (await randomParts('sd1', 'F16', 2))['unet'] }))
  for (const prefix of ['', 'model.diffusion_model.']) assert.deepEqual(await attention(named(prefix, ldmUNet(unet)), { base }), expected)
  await assert.rejects(attention(named('', ldmUNet(unet))), /none called vae.*base/)
  const sd2 = memoryFiles('sd2', folderOf('sd2', await randomParts('sd2', 'F16')))
  await assert.rejects(
    attention(named('', ldmUNet(unet)), { base: sd2 }),
    /expected a checkpoint of Stable Diffusion 1.*got Stable Diffusion 2/,
  )
})

describe('other ways to write the same', () => {
  test('a file converted from diffusers has no layer that Stable Diffusion 2 leaves out', async () => {
    const parts = await randomParts('sd2', 'F16')
    const whole = singleFile('sd2', parts)
    const { files } = await openSingleFile(fileOf(whole), FILE)
    const text = [...parts['text_encoder'].keys()]
    const converted = new Map([...whole].filter(([n]) => !/resblocks\.2\.|text_projection|logit_scale/.test(n)))
    assert.ok(converted.size < whole.size)
    await sameTensors((await openSingleFile(fileOf(converted), FILE)).files, files, 'text_encoder', text)
  })
  test('CLIP without its first word', async () => {
    const sd1 = await randomParts('sd1', 'F16')
    const short = [...singleFile('sd1', sd1)].map(([n, tensor]) => [n.replace('transformer.text_model.', 'transformer.'), tensor] as const)
    const single = await openSingleFile(fileOf(new Map(short)), FILE)
    const folder = memoryFiles('folder', folderOf('sd1', sd1))
    await sameTensors(single.files, folder, 'text_encoder', [...sd1['text_encoder'].keys()])
    assert.deepEqual(single.leftover.unused, [])
  })
  test('notes of SDXL fine-tunes on what they predict', async () => {
    const sdxl = singleFile('sdxl', await randomParts('sdxl', 'F16'))
      .set('v_pred', zeros([]))
      .set('ztsnr', zeros([]))
    const { files: noted, leftover } = await openSingleFile(fileOf(sdxl), FILE)
    const { prediction_type, rescale_betas_zero_snr } = JSON.parse(await noted.text('scheduler/scheduler_config.json'))
    assert.deepEqual([prediction_type, rescale_betas_zero_snr, leftover.unused], ['v_prediction', true, []])
  })
})

test('what is known of leftovers is said on request, what is not always', async () => {
  const single = new Map([...singleFile('sd1', await randomParts('sd1', 'F16')), ...trainingRemains('sd1')])
  single.set('model.diffusion_model.input_blocks.1.0.extra.weight', zeros([1])).set('odd', zeros([1]))
  const notes: [string, string][] = []
  const adzus = await Adzus.load(fileOf(single), { backend: 'cpu', onNote: (text, kind) => notes.push([kind, text]) })
  await adzus.dispose()
  const warnings = notes.filter(([kind]) => kind === 'warning').map(([, text]) => text)
  assert.deepEqual(warnings, [`memory/${FILE}: 2 tensors unused: model.diffusion_model.input_blocks.1.0.extra.weight, odd`])
  const details = notes.filter(([kind]) => kind === 'detail').map(([, text]) => text)
  assert.equal(details[0], `memory/${FILE}: Stable Diffusion 1, by its tensors`)
  assert.ok(
    details.some((d) => /4 tensors ignored: noise schedule$/.test(d)),
    details.join('\n'),
  )
})

test('what is no checkpoint of ours is refused with its reason', async () => {
  const shape = (...dims: number[]): StoredTensor => ({ dtype: 'F16', shape: dims, data: new Uint8Array() })
  const empty = async (family: Family) =>
    singleFile(
      family,
      Object.fromEntries(
        Object.entries(await pipelineShapes(NARROW[family])).map(([part, list]) => [
          part,
          new Map(list.map((s) => [s.name, shape(...s.shape)])),
        ]),
      ),
    )
  const [sd1, sd2, sdxl] = [await empty('sd1'), await empty('sd2'), await empty('sdxl')]
  const first = 'model.diffusion_model.input_blocks.0.0.weight'
  const inputs = (channels: number) => new Map(sd1).set(first, shape(32, channels, 3, 3))
  const without = (from: Map<string, StoredTensor>, pattern: RegExp) => new Map([...from].filter(([n]) => !pattern.test(n)))
  const cases: [string, Map<string, StoredTensor>, RegExp][] = [
    ['in-painting', inputs(9), /in-painting.*mask/],
    ['pix2pix', inputs(8), /instruct-pix2pix/],
    ['depth', inputs(5), /depth/],
    ['other inputs', inputs(16), /a UNet for 16 channels/],
    ['Stable Diffusion 3', new Map([['model.diffusion_model.joint_blocks.0.x.weight', shape(1)]]), /got Stable Diffusion 3/],
    ['Flux', new Map([['double_blocks.0.img_attn.norm.key_norm.scale', shape(1)]]), /Flux/],
    ['LoRA', new Map([['lora_unet_down_blocks_0.lora_down.weight', shape(1)]]), /LoRA/],
    ['ControlNet', new Map([['control_model.time_embed.0.weight', shape(1)]]), /ControlNet/],
    ['textual inversion', new Map([['emb_params', shape(1)]]), /textual inversion/],
    ['unCLIP', new Map(sd2).set('noise_augmentor.betas', shape(1)), /unCLIP/],
    ['refiner', new Map(sdxl).set('conditioner.embedders.0.model.ln_final.weight', shape(1)), /refiner/],
    ['a refiner’s UNet', without(sdxl, /input_blocks\.[78]\.1\.|^conditioner/), /refiner/],
    ['SD 2 with labels', new Map(sd2).set('model.diffusion_model.label_emb.0.0.weight', shape(1, 1)), /a condition that is not SDXL/],
    ['a part of a folder', new Map([['down_blocks.0.resnets.0.conv1.weight', shape(1)]]), /Give the folder/],
    ['text encoders alone', without(sd1, /^(model|first)/), /tensors of something else, such as "cond_stage_model/],
    ['nothing', new Map(), /0 tensors/],
    ['no middle', without(sd1, /middle_block\.1\./), /expected a tensor "model\.diffusion_model\.middle_block\.1\.proj_in\.weight"/],
  ]
  for (const [name, tensors, message] of cases)
    assert.throws(() => readParts(FILE, headers(tensors), detect(FILE, headers(tensors))), message, name)
  const uneven = without(sdxl, /input_blocks\.8\.1\.transformer_blocks\.1\./)
  assert.throws(() => readParts(FILE, headers(uneven), detect(FILE, headers(uneven))), /of one size in a level/)
  const short = without(sd1, /output_blocks\.11\./)
  assert.throws(() => readParts(FILE, headers(short), detect(FILE, headers(short))), /output_blocks\.11/)
})

/** The VAE's attention under other names, its matrices as 1 × 1 convolutions or not. */
function renamedAttention(
  tensors: Map<string, StoredTensor>,
  names: Record<string, string>,
  convolutions: boolean,
): Map<string, StoredTensor> {
  const pattern = /((?:mid\.attn_1|attentions\.0)\.)(norm|group_norm|q|k|v|proj_out|to_q|to_k|to_v|to_out\.0)(\.\w+)$/
  return new Map(
    [...tensors].map(([name, tensor]) => {
      const [, , layer, kind] = pattern.exec(name) ?? []
      if (layer === undefined) return [name, tensor]
      const plain = tensor.shape.filter((d) => d !== 1)
      const shape = kind === '.weight' && plain.length === 2 && convolutions ? [...plain, 1, 1] : plain
      return [name.replace(pattern, (_, at) => `${at}${names[layer] ?? layer}${kind}`), { ...tensor, shape }]
    }),
  )
}

const SPELLINGS: Record<string, string>[] = [
  { norm: 'norm', q: 'q', k: 'k', v: 'v', proj_out: 'proj_out' },
  { norm: 'group_norm', q: 'to_q', k: 'to_k', v: 'to_v', proj_out: 'to_out.0' },
  { norm: 'group_norm', q: 'query', k: 'key', v: 'value', proj_out: 'proj_attn' },
  { norm: 'norm', q: 'to_q', k: 'key', v: 'v', proj_out: 'proj_attn' },
]
/** The names of diffusers for those of the original code. */
const NOW: Record<string, string> = { norm: 'group_norm', q: 'to_q', k: 'to_k', v: 'to_v', proj_out: 'to_out.0' }

test('the attention of a VAE counts under all its names, as matrices and as convolutions, in files and in folders', async () => {
  const parts = await randomParts('sd1', 'F16')
  const folder = folderOf('sd1', parts)
  const expected = await attention(memoryFiles('folder', folder))
  const ldm = ldmVae(parts['vae'])
  for (const names of SPELLINGS)
    for (const convolutions of [false, true]) {
      const label = `${Object.values(names)} ${convolutions}`
      const file = fileOf(renamedAttention(ldm, names, convolutions))
      assert.deepEqual(await attention(memoryFiles('folder', folder), { vae: file }), expected, `file: ${label}`)
      const now = Object.fromEntries(Object.entries(names).map(([old, name]) => [NOW[old], name]))
      const contents = new Map(folder).set(
        'vae/diffusion_pytorch_model.safetensors',
        encodeTensors(renamedAttention(parts['vae'], now, convolutions)),
      )
      assert.deepEqual(await attention(memoryFiles('folder', contents)), expected, `folder: ${label}`)
    }
})

describe('what a file lacks of a model is named, and never taken for a model without it', () => {
  let base: Files
  let whole: Map<string, StoredTensor>
  beforeAll(async () => {
    const sd1 = await randomParts('sd1', 'F16')
    base = memoryFiles('base', folderOf('sd1', sd1))
    whole = singleFile('sd1', sd1)
  })
  const cases: [string, RegExp, RegExp][] = [
    ['all of the attention', /first_stage_model\.encoder\.mid\.attn_1/, /mid_block\.attentions\.0\.group_norm\.weight/],
    ['the queries', /encoder\.mid\.attn_1\.q\./, /mid_block\.attentions\.0\.to_q\.weight/],
    ['quant_conv', /first_stage_model\.quant_conv/, /"quant_conv\.weight"/],
    ['the weight of quant_conv', /first_stage_model\.quant_conv\.weight/, /"quant_conv\.weight"/],
    ['the VAE’s first block', /encoder\.down\.0\.block\.0\.conv1\.weight/, /down_blocks\.0\.resnets\.0\.conv1\.weight/],
    ['a level of the VAE', /first_stage_model\.encoder\.down\.1\./, /tensors below "first_stage_model\.encoder\.down\.1\."/],
    ['a residual block of the VAE', /encoder\.down\.2\.block\.1\./, /2 residual blocks in every level of the VAE, got 1 in level 2/],
    ['the VAE’s encoder', /first_stage_model\.encoder\./, /first_stage_model\.encoder\.conv_in\.weight/],
    ['the UNet’s first layer', /model\.input_blocks\.0\./, /model\.diffusion_model\.input_blocks\.0\.0\.weight/],
    ['the projection of a transformer', /input_blocks\.1\.1\.proj_in\.weight/, /down_blocks\.0\.attentions\.0\.proj_in\.weight/],
    [
      'the blocks of a transformer',
      /input_blocks\.1\.1\.transformer_blocks/,
      /input_blocks\.1\.1\.transformer_blocks\.0\.attn1\.to_q\.weight/,
    ],
    ['a block in the middle', /input_blocks\.4\./, /tensors below "model\.diffusion_model\.input_blocks\.4\."/],
    ['a layer of the text encoder', /encoder\.layers\.0\./, /encoder\.layers\.0\./],
    ['the text encoder’s last norm', /final_layer_norm/, /final_layer_norm/],
  ]
  for (const [name, pattern, message] of cases)
    test(name, async () => {
      const cut = new Map([...whole].filter(([n]) => !pattern.test(n)))
      assert.ok(cut.size < whole.size)
      await assert.rejects(attention(fileOf(cut)), message)
      // Not even where another checkpoint would have it.
      const left = name.includes('text encoder') ? 'first_stage_model.' : 'cond_stage_model.'
      const some = new Map([...cut].filter(([n]) => !n.startsWith(left)))
      await assert.rejects(attention(fileOf(some), { base }), message)
    })
  test('the labels of SDXL', async () => {
    const sdxl = singleFile('sdxl', await randomParts('sdxl', 'F16'))
    sdxl.delete('model.diffusion_model.label_emb.0.0.weight')
    await assert.rejects(attention(fileOf(sdxl)), /label_emb\.0\.0\.weight/)
  })
})

describe('tensors of wrong shapes are named, and nothing is counted without end', () => {
  test('vae-scalar-hang.safetensors', async () => {
    const vae = memoryFiles('folder', new Map([['vae.safetensors', await readFile('test/data/cases/vae-scalar-hang.safetensors')]]))
    const base = memoryFiles('base', folderOf('sd1', await randomParts('sd1', 'F16')))
    await assert.rejects(
      openCheckpoint(base, { vae }),
      /"encoder\.down\.0\.block\.0\.conv2\.weight" in .*expected 1 axes or more.*got \[\]/,
    )
  })
  let whole: Map<string, StoredTensor>
  beforeAll(async () => {
    whole = singleFile('sd1', await randomParts('sd1', 'F16'))
  })
  // Every tensor that the configuration is read from, as a scalar and as nothing at all.
  const read = [
    'model.diffusion_model.input_blocks.0.0.weight',
    'model.diffusion_model.input_blocks.1.0.out_layers.3.weight',
    'model.diffusion_model.middle_block.1.norm.weight',
    'model.diffusion_model.middle_block.1.proj_in.weight',
    'model.diffusion_model.middle_block.1.transformer_blocks.0.attn2.to_k.weight',
    'model.diffusion_model.output_blocks.0.0.out_layers.3.weight',
    'model.diffusion_model.out.2.weight',
    'first_stage_model.encoder.conv_in.weight',
    'first_stage_model.encoder.conv_out.weight',
    'first_stage_model.encoder.down.3.block.0.conv2.weight',
    'first_stage_model.decoder.conv_out.weight',
    'cond_stage_model.transformer.text_model.embeddings.token_embedding.weight',
    'cond_stage_model.transformer.text_model.embeddings.position_embedding.weight',
    'cond_stage_model.transformer.text_model.encoder.layers.0.mlp.fc1.weight',
  ]
  for (const name of read)
    for (const shape of [[], [0, 4, 3, 3]])
      test(`${name} [${shape}]`, async () => {
        assert.ok(whole.has(name))
        const data = new Uint8Array(shape.length === 0 ? 2 : 0)
        await assert.rejects(openSingleFile(fileOf(new Map(whole).set(name, { dtype: 'F16', shape, data })), FILE), (error) => {
          assert.ok(error instanceof AdzusError && error.message.includes(`"${name}"`), String(error))
          return true
        })
      })
  test('numbers without end', async () => {
    for (const name of [
      'input_blocks.999999999.0.op.weight',
      `input_blocks.${'9'.repeat(400)}.0.x`,
      'middle_block.1.transformer_blocks.1000000000.x',
    ])
      await assert.rejects(
        openSingleFile(fileOf(new Map(whole).set(`model.diffusion_model.${name}`, zeros([1]))), FILE),
        /expected tensors below/,
      )
  })
})

test('a checkpoint that lacks a tensor names it', async () => {
  const single = singleFile('sd1', await randomParts('sd1', 'F16'))
  single.delete('model.diffusion_model.output_blocks.5.1.transformer_blocks.0.attn1.to_q.weight')
  await assert.rejects(
    Adzus.load(fileOf(single), { backend: 'cpu' }),
    /model\.safetensors\/unet\): expected "up_blocks\.1\.attentions\.2\.transformer_blocks\.0\.attn1\.to_q\.weight"/,
  )
})
