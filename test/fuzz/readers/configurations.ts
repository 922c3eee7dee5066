/** @file Readers of a checkpoint's configurations, each on its own, and of its tokenizer's files. */
import { readDefaults } from '../../../src/adzus/defaults.ts'
import { resolveOptions } from '../../../src/adzus/resolve-options.ts'
import { Config } from '../../../src/checkpoint/config.ts'
import { checkPipeline } from '../../../src/checkpoint/family.ts'
import { memoryFiles } from '../../../src/checkpoint/files.ts'
import { chooseFiles } from '../../../src/checkpoint/variants.ts'
import { NoiseSchedule } from '../../../src/scheduler/schedule.ts'
import { readClipConfig } from '../../../src/text/clip.ts'
import { Tokenizer } from '../../../src/text/tokenizer.ts'
import { readUNetConfig } from '../../../src/unet/config.ts'
import { readVaeConfig } from '../../../src/vae/config.ts'
import { json, text } from '../mutate.ts'
import { decode, encode, files, MODEL, type Reader } from './reader.ts'

/** A reader of one configuration file. */
function configuration(path: string, read: (config: Config) => unknown, more: object[] = []): Reader {
  return {
    seeds: async () => [...(await files(`${MODEL}/${path}`)), ...more.map((config) => encode(JSON.stringify(config)))],
    mutate: json,
    read: async (input) => read(Config.parse(path, decode(input))),
  }
}

/** The vocabulary and the merges of a small tokenizer. */
export function smallTokenizer(): { vocabulary: string; merges: string } {
  const letters = [...'abcdefgh'].flatMap((letter) => [letter, `${letter}</w>`])
  const tokens = [...letters, 'ab', 'ab</w>', 'abc</w>', '<|startoftext|>', '<|endoftext|>']
  const vocabulary = JSON.stringify(Object.fromEntries(tokens.map((token, id) => [token, id])))
  return { vocabulary, merges: '#version: 0.2\na b\na b</w>\nab c</w>\n' }
}

/** Vocabulary, merges and settings, one after another, parted by form feeds. */
async function tokenizerSeeds(): Promise<Uint8Array[]> {
  const [settings] = await files(`${MODEL}/tokenizer/tokenizer_config.json`)
  const { vocabulary, merges } = smallTokenizer()
  return [encode([vocabulary, merges, decode(settings)].join('\f'))]
}

async function readTokenizer(input: Uint8Array): Promise<void> {
  const [vocabulary = '', merges = '', settings = '{}'] = decode(input).split('\f')
  const contents = new Map([
    ['tokenizer/vocab.json', vocabulary],
    ['tokenizer/merges.txt', merges],
    ['tokenizer/tokenizer_config.json', settings],
  ])
  const tokenizer = await Tokenizer.open(memoryFiles('model', contents), 'tokenizer')
  tokenizer.encodePadded('abc a cell, ab')
  tokenizer.positions('abc <|endoftext|> ab')
}

/** What a folder with the parts of Stable Diffusion 1 holds. */
const NAMES = ['unet', 'vae', 'text_encoder', 'tokenizer', 'scheduler'].flatMap((part) =>
  part === 'tokenizer'
    ? [`${part}/vocab.json`, `${part}/merges.txt`]
    : part === 'scheduler'
      ? [`${part}/scheduler_config.json`]
      : [`${part}/config.json`, `${part}/${part === 'text_encoder' ? 'model' : 'diffusion_pytorch_model'}.safetensors`],
)

function readPipeline(config: Config): unknown {
  checkPipeline(config)
  return chooseFiles(['model_index.json', ...NAMES], 'model', {}, config)
}

function readSchedule(config: Config): unknown {
  const schedule = new NoiseSchedule(config)
  return [schedule.timesteps(10), schedule.denoisePath(300, 5), schedule.ddimStep(300, -1)]
}

async function readModelDefaults(input: Uint8Array): Promise<unknown> {
  const defaults = await readDefaults(memoryFiles('model', new Map([['adzus.json', input]])), 512)
  return resolveOptions({}, { ...defaults, emptyPrompt: 'encoded' }, { cell: 8, steps: 1000, binds: () => true })
}

/** Fields that the embedded model's VAE leaves out. */
const VAE = { latents_mean: [0, 0, 0, 0], latents_std: [1, 1, 1, 1], block_out_channels: [32] }
const SCHEDULES = [
  { trained_betas: Array(1000).fill(0.01) },
  { beta_schedule: 'squaredcos_cap_v2', rescale_betas_zero_snr: true, timestep_spacing: 'trailing' },
]

export const configurations: Record<string, Reader> = {
  unet: configuration('unet/config.json', readUNetConfig),
  vae: configuration('vae/config.json', readVaeConfig, [VAE]),
  text: configuration('text_encoder/config.json', readClipConfig),
  scheduler: configuration('scheduler/scheduler_config.json', readSchedule, SCHEDULES),
  pipeline: configuration('model_index.json', readPipeline),
  defaults: { seeds: () => files(`${MODEL}/adzus.json`), mutate: json, read: readModelDefaults },
  tokenizer: { seeds: tokenizerSeeds, mutate: text, read: readTokenizer },
}
