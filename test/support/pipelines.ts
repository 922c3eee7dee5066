/**
 * @file Random pipelines of each family, narrow but with all their levels and the values that a single file's reader takes for granted (32 norm groups, 8 heads or
 * heads of 64 channels), as a folder in memory and as one file.
 */
import { FAMILIES, type Family as Published } from '../../bench/checkpoint/families.ts'
import { pipelineShapes } from '../../bench/checkpoint/shapes.ts'
import { randomTensor, type WeightType } from '../../bench/checkpoint/values.ts'
import type { Family } from '../../src/checkpoint/family.ts'
import { encodeTensors, readFolder, type StoredTensor } from './checkpoints.ts'

export const FAMILY_NAMES: readonly Family[] = ['sd1', 'sd2', 'sdxl']

/** The published configurations. */
export const PUBLISHED: Record<Family, Published> = { sd1: FAMILIES['sd15'], sd2: FAMILIES['sd21'], sdxl: FAMILIES['sdxl'] }

const text = (config: object, layers: number, fields: object = {}) => ({
  ...config,
  hidden_size: 64,
  intermediate_size: 256,
  num_hidden_layers: layers,
  num_attention_heads: 1,
  ...fields,
})

function narrow({ unet, vae, text: encoders, ...rest }: Published, unetFields: object, secondFields: object = {}): Published {
  return {
    ...rest,
    unet: { ...unet, norm_num_groups: 32, ...unetFields },
    vae: { ...vae, block_out_channels: [32, 32, 64, 64], norm_num_groups: 32 },
    text: Object.fromEntries(
      Object.entries(encoders).map(([folder, config]) => [folder, text(config, 2, folder === 'text_encoder_2' ? secondFields : {})]),
    ),
  }
}

/** The same in narrow. */
export const NARROW: Record<Family, Published> = {
  sd1: narrow(PUBLISHED.sd1, { block_out_channels: [32, 64, 64, 64], cross_attention_dim: 64 }),
  sd2: narrow(PUBLISHED.sd2, { block_out_channels: [64, 64, 128, 128], attention_head_dim: [1, 1, 2, 2], cross_attention_dim: 64 }),
  sdxl: narrow(
    PUBLISHED.sdxl,
    {
      block_out_channels: [32, 64, 128],
      attention_head_dim: [1, 1, 2],
      transformer_layers_per_block: [1, 1, 2],
      cross_attention_dim: 128,
      addition_time_embed_dim: 16,
      projection_class_embeddings_input_dim: 32 + 6 * 16,
    },
    { projection_dim: 32 },
  ),
}

export type Parts = Record<string, Map<string, StoredTensor>>

/** Random tensors of every part; norms too are random, so that no two are alike. */
export async function randomParts(family: Family, type: WeightType, seed = 1): Promise<Parts> {
  const shapes = await pipelineShapes(NARROW[family])
  return Object.fromEntries(
    Object.entries(shapes).map(([part, tensors]) => [
      part,
      new Map(
        tensors.map(({ name, shape }) => [
          name,
          { dtype: type, shape, data: randomTensor({ name: `${part} ${name.replaceAll('norm', 'scale')}`, shape }, type, seed) },
        ]),
      ),
    ]),
  )
}

export function weightsFile(part: string): string {
  return `${part}/${part.startsWith('text') ? 'model' : 'diffusion_pytorch_model'}.safetensors`
}

const vocabulary = await readFolder('weights/clip-tokenizer')

/** A folder in diffusers layout. */
export function folderOf(family: Family, parts: Parts): Map<string, Uint8Array | string> {
  const { unet, vae, text: encoders, index, scheduler } = NARROW[family]
  const contents = new Map<string, Uint8Array | string>()
  const configs: Record<string, object> = { unet, vae, ...encoders }
  const listed: Record<string, unknown> = { ...index, scheduler: ['diffusers', 'DDIMScheduler'] }
  for (const [part, tensors] of Object.entries(parts)) {
    listed[part] = ['library', 'class']
    contents.set(`${part}/config.json`, JSON.stringify(configs[part]))
    contents.set(weightsFile(part), encodeTensors(tensors))
    if (!part.startsWith('text_encoder')) continue
    const tokenizer = part.replace('text_encoder', 'tokenizer')
    const pad = family === 'sd2' || part === 'text_encoder_2' ? '!' : '<|endoftext|>'
    listed[tokenizer] = ['library', 'class']
    for (const name of ['vocab.json', 'merges.txt']) contents.set(`${tokenizer}/${name}`, vocabulary.get(name)!)
    contents.set(`${tokenizer}/tokenizer_config.json`, JSON.stringify({ pad_token: pad, model_max_length: 77 }))
  }
  contents.set('scheduler/scheduler_config.json', JSON.stringify(scheduler))
  contents.set('model_index.json', JSON.stringify(listed))
  return contents
}
