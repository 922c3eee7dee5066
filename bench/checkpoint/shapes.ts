/**
 * @file Which tensors a model has, and their shapes: not from a list, but by letting the model's own loading code ask for them, in a dry run. A recording view
 * of weights has every tensor and writes down what it is asked for.
 */
import { Config } from '../../src/checkpoint/config.ts'
import type { WeightView } from '../../src/checkpoint/weights.ts'
import { DryBackend } from '../../src/tensor/dry.ts'
import { ClipText, readClipConfig } from '../../src/text/clip.ts'
import { readUNetConfig } from '../../src/unet/config.ts'
import { UNet } from '../../src/unet/unet.ts'
import { readVaeConfig } from '../../src/vae/config.ts'
import { Vae } from '../../src/vae/vae.ts'
import type { Family } from './families.ts'

export interface TensorShape {
  /** Full path, as diffusers names it. */
  name: string
  shape: readonly number[]
}

class Recorder implements WeightView {
  readonly path: string
  readonly #found: Map<string, TensorShape>
  /** Tensors that a model only has if somebody says so. */
  readonly #optional: ReadonlySet<string>

  constructor(found: Map<string, TensorShape>, optional: ReadonlySet<string>, path = '') {
    this.#found = found
    this.#optional = optional
    this.path = path
  }

  at(segment: string | number): Recorder {
    return new Recorder(this.#found, this.#optional, this.#full(segment))
  }

  has(name: string): boolean {
    return this.#optional.has(this.#full(name))
  }

  stored(name: string, shape: readonly number[]) {
    const full = this.#full(name)
    this.#found.set(full, { name: full, shape })
    return 'f16' as const
  }

  async load(name: string): Promise<never> {
    throw new Error(`a dry run reads nothing, but ${this.#full(name)} was read`)
  }

  async close(): Promise<void> {}

  #full(name: string | number): string {
    return this.path === '' ? `${name}` : `${this.path}.${name}`
  }
}

/** The tensors of each folder of a pipeline (`unet`, `vae`, `text_encoder`, …). */
export async function pipelineShapes({ unet, vae, text }: Pick<Family, 'unet' | 'vae' | 'text'>): Promise<Record<string, TensorShape[]>> {
  const backend = new DryBackend({ kind: 'cpu', maxTensorBytes: Infinity })
  const record = async (build: (weights: WeightView) => Promise<unknown>, optional: string[] = []) => {
    const found = new Map<string, TensorShape>()
    await build(new Recorder(found, new Set(optional)))
    return [...found.values()]
  }
  const shapes: Record<string, TensorShape[]> = {
    unet: await record((w) => UNet.build(readUNetConfig(new Config('unet', unet)), w, backend)),
    vae: await record((w) => Vae.build(readVaeConfig(new Config('vae', vae)), w, backend, { encoder: true, decoder: true })),
  }
  for (const [folder, config] of Object.entries(text)) {
    const optional = 'projection_dim' in config ? ['text_projection.weight'] : []
    shapes[folder] = await record((w) => ClipText.build(readClipConfig(new Config(folder, config)), w, backend), optional)
  }
  // The loading code takes 1×1 convolutions for the linear layers that they are; files hold them as convolutions where the configuration says so.
  if (unet['use_linear_projection'] !== true)
    shapes['unet'] = shapes['unet'].map(({ name, shape }) => ({
      name,
      shape: /\.proj_(in|out)\.weight$/.test(name) ? [...shape, 1, 1] : shape,
    }))
  return shapes
}
