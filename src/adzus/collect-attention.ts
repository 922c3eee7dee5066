/**
 * @file Through the networks: the stages text, vae and unet. What comes out is each picture's mean
 * self-attention of every resolution, and its attention to the words of the prompt.
 */
import type { BandedMap } from '../attention/banded-map.ts'
import { checkFinite, finiteLater, weightsHint } from '../attention/finite.ts'
import { select } from '../attention/select.ts'
import { ChosenMaps, joinTaps, ResolutionMeans, WordAttention } from '../attention/taps.ts'
import { concat, release, Tensor } from '../tensor/index.ts'
import type { AttentionTap } from '../unet/taps.ts'
import { encodeTiled, tileSide } from '../vae/tiles.ts'
import type { Context } from './conditioning.ts'
import type { Model } from './model.ts'
import { latentAt } from './noising.ts'
import type { Parameters } from './options.ts'
import type { RunStage } from './stages.ts'
import type { KeptLook } from './view/kept-look.ts'

/** What the networks attend to in one picture; whoever asked disposes the maps. */
export interface AttentionMaps {
  /**
   * A map for each resolution, its mean times its weight in the aggregated map; the finest first.
   */
  maps: BandedMap[]
  /** The attention to the prompt's words at each resolution; none without a prompt. */
  words: BandedMap[]
  context: Context
}

/** Collects the maps of a pass. */
interface Means {
  tap: AttentionTap
  /** Of one image of the batch, once all passes are through. */
  results: (image: number) => Pick<AttentionMaps, 'maps' | 'words'>
}

/**
 * The attention of several pictures, which share the networks as one batch.
 * @param pictures each [height, width, 3] in −1 … 1 at the network's size
 * @param kept takes along what can be asked for later, of a single picture
 */
export async function collectAttention(
  model: Model,
  pictures: readonly Float32Array[],
  parameters: Parameters,
  run: RunStage,
  kept?: KeptLook,
): Promise<AttentionMaps[]> {
  const { prompt, emptyPrompt } = parameters
  // First, since the context stays: with it in place, every image of a size finds the same memory.
  const context = await run('text', () => model.conditioning.context(prompt, emptyPrompt))
  const { latent, finite } = await run('vae', async () => {
    const latent = await encode(model, pictures, parameters)
    await kept?.keepLatent(latent)
    return { latent, finite: finiteLater(latent.floats(), latentOf(model)) }
  })
  await finite()
  const collected = await run('unet', () => attend(model, latent, context, parameters, kept))
  latent.dispose()
  return collected
}

/**
 * The attention of single layers and heads for one picture, at the first time step; the caller
 * disposes it.
 */
export async function lookInside(model: Model, picture: Float32Array, parameters: Parameters): Promise<ChosenMaps> {
  const layers = model.layers(parameters.size)
  const tap = new ChosenMaps(model.backend, select(layers, 'self', parameters), parameters.heads)
  const latent = await encode(model, [picture], parameters)
  checkFinite(await latent.floats(), latentOf(model))
  const context = await model.conditioning.context('', parameters.emptyPrompt)
  await pass(model, latent, parameters.timesteps[0], context, parameters, tap)
  latent.dispose()
  return tap
}

const latentOf = ({ label, vae }: Model) => ({
  ...{ stage: 'vae', what: 'the latent', model: label },
  hint: weightsHint(vae.holdsHalf, 'vae'),
})

/** The pictures' latents [N, h, w, channels]: the mean, scaled. */
async function encode(model: Model, pictures: readonly Float32Array[], parameters: Parameters): Promise<Tensor> {
  const mean = parameters.tileVae ? await encodeTiles(model, pictures, parameters) : encodeWhole(model, pictures, parameters)
  const latent = model.vae.scale(mean)
  mean.dispose()
  return latent
}

function encodeWhole({ backend, vae }: Model, pictures: readonly Float32Array[], { size: [width, height] }: Parameters): Tensor {
  const batch = Tensor.empty(backend, [pictures.length, height, width, 3], 'f32', 'image')
  for (const [i, { buffer, byteOffset, byteLength }] of pictures.entries())
    backend.write(batch.storage, i * byteLength, new Uint8Array(buffer, byteOffset, byteLength))
  const { mean, logvar } = vae.encode(batch)
  release(batch, logvar)
  return mean
}

/** One picture after another, since the device does not even bind one. */
async function encodeTiles({ backend, vae }: Model, pictures: readonly Float32Array[], { size }: Parameters): Promise<Tensor> {
  const [width, height] = size
  let all: Tensor | undefined
  for (const values of pictures) {
    const image = Tensor.from(backend, values, [1, height, width, 3], 'image')
    const mean = await encodeTiled(vae, image, tileSide(vae, backend.maxTensorBytes))
    const next = all ? concat(all, mean, 0) : mean
    release(image, ...(all ? [all, mean] : []))
    all = next
  }
  return all!
}

/** Runs the UNet at every time step. */
async function attend(model: Model, latent: Tensor, context: Context, parameters: Parameters, kept?: KeptLook): Promise<AttentionMaps[]> {
  const means = openMeans(model, parameters)
  const tap = kept ? joinTaps(means.tap, kept.scores) : means.tap
  for (const timestep of parameters.timesteps) await pass(model, latent, timestep, context, parameters, tap, kept)
  return Array.from({ length: latent.shape[0] }, (_, i) => ({ ...means.results(i), context }))
}

/** What is made of the network's attention while it runs, or of what was kept of it. */
export function openMeans(model: Model, parameters: Parameters): Means {
  const { backend } = model
  const { size, timesteps, prompt } = parameters
  const all = model.layers(size)
  const means = new ResolutionMeans(backend, all, parameters, timesteps.length)
  const words = prompt === '' ? undefined : new WordAttention(backend, all, timesteps.length)
  return {
    tap: words ? joinTaps(means, words) : means,
    results: (image: number) => ({ maps: means.results(image), words: words?.results(image) ?? [] }),
  }
}

async function pass(
  model: Model,
  latent: Tensor,
  timestep: number,
  context: Context,
  parameters: Parameters,
  tap: AttentionTap,
  kept?: KeptLook,
): Promise<void> {
  const { backend, unet, schedule, conditioning } = model
  const added = conditioning.added(context, parameters.size, latent.shape[0])
  const predict = async (state: Tensor, t: number) => {
    const output = unet.forward(state, t, context.tensor, { added })
    await backend.flush()
    return output
  }
  const state = await latentAt(latent, timestep, parameters, { schedule, predict })
  await kept?.beginPass(timestep, state)
  unet.attend(state, timestep, context.tensor, tap, added)
  state.dispose()
  await backend.flush()
}
