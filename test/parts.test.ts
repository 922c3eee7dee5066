/** @file A checkpoint put together from several: every one of them gives a part, or is refused by its name. And weights in types that nobody computes with. */
import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import { type Files, memoryFiles } from '../src/checkpoint/files.ts'
import { type CheckpointOptions, openCheckpoint } from '../src/checkpoint/open.ts'
import { Weights } from '../src/checkpoint/weights.ts'
import { Adzus } from '../src/index.ts'
import { createCpuBackend } from '../src/tensor/cpu/plain.ts'
import { type Contents, editJson, encodeTensors, type StoredTensor } from './support/checkpoints.ts'
import { folderOf, type Parts, randomParts, weightsFile } from './support/pipelines.ts'
import { LFS_POINTER } from './support/safetensors-files.ts'
import { ldmUNet, ldmVae, singleFile } from './support/single-file.ts'

const sd1 = await randomParts('sd1', 'F16')
const other = await randomParts('sd1', 'F16', 2)
const sdxl = await randomParts('sdxl', 'F16')
const base = memoryFiles('base', folderOf('sd1', sd1))

/** A part's folder alone, at the root; its configuration may be changed. */
function bare(part: string, contents: Contents, changes: Record<string, unknown> = {}): Files {
  const inside = [...contents].filter(([name]) => name.startsWith(`${part}/`)).map(([name, c]) => [name.slice(part.length + 1), c] as const)
  const folder: Contents = new Map(inside)
  folder.set('config.json', new TextEncoder().encode(folder.get('config.json') as string))
  editJson(folder, 'config.json', changes)
  return memoryFiles(`my-${part}`, folder)
}

/** Which pipeline each part of a checkpoint was taken from, by a tensor. */
async function origins(files: Files, from: Record<string, Parts>): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  for (const part of Object.keys(Object.values(from)[0])) {
    const weights = await Weights.open(files, part)
    const [name, { shape }] = [...Object.values(from)[0][part]][0]
    const { data } = await weights.load(weights.has(name) ? name : `text_model.${name}`, shape)
    await weights.close()
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
    found[part] = Object.entries(from).find(([, parts]) => bytes.equals(parts[part].get(name)!.data))?.[0] ?? 'nowhere'
  }
  return found
}

const CLASSES: Record<string, Record<string, unknown>> = {
  unet: { _class_name: 'UNet2DConditionModel' },
  vae: { _class_name: 'AutoencoderKL' },
  text_encoder: { architectures: ['CLIPTextModel'] },
}

for (const part of ['unet', 'vae', 'text_encoder'])
  test(`a folder of one model, ${part}, is that part, by its configuration or its tensors`, async () => {
    const contents = folderOf('sd1', other)
    const expected = { unet: 'base', vae: 'base', text_encoder: 'base', [part]: 'own' }
    for (const changes of [CLASSES[part], { _class_name: undefined, architectures: undefined }]) {
      const files = await openCheckpoint(bare(part, contents, changes), { base })
      assert.deepEqual(await origins(files, { base: sd1, own: other }), expected)
      assert.match(files.root, new RegExp(`^my-${part} \\+ base`))
    }
    const wrong = { _class_name: 'ControlNetModel', architectures: ['T5EncoderModel'] }
    await assert.rejects(openCheckpoint(bare(part, contents, wrong), { base }), /one of its models.*got "(ControlNetModel|T5EncoderModel)"/)
  })

test('the text encoders of SDXL, and a text encoder with a projection beside a model that has one', async () => {
  const another = await randomParts('sdxl', 'F16', 2)
  const two = memoryFiles('base', folderOf('sdxl', sdxl))
  for (const part of ['text_encoder', 'text_encoder_2']) {
    const files = await openCheckpoint(bare(part, folderOf('sdxl', another), { architectures: undefined }), { base: two })
    const expected = { unet: 'base', vae: 'base', text_encoder: 'base', text_encoder_2: 'base', [part]: 'own' }
    assert.deepEqual(await origins(files, { base: sdxl, own: another }), expected)
  }
  const changes = { architectures: ['CLIPTextModelWithProjection'] }
  const files = await openCheckpoint(bare('text_encoder', folderOf('sd1', other), changes), { base })
  assert.equal((await origins(files, { base: sd1, own: other }))['text_encoder'], 'own')
})

