/**
 * @file A Stable Diffusion checkpoint as the segmentation uses it: VAE encoder, UNet, noise schedule, and contexts, for which the text encoder is loaded only while
 * it is needed.
 */

import { sha256 } from '#platform'
import { Config } from '../checkpoint/config.ts'
import { exists, type Files } from '../checkpoint/files.ts'
import { AdzusError, check } from '../errors.ts'
import { NoiseSchedule } from '../scheduler/schedule.ts'
import type { Backend, Tensor } from '../tensor/index.ts'
import { ClipText, releaseOutput } from '../text/clip.ts'
import { Tokenizer } from '../text/tokenizer.ts'
import { UNet } from '../unet/unet.ts'
import { Vae } from '../vae/vae.ts'
import { type Defaults, readDefaults } from './options.ts'

/** What the cross-attention sees. */
export interface Context {
  /** [1, tokens, width]; belongs to the model. */
  tensor: Tensor
  /** Which tokens are the text's words. */
  words: number[]
}

const PARTS = ['unet', 'vae', 'text_encoder', 'tokenizer']

export class Model {
  readonly label: string
  readonly backend: Backend
  readonly unet: UNet
  readonly vae: Vae
  readonly schedule: NoiseSchedule
  readonly defaults: Defaults
  readonly #files: Files
  readonly #contexts = new Map<string, Context>()
  #hash: Promise<string> | undefined

  private constructor(files: Files, backend: Backend, parts: { unet: UNet; vae: Vae; schedule: NoiseSchedule; defaults: Defaults }) {
    this.label = files.root
    this.backend = backend
    this.#files = files
    this.unet = parts.unet
    this.vae = parts.vae
    this.schedule = parts.schedule
    this.defaults = parts.defaults
  }

  /** Loads a folder in diffusers layout. */
  static async load(files: Files, backend: Backend): Promise<Model> {
    const names = await files.list()
    const missing = PARTS.filter((part) => !names.some((n) => n.startsWith(`${part}/`)))
    check(missing.length === 0, () => ({
      what: 'model',
      where: files.root,
      expected: `folders ${PARTS.join(', ')} as diffusers saves them`,
      got: `none called ${missing.join(', ')}`,
      hint: 'The embedded model is weights/adzus-tiny.',
    }))
    if (await exists(files, 'model_index.json')) {
      const index = await Config.read(files, 'model_index.json')
      const kind = index.string('_class_name', 'StableDiffusionPipeline')
      if (!kind.startsWith('StableDiffusion') || kind.startsWith('StableDiffusion3') || kind.startsWith('StableDiffusionXL'))
        throw index.wrong('_class_name', 'a Stable Diffusion 1 or 2 pipeline', kind)
    }
    const unet = await UNet.load(files, 'unet', backend)
    const { inChannels, added } = unet.config
    let vae: Vae | undefined
    try {
      if (added) throw new AdzusError({ what: 'model', where: files.root, expected: 'Stable Diffusion 1 or 2', got: 'an SDXL UNet' })
      vae = await Vae.load(files, 'vae', backend)
      check(inChannels === vae.config.latentChannels, () => ({
        what: 'model',
        where: files.root,
        expected: `a UNet for the VAE's ${vae?.config.latentChannels} latent channels`,
        got: `one for ${inChannels}`,
        hint: inChannels === 9 ? 'An in-painting model also wants a mask and a masked picture: use the base model.' : undefined,
      }))
      const defaults = await readDefaults(files, unet.config.sampleSize * vae.factor)
      return new Model(files, backend, { unet, vae, schedule: await NoiseSchedule.open(files, 'scheduler'), defaults })
    } catch (error) {
      vae?.dispose()
      unet.dispose()
      throw error
    }
  }

  /** The context of a text, encoded once. */
  async context(text: string): Promise<Context> {
    const known = this.#contexts.get(text)
    if (known) return known
    const tokenizer = await Tokenizer.open(this.#files, 'tokenizer')
    const encoder = await ClipText.load(this.#files, 'text_encoder', this.backend)
    const output = encoder.forward(tokenizer.encodePadded(text))
    const context = { tensor: output.lastHiddenState, words: tokenizer.positions(text) }
    releaseOutput(output, context.tensor)
    await this.backend.flush()
    encoder.dispose()
    this.#contexts.set(text, context)
    return context
  }

  /** SHA-256 over the SHA-256 of every weight and configuration file that is used, in order of their paths (hexadecimal). Read once. */
  hash(): Promise<string> {
    this.#hash ??= this.#computeHash()
    return this.#hash
  }

  dispose(): void {
    for (const { tensor } of this.#contexts.values()) tensor.dispose()
    this.#contexts.clear()
    this.unet.dispose()
    this.vae.dispose()
  }

  async #computeHash(): Promise<string> {
    const names = (await this.#files.list()).filter((n) =>
      /^(unet|vae|text_encoder|tokenizer|scheduler)\/[^/]+\.(safetensors|json|txt)$/.test(n),
    )
    const lines: string[] = []
    for (const name of names.sort()) {
      const source = await this.#files.open(name)
      lines.push(`${await sha256(source)}  ${name}\n`)
      await source.close?.()
    }
    const bytes = new TextEncoder().encode(lines.join(''))
    return sha256({ name: 'list of files', size: bytes.length, read: async (offset, length) => bytes.subarray(offset, offset + length) })
  }
}
