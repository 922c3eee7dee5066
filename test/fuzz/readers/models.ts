/** @file Readers of whole models: the embedded one, with one of its files damaged, followed by a dry run. */
import { join } from 'node:path'
import { packageRoot } from '#platform'
import { follow } from '../../../src/adzus/follow.ts'
import { memoryFiles } from '../../../src/checkpoint/files.ts'
import { inspectParts } from '../../../src/checkpoint/inspect.ts'
import { DryBackend } from '../../../src/tensor/dry.ts'
import { type Contents, readFolder } from '../../support/checkpoints.ts'
import { json, type Mutation, tensors } from '../mutate.ts'
import { headOf, hollow } from './hollow.ts'
import { files, MODEL, type Reader } from './reader.ts'

let model: Promise<Contents> | undefined

/** The embedded model with one of its files replaced, followed by a dry run. */
async function followed(path: string, input: Uint8Array): Promise<void> {
  model ??= readFolder(join(packageRoot(), MODEL))
  const contents = new Map(await model)
  contents.set(path, input)
  const plain = memoryFiles('model', contents)
  const open = async (name: string) => (name === path && path.endsWith('.safetensors') ? hollow(name, input) : plain.open(name))
  const dry = new DryBackend({ kind: 'cpu', maxTensorBytes: 2 ** 31 })
  await follow({ files: { ...plain, open } }, dry, { size: 64 })
  await inspectParts({ ...plain, open })
}

function modelWith(path: string, mutate: Mutation): Reader {
  const seeds = async () => {
    const [whole] = await files(`${MODEL}/${path}`)
    return [path.endsWith('.json') ? whole : headOf(whole)]
  }
  return { seeds, mutate, read: (input) => followed(path, input) }
}

export const models: Record<string, Reader> = {
  'model-unet': modelWith('unet/config.json', json),
  'model-vae': modelWith('vae/config.json', json),
  'model-text': modelWith('text_encoder/config.json', json),
  'model-weights': modelWith('vae/diffusion_pytorch_model.safetensors', tensors),
}
