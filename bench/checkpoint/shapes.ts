/**
 * @file Which tensors a model has, and their shapes: not from a list, but by letting the model's own loading code ask for them. A recording view of weights
 * answers every question with zeros and writes it down.
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
  readonly #found: TensorShape[]
  /** Tensors that a model only has if somebody says so. */
  readonly #optional: ReadonlySet<string>

  constructor(found: TensorShape[], optional: ReadonlySet<string>, path = '') {
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

  async load(name: string, shape: readonly number[]) {
    this.#found.push({ name: this.#full(name), shape })
    return { dtype: 'f16', data: new Uint16Array(shape.reduce((n, d) => n * d, 1)) } as const
  }

  async close(): Promise<void> {}

  #full(name: string | number): string {
    return this.path === '' ? `${name}` : `${this.path}.${name}`
  }
}

/** The tensors of each folder of a pipeline (`unet`, `vae`, `text_encoder`, …). */
export async function pipelineShapes({ unet, vae, text }: Family): Promise<Record<string, TensorShape[]>> {
  const backend = new DryBackend({ kind: 'cpu', maxTensorBytes: Infinity })
  const record = async (build: (weights: WeightView) => Promise<unknown>, optional: string[] = []) => {
    const found: TensorShape[] = []
    await build(new Recorder(found, new Set(optional)))
    return found
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
