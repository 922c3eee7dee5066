/**
 * @file AutoencoderKL's config.json as diffusers writes it. Ranges reach to about ten times what
 * published models have.
 */
import type { Config, Range } from '../checkpoint/config.ts'

/** Levels of resolution; published: 4. A latent cell spans 2^(levels − 1) pixels. */
const MAX_LEVELS = 10
const WIDTHS = { from: 1, to: 20_480 }
const CHANNELS = { from: 1, to: 512 }
/** A latent's numbers are about 0 to 30, before and after scaling. */
const SCALES = { from: 1e-4, to: 1e4 }
const SHIFTS = { from: -1e4, to: 1e4 }

export interface VaeConfig {
  inChannels: number
  outChannels: number
  latentChannels: number
  /** Widths from the finest resolution to the coarsest. */
  channels: number[]
  layersPerBlock: number
  groups: number
  scalingFactor: number
  shiftFactor: number
  /** Per channel, for families that have them. */
  latentsMean?: number[]
  latentsStd?: number[]
  quantConv: boolean
  postQuantConv: boolean
  midAttention: boolean
}

export function readVaeConfig(config: Config): VaeConfig {
  const act = config.string('act_fn', 'silu')
  if (act !== 'silu' && act !== 'swish') throw config.wrong('act_fn', 'silu', act, 'This kind of VAE is not supported.')
  const channels = config.ints('block_out_channels', undefined, undefined, WIDTHS)
  if (channels.length < 1 || channels.length > MAX_LEVELS)
    throw config.wrong('block_out_channels', `1 to ${MAX_LEVELS} levels`, `${channels.length}`)
  for (const [field, type] of [
    ['down_block_types', 'DownEncoderBlock2D'],
    ['up_block_types', 'UpDecoderBlock2D'],
  ] as const) {
    const types = config.strings(field, Array(channels.length).fill(type))
    const other = types.find((t) => t !== type)
    if (other) throw config.wrong(field, type, other, 'This kind of VAE is not supported.')
    if (types.length !== channels.length) throw config.wrong(field, `${channels.length} blocks`, `${types.length}`)
  }
  const groups = config.int('norm_num_groups', 32, { from: 1, to: 1024 })
  for (const c of channels)
    if (c % groups !== 0) throw config.wrong('block_out_channels', `multiples of norm_num_groups (${groups})`, `${c}`)
  const latentChannels = config.int('latent_channels', 4, CHANNELS)
  const perChannel = (field: string, range: Range) => {
    if (!config.has(field)) return undefined
    const values = config.numbers(field, undefined, range)
    if (values.length !== latentChannels) throw config.wrong(field, `${latentChannels} numbers`, `${values.length}`)
    return values
  }
  return {
    inChannels: config.int('in_channels', 3, CHANNELS),
    outChannels: config.int('out_channels', 3, CHANNELS),
    latentChannels,
    channels,
    layersPerBlock: config.int('layers_per_block', 1, { from: 1, to: 30 }),
    groups,
    scalingFactor: config.number('scaling_factor', 0.18215, SCALES),
    shiftFactor: config.number('shift_factor', 0, SHIFTS),
    latentsMean: perChannel('latents_mean', SHIFTS),
    latentsStd: perChannel('latents_std', SCALES),
    quantConv: config.bool('use_quant_conv', true),
    postQuantConv: config.bool('use_post_quant_conv', true),
    midAttention: config.bool('mid_block_add_attention', true),
  }
}
