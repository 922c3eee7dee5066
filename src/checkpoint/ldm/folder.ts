/**
 * @file A single-file checkpoint seen as a folder in diffusers layout: `unet/config.json`,
 * `unet/diffusion_pytorch_model.safetensors`, `tokenizer/vocab.json` and so on, as if it had been
 * converted, without a byte being copied. Whatever loads such folders loads single files, in the
 * same way.
 *
 * Single files have no tokenizer: CLIP's comes with the package. What the weights do not show
 * (heads, norm groups, the VAE's scaling factor, the size and schedule of the training) is what the
 * family's published models have.
 */
import { clipTokenizer, sha256 } from '#platform'
import { SafetensorsFile } from '../../safetensors/reader.ts'
import { SafetensorsView } from '../../safetensors/view.ts'
import { bytesSource } from '../../source.ts'
import type { Family } from '../family.ts'
import { type Files, missing } from '../files.ts'
import { type Detected, detect } from './detect.ts'
import { Keys, type Part, type Tensors } from './keys.ts'
import { type Leftover, leftover } from './leftover.ts'
import { readClip, readOpenClip } from './text.ts'
import { readUNet } from './unet.ts'
import { readVae } from './vae.ts'

export interface SingleFile {
  files: Files
  /** Undefined for a VAE alone. */
  family?: Family
  leftover: Leftover
}

const LATENT_SIDE: Record<Family, number> = { sd1: 64, sd2: 96, sdxl: 128 }
const SCALING: Record<Family, number> = { sd1: 0.18215, sd2: 0.18215, sdxl: 0.13025 }

/**
 * Opens a file of a folder as a checkpoint.
 * @param family for a VAE alone, which belongs to a checkpoint of this family
 * @throws AdzusError where it is none of Stable Diffusion 1, 2 or XL
 */
export async function openSingleFile(folder: Files, name: string, family?: Family): Promise<SingleFile> {
  const root = `${folder.root}/${name}`
  const file = await SafetensorsFile.open(await folder.open(name))
  await file.close()
  const detected = detect(root, file.tensors)
  const parts = readParts(root, file.tensors, detected, family)
  const used = new Set([...parts.values()].flatMap(({ tensors }) => tensors.map((t) => t.from.name)))
  const texts = textsOf(parts, detected.family, file.tensors)
  const views = new Map([...parts].map(([part, { tensors }]) => [weightsName(part), new SafetensorsView(tensors)]))
  const tokenizers = new Map(
    [...parts.keys()].filter((p) => p.startsWith('text_encoder')).map((p) => [p.replace('text_encoder', 'tokenizer'), p]),
  )
  const vocabulary = [...tokenizers.keys()].flatMap((t) => VOCABULARY.map((v) => `${t}/${v}`))
  let tokenizer: Promise<Files> | undefined
  const files: Files = {
    root,
    list: async () => [...texts.keys(), ...views.keys(), ...vocabulary].sort(),
    text: async (path) => {
      const text = texts.get(path)
      if (text !== undefined) return text
      if (!vocabulary.includes(path)) throw missing(`${root}/${path}`)
      tokenizer ??= clipTokenizer()
      return (await tokenizer).text(path.slice(path.indexOf('/') + 1))
    },
    open: async (path) => {
      const view = views.get(path)
      return view
        ? view.over(await folder.open(name), `${root}/${path}`)
        : bytesSource(`${root}/${path}`, new TextEncoder().encode(await files.text(path)))
    },
    hash: async () => {
      const source = await folder.open(name)
      try {
        return await sha256(source)
      } finally {
        await source.close?.()
      }
    },
  }
  return { files, family: detected.family, leftover: leftover(file.tensors.keys(), used) }
}

const VOCABULARY = ['vocab.json', 'merges.txt']

function weightsName(part: string): string {
  return `${part}/${part.startsWith('text') ? 'model' : 'diffusion_pytorch_model'}.safetensors`
}

/** The models of a file, by the names of their folders. */
export function readParts(file: string, tensors: Tensors, detected: Detected, familyOfVae: Family = 'sd1'): Map<string, Part> {
  const { family = familyOfVae, unet, vae, clip, openClip } = detected
  const parts = new Map<string, Part>()
  const keys = (prefix: string) => new Keys(file, tensors, prefix)
  if (clip !== undefined) parts.set('text_encoder', readClip(keys(clip)))
  if (openClip !== undefined)
    parts.set(family === 'sdxl' ? 'text_encoder_2' : 'text_encoder', readOpenClip(keys(openClip), { penultimate: family === 'sd2' }))
  const projection = parts.get('text_encoder_2')?.config['projection_dim']
  const pooled = typeof projection === 'number' ? projection : undefined
  if (unet !== undefined) parts.set('unet', readUNet(keys(unet), { sampleSize: LATENT_SIDE[family], pooled }))
  if (vae !== undefined) parts.set('vae', readVae(keys(vae), SCALING[family]))
  return parts
}

/** The folder's JSON files. */
function textsOf(parts: ReadonlyMap<string, Part>, family: Family | undefined, tensors: Tensors): Map<string, string> {
  const texts = new Map<string, string>()
  const put = (path: string, value: object) => texts.set(path, JSON.stringify(value, null, 2))
  for (const [part, { config }] of parts) put(`${part}/config.json`, config)
  if (family === undefined) return texts
  const listed = new Map([...parts.keys()].map((part) => [part, ['', part]]))
  for (const part of [...listed.keys()].filter((p) => p.startsWith('text_encoder'))) {
    const tokenizer = part.replace('text_encoder', 'tokenizer')
    listed.set(tokenizer, ['', tokenizer])
    // OpenCLIP pads with "!", token 0.
    const pad = family === 'sd2' || part === 'text_encoder_2' ? '!' : '<|endoftext|>'
    put(`${tokenizer}/tokenizer_config.json`, { model_max_length: 77, pad_token: pad })
  }
  put('scheduler/scheduler_config.json', scheduler(family, tensors))
  put('model_index.json', {
    _class_name: family === 'sdxl' ? 'StableDiffusionXLPipeline' : 'StableDiffusionPipeline',
    ...(family === 'sdxl' && { force_zeros_for_empty_prompt: true }),
    ...Object.fromEntries(listed),
    scheduler: ['', 'scheduler'],
  })
  return texts
}

/**
 * Whether a model predicts noise or velocity is not visible in its weights; fine-tuned SDXL files
 * leave a note.
 */
function scheduler(family: Family, tensors: Tensors): object {
  return {
    beta_schedule: 'scaled_linear',
    beta_start: 0.00085,
    beta_end: 0.012,
    num_train_timesteps: 1000,
    set_alpha_to_one: false,
    steps_offset: 1,
    prediction_type: family === 'sd2' || tensors.has('v_pred') ? 'v_prediction' : 'epsilon',
    rescale_betas_zero_snr: tensors.has('ztsnr'),
  }
}
