/** @file Readers of weights: safetensors files, their shards, checkpoints in single files. */
import { type Files, memoryFiles } from '../../../src/checkpoint/files.ts'
import { openSingleFile } from '../../../src/checkpoint/ldm/folder.ts'
import { Weights } from '../../../src/checkpoint/weights.ts'
import { SafetensorsFile } from '../../../src/safetensors/reader.ts'
import { safetensorsHeader } from '../../../src/safetensors/writer.ts'
import { bytesSource } from '../../../src/source.ts'
import { singleFile } from '../../support/single-file.ts'
import { bytes, json, type Mutation, tensors, tensorsOf } from '../mutate.ts'
import { headOf, hollow } from './hollow.ts'
import { encode, files, MODEL, type Reader, refused } from './reader.ts'

async function readSafetensors(input: Uint8Array): Promise<void> {
  const opened = await SafetensorsFile.open(bytesSource('a.safetensors', input))
  let read = 0
  for (const [name, { dtype }] of opened.tensors) {
    await opened.read(name)
    if (/^(F|BF)/.test(dtype)) await opened.readStored(name).catch(refused)
    if (++read === 8) break
  }
}

async function safetensorsSeeds(): Promise<Uint8Array[]> {
  const kinds = ['F32', 'F16', 'BF16', 'F64', 'I64', 'I32', 'U8', 'BOOL']
  const entries = kinds.map((dtype, i) => ({ name: `layer.${i}.weight`, dtype, shape: [2, i + 1] }))
  const { header } = safetensorsHeader(entries, { format: 'pt' })
  const bits: Record<string, number> = { F32: 4, F16: 2, BF16: 2, F64: 8, I64: 8, I32: 4, U8: 1, BOOL: 1 }
  const size = entries.reduce((sum, { dtype, shape }) => sum + bits[dtype] * shape[0] * shape[1], 0)
  const whole = new Uint8Array(header.length + size)
  whole.set(header)
  return [whole]
}

/** Checkpoints of the original code: whole, a UNet alone, a VAE alone. */
async function singleFileSeeds(): Promise<Uint8Array[]> {
  const parts = ['unet/diffusion_pytorch_model', 'vae/diffusion_pytorch_model', 'text_encoder/model']
  const weights = await files(...parts.map((part) => `${MODEL}/${part}.safetensors`))
  const [unet, vae, text_encoder] = weights.map((part) => {
    const entries = tensorsOf(part).map((tensor) => ({ ...tensor, data: new Uint8Array(0) }))
    return new Map(entries.map((tensor) => [tensor.name, tensor]))
  })
  const head = (of: Parameters<typeof singleFile>[1]) => {
    const entries = [...singleFile('sd1', of)].map(([name, { shape }]) => ({ name, shape, dtype: 'F32' }))
    return safetensorsHeader(entries).header
  }
  return [head({ unet, vae, text_encoder }), head({ unet }), headOf(weights[1])]
}

async function readSingleFile(input: Uint8Array): Promise<void> {
  const folder: Files = {
    root: 'folder',
    list: async () => ['a.safetensors'],
    text: async () => '',
    open: async (name) => hollow(name, input),
  }
  const { files: opened } = await openSingleFile(folder, 'a.safetensors')
  for (const name of await opened.list())
    if (name.endsWith('config.json')) await opened.text(name)
    else if (name.endsWith('.safetensors')) await (await SafetensorsFile.open(await opened.open(name))).close()
}

async function readShards(input: Uint8Array): Promise<void> {
  const { header } = safetensorsHeader([{ name: 'a.weight', dtype: 'F32', shape: [0] }])
  const contents = new Map<string, Uint8Array | string>([
    ['unet/diffusion_pytorch_model.safetensors.index.json', input],
    ['unet/diffusion_pytorch_model-00001-of-00002.safetensors', header],
    ['unet/diffusion_pytorch_model-00002-of-00002.safetensors', header],
  ])
  await (await Weights.open(memoryFiles('model', contents), 'unet')).close()
}

const shards = {
  metadata: { total_size: 8 },
  weight_map: {
    'a.weight': 'diffusion_pytorch_model-00001-of-00002.safetensors',
    'b.weight': 'diffusion_pytorch_model-00002-of-00002.safetensors',
  },
}

const either: Mutation = (input, chance, other) => (chance.chance() ? bytes : tensors)(input, chance, other)

export const weights: Record<string, Reader> = {
  safetensors: { seeds: safetensorsSeeds, mutate: either, read: readSafetensors },
  shards: { seeds: async () => [encode(JSON.stringify(shards))], mutate: json, read: readShards },
  'single-file': { seeds: singleFileSeeds, mutate: tensors, read: readSingleFile },
}
