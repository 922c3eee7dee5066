/**
 * @file Which Stable Diffusion a single file holds, and which of its models, from the names and
 * shapes of its tensors alone. What is not known is refused with the reason; nothing is guessed to
 * be Stable Diffusion 1.
 */
import { AdzusError, check } from '../../errors.ts'
import type { Family } from '../family.ts'
import { Keys, type Tensors } from './keys.ts'
import { hasTransformer } from './unet.ts'

export interface Detected {
  /** Undefined for a VAE alone, which looks the same in every family. */
  family?: Family
  /** How the names of each model begin. */
  unet?: string
  vae?: string
  /** CLIP under transformers' names. */
  clip?: string
  openClip?: string
}

/** Names that give away what else a file may be. */
const OTHERS: readonly [RegExp, string][] = [
  [/(^|\.)joint_blocks\.0\./, 'Stable Diffusion 3'],
  [/(^|\.)double_blocks\.0\./, 'a Flux model'],
  [/^(control_model\.|controlnet_cond_embedding\.|input_hint_block\.)/, 'a ControlNet'],
  [/(^lora_|\.lora_(down|up|A|B)\.|\.hada_w1_a$|\.lokr_w1$)/, 'a LoRA, which changes a checkpoint but is none'],
  [/^(emb_params|clip_[lg])$/, 'a textual inversion'],
  [/\.(qweight|qzeros)$/, 'quantised weights (GPTQ or AWQ): get the model in half precision (fp16)'],
  [/\.(absmax|quant_map)$|\.quant_state\./, 'quantised weights (bitsandbytes): get the model in half precision (fp16)'],
  [/^(noise_augmentor|embedder\.model)\./, 'an unCLIP model, which wants a picture as its prompt'],
]

/** What a UNet with more input channels than a latent is for. */
const INPUTS: Record<number, string> = {
  5: 'a depth-to-image model, whose UNet also wants a depth map',
  7: 'an upscaler, whose UNet also wants a small picture',
  8: 'an instruct-pix2pix model, whose UNet also wants a second picture',
  9: 'an in-painting model, whose UNet also wants a mask and a masked picture',
}

/** How the names of a model's tensors begin below its prefix. */
const UNET = /^(time_embed|label_emb|(in|out)put_blocks|middle_block)\.\d/
const VAE = /^((en|de)coder\.(conv_in|down|mid|up|norm_out|conv_out)|(post_)?quant_conv)\./

const SUPPORTED = 'a checkpoint of Stable Diffusion 1, 2 or XL'

/** @throws AdzusError for anything but Stable Diffusion 1, 2 or XL or one of their models */
export function detect(file: string, tensors: Tensors): Detected {
  const refuse = (got: string, hint?: string) => new AdzusError({ what: 'checkpoint', where: file, expected: SUPPORTED, got, hint })
  const names = [...tensors.keys()]
  for (const [pattern, what] of OTHERS) if (names.some((n) => pattern.test(n))) throw refuse(what)
  check(!names.some((n) => /^(down_blocks\.0\.|(en|de)coder\.(down|up)_blocks\.0\.|mid_block\.)/.test(n)), () => ({
    what: 'checkpoint',
    where: file,
    expected: 'the layout of a single file',
    got: 'one model’s weights from a folder in diffusers layout',
    hint: 'Give the folder that has model_index.json, or its parts, instead.',
  }))
  // Any tensor of a model counts: one that lacks others is incomplete, not absent.
  const first = (prefixes: string[], sign: RegExp) =>
    prefixes.find((p) => names.some((n) => n.startsWith(p) && sign.test(n.slice(p.length))))
  const found: Detected = {
    unet: first(['model.diffusion_model.', ''], UNET),
    vae: first(['first_stage_model.', 'vae.', ''], VAE),
    clip: ['cond_stage_model.transformer.', 'conditioner.embedders.0.transformer.'].find((p) => names.some((n) => n.startsWith(p))),
    openClip: ['cond_stage_model.model.', 'conditioner.embedders.1.model.'].find((p) => names.some((n) => n.startsWith(p))),
  }
  if (names.some((n) => n.startsWith('conditioner.embedders.0.model.'))) throw refuse(REFINER, REFINER_HINT)
  if (found.unet !== undefined) found.family = unetFamily(new Keys(file, tensors, found.unet), refuse)
  else if (found.vae === undefined) throw refuse(`${tensors.size} tensors of something else, such as "${names[0] ?? ''}"`)
  return found
}

const REFINER = 'the refiner of Stable Diffusion XL'
const REFINER_HINT = 'Use the base model.'

function unetFamily(keys: Keys, refuse: (got: string, hint?: string) => AdzusError): Family {
  const channels = keys.shape('input_blocks.0.0.weight', 2)[1]
  if (channels !== 4) throw refuse(INPUTS[channels] ?? `a UNet for ${channels} channels`, 'Use the base model.')
  const linear = keys.shape('middle_block.1.proj_in.weight', 2).length === 2
  if (!keys.begins('label_emb.')) return linear ? 'sd2' : 'sd1'
  // SDXL has no transformers at the finest level; its refiner has none at the coarsest either.
  if (!linear || hasTransformer(keys, 'input_blocks.1')) throw refuse('a UNet with a condition that is not SDXL’s')
  if (!hasTransformer(keys, `input_blocks.${keys.count('input_blocks') - 1}`)) throw refuse(REFINER, REFINER_HINT)
  return 'sdxl'
}
