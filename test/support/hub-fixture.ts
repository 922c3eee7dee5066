/** @file Small repositories, a cache in a temporary folder and a clock that does not wait, for tests of the hub. */
import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'vitest'
import { type Clock, systemClock } from '../../src/checkpoint/hub/clock.ts'
import type { HubFilesOptions } from '../../src/checkpoint/hub/files.ts'
import { encodeSafetensors } from '../../src/safetensors/writer.ts'
import { HubServer, type Repository } from './hub-server.ts'
import { random } from './random.ts'

export const COMMIT = '39593d5650112b4cc580433f6b0435385882d819'

/** A safetensors file with one tensor of random numbers. */
export function weights(seed: number, count = 3000, name = 'conv_in.weight'): Buffer {
  return Buffer.from(encodeSafetensors([{ name, dtype: 'F32', shape: [count], data: random(seed).floats(count) }]))
}

/** What a Stable Diffusion repository looks like: two precisions, pickles, a safety checker, a checkpoint in one file. */
export function diffusers(commit = COMMIT): Repository {
  const json = (value: unknown) => Buffer.from(JSON.stringify(value))
  const files: [string, Buffer][] = [
    ['.gitattributes', Buffer.from('*.bin filter=lfs\n')],
    ['README.md', Buffer.from('# A model\n')],
    [
      'model_index.json',
      json({
        _class_name: 'StableDiffusionPipeline',
        unet: ['diffusers', 'UNet2DConditionModel'],
        vae: ['diffusers', 'AutoencoderKL'],
        text_encoder: ['transformers', 'CLIPTextModel'],
        tokenizer: ['transformers', 'CLIPTokenizer'],
        scheduler: ['diffusers', 'PNDMScheduler'],
        safety_checker: ['stable_diffusion', 'StableDiffusionSafetyChecker'],
      }),
    ],
    ['unet/config.json', json({ _class_name: 'UNet2DConditionModel', cross_attention_dim: 768 })],
    ['vae/config.json', json({ _class_name: 'AutoencoderKL' })],
    ['text_encoder/config.json', json({ architectures: ['CLIPTextModel'] })],
    ['tokenizer/vocab.json', json({ a: 0 })],
    ['tokenizer/merges.txt', Buffer.from('#version: 0.2\n')],
    ['scheduler/scheduler_config.json', json({ _class_name: 'PNDMScheduler' })],
    ['safety_checker/config.json', json({})],
    ['safety_checker/model.safetensors', weights(90)],
    ['unet/diffusion_pytorch_model.bin', weights(91)],
    ['v1-5-pruned.ckpt', weights(92)],
    ['v1-5-pruned.safetensors', weights(93, 500, 'model.diffusion_model.input_blocks.0.0.weight')],
  ]
  for (const [i, part] of ['unet/diffusion_pytorch_model', 'vae/diffusion_pytorch_model', 'text_encoder/model'].entries()) {
    files.push([`${part}.safetensors`, weights(10 + i)])
    files.push([`${part}.fp16.safetensors`, weights(20 + i, 1500)])
  }
  return { commit, files: new Map(files) }
}

/** The needed files of `diffusers()`, in either precision. */
export function needed(variant: 'fp16' | '' = 'fp16'): string[] {
  const suffix = variant === '' ? '' : `.${variant}`
  return [
    'model_index.json',
    'scheduler/scheduler_config.json',
    'text_encoder/config.json',
    `text_encoder/model${suffix}.safetensors`,
    'tokenizer/merges.txt',
    'tokenizer/vocab.json',
    'unet/config.json',
    `unet/diffusion_pytorch_model${suffix}.safetensors`,
    'vae/config.json',
    `vae/diffusion_pytorch_model${suffix}.safetensors`,
  ].sort()
}

export interface Bench {
  server: HubServer
  /** The cache's folder. */
  cache: string
  /** The folder of `some/model` in it. */
  model: string
  env: Record<string, string>
  /** Waits that were asked for, in ms. */
  waits: number[]
  options: HubFilesOptions
}

/** A hub with `some/model` and an empty cache; both end with the test. */
export async function bench(t: TestContext): Promise<Bench> {
  const home = await mkdtemp(join(tmpdir(), 'adzus-hub-'))
  const server = await HubServer.start()
  t.onTestFinished(async () => {
    await server.stop()
    await rm(home, { recursive: true })
  })
  server.repos.set('some/model', diffusers())
  const cache = `${home}/hub`
  const env = { HF_HOME: home, HF_ENDPOINT: server.url, HF_HUB_DOWNLOAD_TIMEOUT: '0.3', HF_HUB_ETAG_TIMEOUT: '5' }
  const waits: number[] = []
  const clock: Clock = {
    ...systemClock,
    sleep: async (milliseconds, signal) => {
      waits.push(milliseconds)
      await systemClock.sleep(5, signal)
    },
  }
  return { server, cache, model: `${cache}/models--some--model`, env, waits, options: { env, clock } }
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
