/**
 * @file A Stable Diffusion checkpoint as the segmentation uses it: VAE encoder, UNet, noise
 * schedule, and what the UNet is told of texts (`conditioning.ts`).
 */

import { sha256 } from '#platform'
import { option } from '../advice.ts'
import { baseGrid } from '../attention/grid.ts'
import { listed } from '../attention/select.ts'
import { countedLayers } from '../attention/weights.ts'
import { Config } from '../checkpoint/config.ts'
import { checkPipeline } from '../checkpoint/family.ts'
import { exists, type Files } from '../checkpoint/files.ts'
import { check } from '../errors.ts'
import { NoiseSchedule } from '../scheduler/schedule.ts'
import type { Backend, Grid } from '../tensor/index.ts'
import { readUNetConfig } from '../unet/config.ts'
import type { AttentionLayer } from '../unet/taps.ts'
import { UNet } from '../unet/unet.ts'
import { Vae } from '../vae/vae.ts'
import { Conditioning, type TextOptions } from './conditioning.ts'
import { type Defaults, readDefaults } from './defaults.ts'
import type { ForegroundRule } from './foreground.ts'
import type { Parameters, SegmentOptions } from './options.ts'
import { resolveOptions } from './resolve-options.ts'

interface Parts {
  unet: UNet
  vae: Vae
  schedule: NoiseSchedule
  conditioning: Conditioning
  defaults: Defaults
}

export class Model {
  readonly label: string
  readonly backend: Backend
  readonly unet: UNet
  readonly vae: Vae
  readonly schedule: NoiseSchedule
  readonly conditioning: Conditioning
  readonly defaults: Defaults
  readonly #files: Files
  #hash: Promise<string> | undefined

  private constructor(files: Files, backend: Backend, { unet, vae, schedule, conditioning, defaults }: Parts) {
    this.label = files.root
    this.backend = backend
    this.#files = files
    this.unet = unet
    this.vae = vae
    this.schedule = schedule
    this.conditioning = conditioning
    this.defaults = defaults
  }

  /**
   * Loads a checkpoint in diffusers layout; `openCheckpoint` makes every other form look like one.
   */
  static async load(files: Files, backend: Backend, options: TextOptions = {}): Promise<Model> {
    const { dtype } = options
    if (await exists(files, 'model_index.json')) checkPipeline(await Config.read(files, 'model_index.json'))
    await checkParts(files, ['unet', 'vae'])
    const config = readUNetConfig(await Config.read(files, 'unet/config.json'))
    const conditioning = await Conditioning.open(files, backend, config, options)
    await checkParts(files, conditioning.emptyPrompt === 'zeros' ? [] : conditioning.parts)
    const { profile } = backend
    const unet = await profile.stage('load unet', () => UNet.load(files, 'unet', backend, dtype))
    let vae: Vae | undefined
    try {
      const { inChannels } = config
      vae = await profile.stage('load vae', () => Vae.load(files, 'vae', backend, { dtype }))
      check(inChannels === vae.config.latentChannels, () => ({
        what: 'model',
        where: files.root,
        expected: `a UNet for the VAE's ${vae?.config.latentChannels} latent channels`,
        got: `one for ${inChannels}`,
        hint: inChannels === 9 ? 'An in-painting model also wants a mask and a masked picture: use the base model.' : undefined,
      }))
      const defaults = await readDefaults(files, config.sampleSize * vae.factor)
      if (defaults.layers) checkOwnLayers(files, defaults.layers, unet.layers(config.sampleSize, config.sampleSize))
      return new Model(files, backend, { unet, vae, schedule: await NoiseSchedule.open(files, 'scheduler'), conditioning, defaults })
    } catch (error) {
      vae?.dispose()
      unet.dispose()
      throw error
    }
  }

  /**
   * The options with the model's defaults filled in.
   * @throws AdzusError for what is out of range or chooses layers, heads or resolutions that this
   *   model does not have
   */
  parameters(options: SegmentOptions = {}): Parameters {
    const { maxTensorBytes } = this.backend
    const { factor, config } = this.vae
    const parameters = resolveOptions(
      options,
      { ...this.defaults, emptyPrompt: this.conditioning.emptyPrompt },
      {
        cell: factor,
        steps: this.schedule.steps,
        binds: ([width, height]) => 4 * width * height * config.channels[0] <= maxTensorBytes,
      },
    )
    this.checkRule(parameters.foreground)
    this.baseGrid(parameters)
    countedLayers(this.layers(parameters.size), parameters)
    return parameters
  }

  /** Refuses to look for words that the text encoder does not know. */
  checkRule(rule: ForegroundRule): void {
    check(rule !== 'text' || this.defaults.words, () => ({
      what: 'options',
      where: 'foreground',
      expected: 'a rule without words',
      got: `text, although the text encoder of ${this.label} knows no words (adzus.json)`,
      hint: `Words need real Stable Diffusion weights (${option('model')}); this model takes auto, center, a point or a box.`,
    }))
  }

  /** The UNet's attention layers for a picture of that size in pixels. */
  layers([width, height]: readonly [number, number]): AttentionLayer[] {
    return this.unet.layers(height / this.vae.factor, width / this.vae.factor)
  }

  /** The grid that all attention is joined on. */
  baseGrid(parameters: Parameters): Grid {
    return baseGrid(this.layers(parameters.size), parameters, this.vae.factor)
  }

  /**
   * SHA-256 over the SHA-256 of every weight and configuration file that is used, in order of their
   * paths (hexadecimal); of a single file its own. Read once.
   */
  hash(): Promise<string> {
    this.#hash ??= this.#files.hash?.() ?? this.#computeHash()
    return this.#hash
  }

  dispose(): void {
    this.conditioning.dispose()
    this.unet.dispose()
    this.vae.dispose()
  }

  async #computeHash(): Promise<string> {
    const names = (await this.#files.list()).filter((n) =>
      /^(unet|vae|text_encoder(_2)?|tokenizer(_2)?|scheduler)\/[^/]+\.(safetensors|json|txt)$/.test(n),
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

async function checkParts(files: Files, parts: readonly string[]): Promise<void> {
  const names = await files.list()
  const missing = parts.filter((part) => !names.some((n) => n.startsWith(`${part}/`)))
  check(missing.length === 0, () => ({
    what: 'model',
    where: files.root,
    expected: `${parts.join(', ')} as diffusers saves them, or a single file with them`,
    got: `none called ${missing.join(', ')}`,
    hint: 'Take what is missing from a whole checkpoint: base.',
  }))
}

/** Refuses layers in `adzus.json` that this UNet does not have. */
function checkOwnLayers({ root }: Files, own: readonly string[], layers: readonly AttentionLayer[]): void {
  const names = layers.flatMap(({ kind, name }) => (kind === 'self' ? [name] : []))
  const unknown = own.filter((text) => !names.some((name) => name.includes(text)))
  check(unknown.length === 0, () => ({
    what: 'config',
    where: `layers in ${root}/adzus.json`,
    expected: 'parts of the names of layers with self-attention',
    got: listed(unknown),
    hint: `There are ${listed(names)}.`,
  }))
}
