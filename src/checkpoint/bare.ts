/**
 * @file A folder that is one model itself, without a checkpoint around it: `config.json` and
 * weights of a UNet, a VAE or a text encoder. Which of them it is stands in its configuration, or
 * is seen by its tensors.
 */
import { AdzusError } from '../errors.ts'
import { quoted } from '../messages.ts'
import { Config } from './config.ts'
import type { Files } from './files.ts'
import { Weights } from './weights.ts'

export type BareModel = 'unet' | 'vae' | 'text_encoder' | 'text_encoder_2'

const CLASSES: Readonly<Record<string, BareModel>> = {
  UNet2DConditionModel: 'unet',
  AutoencoderKL: 'vae',
  CLIPTextModel: 'text_encoder',
  CLIPTextModelWithProjection: 'text_encoder_2',
}

/**
 * A tensor that each of them has, with or without CLIP's first word; the first that is found
 * decides.
 */
const SIGNS: readonly [string, BareModel][] = [
  ['time_embedding.linear_1.weight', 'unet'],
  ['encoder.conv_in.weight', 'vae'],
  ['text_projection.weight', 'text_encoder_2'],
  ['embeddings.token_embedding.weight', 'text_encoder'],
  ['text_model.embeddings.token_embedding.weight', 'text_encoder'],
]

/** @throws AdzusError for a folder of another model */
export async function bareModel(files: Files): Promise<BareModel> {
  const config = await Config.read(files, 'config.json')
  const [architecture] = config.strings('architectures', [])
  const name = config.has('_class_name') ? config.string('_class_name') : architecture
  const named = name !== undefined && Object.hasOwn(CLASSES, name) ? CLASSES[name] : undefined
  if (named) return named
  const other = name === undefined ? await seen(files) : undefined
  if (other) return other
  throw new AdzusError({
    what: 'model',
    where: files.root,
    expected: `a checkpoint, or one of its models: ${Object.keys(CLASSES).join(', ')}`,
    got: name === undefined ? 'tensors of something else' : quoted(name),
  })
}

async function seen(files: Files): Promise<BareModel | undefined> {
  const weights = await Weights.open(files, '')
  try {
    return SIGNS.find(([tensor]) => weights.has(tensor))?.[1]
  } finally {
    await weights.close()
  }
}
