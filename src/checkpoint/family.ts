/**
 * @file Which Stable Diffusion a checkpoint in diffusers layout is, from its configurations alone.
 */
import type { Config } from './config.ts'

export type Family = 'sd1' | 'sd2' | 'sdxl'

export const FAMILY_NAMES: Record<Family, string> = { sd1: 'Stable Diffusion 1', sd2: 'Stable Diffusion 2', sdxl: 'Stable Diffusion XL' }

/** Pipelines whose UNet wants more than a latent. */
const MORE_INPUTS = /Inpaint|Pix2Pix|Upscale|Depth2Img/

/** Refuses `model_index.json` of another kind of pipeline. */
export function checkPipeline(index: Config): void {
  const kind = index.string('_class_name', 'StableDiffusionPipeline')
  const other = !/^StableDiffusion(?!3)/.test(kind)
  if (other) throw index.wrong('_class_name', 'a Stable Diffusion 1, 2 or XL pipeline', kind)
  if (MORE_INPUTS.test(kind))
    throw index.wrong('_class_name', 'a text-to-image pipeline', kind, 'Its UNet wants a second picture: use the base model.')
}

/** The family of a UNet by its configuration, whatever its widths. */
export function unetFamily(config: Config): Family {
  if (config.get('addition_embed_type') === 'text_time') return 'sdxl'
  return config.bool('use_linear_projection', false) ? 'sd2' : 'sd1'
}