test('half precision of a folder with one model, and a checkpoint with some parts', async () => {
  const unet: Contents = folderOf('sd1', other)
  unet.set(weightsFile('unet').replace('.s', '.fp16.s'), unet.get(weightsFile('unet'))!)
  unet.delete(weightsFile('unet'))
  const own = await openCheckpoint(bare('unet', unet), { base })
  assert.equal((await origins(own, { base: sd1, own: other }))['unet'], 'own')
  const some = [...folderOf('sd1', other)].filter(([name]) => /^(vae|text_encoder)\//.test(name))
  const files = await openCheckpoint(memoryFiles('some', new Map(some)), { base })
  assert.deepEqual(await origins(files, { base: sd1, own: other }), { unet: 'base', vae: 'own', text_encoder: 'own' })
  const vae = memoryFiles('some', new Map(some.filter(([name]) => name.startsWith('vae/'))))
  assert.equal((await origins(await openCheckpoint(base, { vae }), { base: sd1, own: other }))['vae'], 'own')
})

test('what gives no part is refused by its name', async () => {
  const whole = memoryFiles('whole', folderOf('sd1', other))
  const file = (name: string, tensors: Map<string, StoredTensor>) =>
    memoryFiles(name, new Map([['model.safetensors', encodeTensors(tensors)]]))
  const vae = file('a VAE', ldmVae(other['vae']))
  const unet = file('a UNet', ldmUNet(other['unet']))
  const nothing = memoryFiles('nothing', new Map([['model_index.json', '{"_class_name":"StableDiffusionPipeline"}']]))
  const cases: [Files, CheckpointOptions, RegExp][] = [
    [
      whole,
      { base },
      /model: base \(base\): expected a part that is used.*got unet, vae, text_encoder, tokenizer alone, which others give/,
    ],
    [file('all', singleFile('sd1', other)), { base }, /model: base \(base\)/],
    [vae, { base, vae: vae }, /model \(a VAE\/model\.safetensors\): expected a part that is used.*got vae alone, which others give/],
    [bare('vae', folderOf('sd1', other)), { base, vae }, /model \(my-vae\): expected a part that is used/],
    [nothing, { base }, /model \(nothing\): expected a part that is used.*got none/],
    [base, { vae: unet }, /model: VAE \(a UNet.*got neither/],
    [base, { vae: bare('unet', folderOf('sd1', other)) }, /model: VAE \(my-unet\).*got neither/],
    [base, { vae: nothing }, /model: VAE \(nothing\).*got neither/],
    [bare('unet', folderOf('sdxl', sdxl)), { base }, /model: base.*Stable Diffusion XL, as my-unet, got Stable Diffusion 1/],
  ]
  for (const [model, options, message] of cases) await assert.rejects(openCheckpoint(model, options), message, `${message}`)
  for (const part of ['unet', 'vae']) {
    const alone = Adzus.load(bare(part, folderOf('sd1', other)), { backend: createCpuBackend() })
    await assert.rejects(alone, /none called (vae|unet)\. Take what is missing from a whole checkpoint: base/)
  }
})

describe('weights in types that nobody computes with are named, before anything is read', () => {
  const name = 'mid_block.attentions.0.proj_in.weight'
  const load = async (edit: (tensors: Map<string, StoredTensor>) => void) => {
    const unet = new Map(sd1['unet'])
    edit(unet)
    const files = memoryFiles('model', folderOf('sd1', { ...sd1, unet }))
    await Adzus.plan(files, { kind: 'cpu', maxTensorBytes: 2 ** 31 })
  }
  const replaced = (dtype: string, bytes: number) => (tensors: Map<string, StoredTensor>) => {
    const { shape } = tensors.get(name)!
    tensors.set(name, { dtype, shape, data: new Uint8Array(shape.reduce((n, d) => n * d, bytes)) })
  }
  const cases: [string, (tensors: Map<string, StoredTensor>) => void, RegExp][] = [
    [
      'fp8',
      replaced('F8_E4M3', 1),
      /proj_in\.weight" in model\/unet.*got F8_E4M3 \(small floats such as fp8\)\. Get the model in half precision/,
    ],
    ['the other fp8', replaced('F8_E5M2', 1), /got F8_E5M2 \(small floats/],
    ['8-bit numbers', replaced('I8', 1), /got I8 \(quantised, as by GPTQ or bitsandbytes\)/],
    ['packed numbers', replaced('U8', 1), /got U8 \(quantised/],
    [
      'GPTQ',
      (tensors) => {
        tensors.set(name.replace('weight', 'qweight'), { dtype: 'I32', shape: [1], data: new Uint8Array(4) })
        tensors.delete(name)
      },
      /expected "mid_block\.attentions\.0\.proj_in\.weight".*quantised weights \(GPTQ or AWQ\)/,
    ],
  ]
  for (const [label, edit, message] of cases) test(label, () => assert.rejects(load(edit), message))
})

test('pointers and pages in a folder are named with their file', async () => {
  const page = '<!doctype html><html><body>Sign in</body></html>'
  const cases: [string, string, RegExp][] = [
    [weightsFile('unet'), LFS_POINTER, /unet\/diffusion_pytorch_model\.safetensors.*got a Git LFS pointer/],
    [weightsFile('vae'), page, /vae\/diffusion_pytorch_model\.safetensors.*got a web page/],
    ['unet/config.json', LFS_POINTER, /unet\/config\.json.*got a Git LFS pointer.*git lfs pull/],
    ['model_index.json', page, /model_index\.json.*got a web page/],
    ['scheduler/scheduler_config.json', page, /scheduler_config\.json.*got a web page/],
  ]
  for (const [name, content, message] of cases) {
    const files = memoryFiles('model', new Map([...folderOf('sd1', sd1), [name, content]]))
    await assert.rejects(Adzus.load(files, { backend: createCpuBackend() }), message, name)
  }
})
