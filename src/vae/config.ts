/** @file AutoencoderKL's config.json as diffusers writes it. */
import type { Config } from '../checkpoint/config.ts'

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
  const channels = config.ints('block_out_channels')
  for (const [field, type] of [
    ['down_block_types', 'DownEncoderBlock2D'],
    ['up_block_types', 'UpDecoderBlock2D'],
  ] as const) {
    const types = config.strings(field, Array(channels.length).fill(type))
    const other = types.find((t) => t !== type)
    if (other) throw config.wrong(field, type, other, 'This kind of VAE is not supported.')
    if (types.length !== channels.length) throw config.wrong(field, `${channels.length} blocks`, `${types.length}`)
  }
  const groups = config.int('norm_num_groups', 32)
  for (const c of channels)
    if (c % groups !== 0) throw config.wrong('block_out_channels', `multiples of norm_num_groups (${groups})`, `${c}`)
  const latentChannels = config.int('latent_channels', 4)
  const perChannel = (field: string) => {
    if (!config.has(field)) return undefined
    const values = config.numbers(field)
    if (values.length !== latentChannels) throw config.wrong(field, `${latentChannels} numbers`, `${values.length}`)
    return values
  }
  return {
    inChannels: config.int('in_channels', 3),
    outChannels: config.int('out_channels', 3),
    latentChannels,
    channels,
    layersPerBlock: config.int('layers_per_block', 1),
    groups,
    scalingFactor: config.number('scaling_factor', 0.18215),
    shiftFactor: config.number('shift_factor', 0),
    latentsMean: perChannel('latents_mean'),
    latentsStd: perChannel('latents_std'),
    quantConv: config.bool('use_quant_conv', true),
    postQuantConv: config.bool('use_post_quant_conv', true),
    midAttention: config.bool('mid_block_add_attention', true),
  }
}
