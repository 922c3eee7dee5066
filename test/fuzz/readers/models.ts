/**
 * @file Readers of whole models: a small one, shaped like the embedded one with half of its levels,
 * of which one file is damaged, followed by a dry run.
 */
import { pipelineShapes } from '../../../bench/checkpoint/shapes.ts'
import { follow } from '../../../src/adzus/follow.ts'
import { memoryFiles } from '../../../src/checkpoint/files.ts'
import { inspectParts } from '../../../src/checkpoint/inspect.ts'
import { safetensorsHeader } from '../../../src/safetensors/writer.ts'
import { DryBackend } from '../../../src/tensor/dry.ts'
import { weightsFile } from '../../support/pipelines.ts'
import { json, type Mutation, tensors } from '../mutate.ts'
import { smallTokenizer } from './configurations.ts'
import { hollow } from './hollow.ts'
import { decode, encode, files, MODEL, type Reader } from './reader.ts'

const ATTENTIVE = ['CrossAttnDownBlock2D', 'DownBlock2D', 'UpBlock2D', 'CrossAttnUpBlock2D']
const SMALL: Record<string, object> = {
  unet: {
    block_out_channels: [8, 16],
    down_block_types: ATTENTIVE.slice(0, 2),
    up_block_types: ATTENTIVE.slice(2),
    layers_per_block: 1,
    norm_num_groups: 4,
    cross_attention_dim: 16,
  },
  vae: {
    block_out_channels: [8, 8],
    down_block_types: Array(2).fill('DownEncoderBlock2D'),
    up_block_types: Array(2).fill('UpDecoderBlock2D'),
  },
  text_encoder: {
    hidden_size: 16,
    intermediate_size: 32,
    num_hidden_layers: 1,
    vocab_size: 99,
    bos_token_id: 19,
    eos_token_id: 20,
    pad_token_id: 20,
  },
}
const PARTS = Object.keys(SMALL)

/** Everything that the model consists of; of its weights the headers. */
async function build(): Promise<Map<string, Uint8Array>> {
  const contents = new Map<string, Uint8Array>()
  for (const path of ['model_index.json', 'adzus.json']) {
    const [content] = await files(`${MODEL}/${path}`)
    contents.set(path, content)
  }
  const { vocabulary, merges } = smallTokenizer()
  contents.set('tokenizer/vocab.json', encode(vocabulary))
  contents.set('tokenizer/merges.txt', encode(merges))
  const configs: Record<string, Record<string, unknown>> = {}
  for (const part of PARTS) {
    const [config] = await files(`${MODEL}/${part}/config.json`)
    configs[part] = { ...JSON.parse(decode(config)), ...SMALL[part] }
    contents.set(`${part}/config.json`, encode(JSON.stringify(configs[part])))
  }
  const { unet, vae, text_encoder } = configs
  const shapes = await pipelineShapes({ unet, vae, text: { text_encoder } })
  for (const part of PARTS) {
    const { header } = safetensorsHeader(shapes[part].map((tensor) => ({ ...tensor, dtype: 'F32' })))
    contents.set(weightsFile(part), header)
  }
  return contents
}

let built: Promise<Map<string, Uint8Array>> | undefined

function whole(): Promise<Map<string, Uint8Array>> {
  built ??= build()
  return built
}

/** A dry run of the model with one of its files replaced. */
async function followed(path: string, input: Uint8Array): Promise<void> {
  const contents = new Map(await whole()).set(path, input)
  const plain = memoryFiles('model', contents)
  const open = async (name: string) => (name.endsWith('.safetensors') ? hollow(name, contents.get(name)!) : plain.open(name))
  const model = { ...plain, open }
  const dry = new DryBackend({ kind: 'cpu', maxTensorBytes: 2 ** 31 })
  await follow({ files: model }, dry, { size: 32 })
  await inspectParts(model)
}

function modelWith(path: string, mutate: Mutation): Reader {
  return { seeds: async () => [(await whole()).get(path)!], mutate, read: (input) => followed(path, input) }
}

export const models: Record<string, Reader> = {
  'model-unet': modelWith('unet/config.json', json),
  'model-vae': modelWith('vae/config.json', json),
  'model-text': modelWith('text_encoder/config.json', json),
  'model-weights': modelWith(weightsFile('vae'), tensors),
}
