/**
 * @file UNet2DConditionModel's config.json as diffusers writes it.
 *
 * Beware of its naming: `attention_head_dim` is the *number* of heads; the head size is channels /
 * heads. Lists may be given as one number.
 *
 * Ranges reach to about ten times what published models have.
 */
import type { Config } from '../checkpoint/config.ts'
import { quoted } from '../messages.ts'

export interface Level {
  channels: number
  /** Residual blocks of the down path; the up path has one more. */
  resnets: number
  /** With transformers after the residual blocks. */
  attention: boolean
  heads: number
  /** Transformer blocks per transformer. */
  depth: number
  contextSize: number
}

export interface UNetConfig {
  inChannels: number
  outChannels: number
  /** From the finest resolution to the coarsest. */
  down: Level[]
  /**
   * In the order of the up path: from the coarsest to the finest; `channels` and the like are those
   * of that level.
   */
  up: Level[]
  mid: Level
  groups: number
  eps: number
  /** cos before sin in the time embedding. */
  flipSinToCos: boolean
  freqShift: number
  downsamplePadding: number
  /** SDXL: sizes of the extra conditioning. */
  added?: { timeSize: number; inputs: number }
  /** Latent side that the model was made for. */
  sampleSize: number
}

/**
 * Fields that must have one of these values (or be absent): everything else is a model that we do
 * not know.
 */
const ONLY: Record<string, unknown[]> = {
  act_fn: ['silu', 'swish'],
  time_embedding_type: ['positional'],
  resnet_time_scale_shift: ['default'],
  mid_block_type: ['UNetMidBlock2DCrossAttn'],
  addition_embed_type: ['text_time'],
  attention_type: ['default'],
  conv_in_kernel: [3],
  conv_out_kernel: [3],
  resnet_out_scale_factor: [1],
  mid_block_scale_factor: [1],
  center_input_sample: [false],
  class_embeddings_concat: [false],
  dual_cross_attention: [false],
  only_cross_attention: [false],
  mid_block_only_cross_attention: [false],
  resnet_skip_time_act: [false],
  num_attention_heads: [],
  class_embed_type: [],
  num_class_embeds: [],
  encoder_hid_dim: [],
  encoder_hid_dim_type: [],
  time_embedding_dim: [],
  time_embedding_act_fn: [],
  timestep_post_act: [],
  time_cond_proj_dim: [],
  cross_attention_norm: [],
}

/** Levels of resolution; published: 4. */
const MAX_LEVELS = 10
const WIDTHS = { from: 1, to: 20_480 }
const CHANNELS = { from: 1, to: 512 }
/** Original height and width, crop top and left, target height and width. */
export const TIME_IDS = 6

export function readUNetConfig(config: Config): UNetConfig {
  for (const [field, allowed] of Object.entries(ONLY)) {
    const value = config.get(field)
    if (value !== undefined && !allowed.includes(value))
      throw config.wrong(field, allowed.length > 0 ? allowed.join(' or ') : 'null', quoted(value), 'This kind of UNet is not supported.')
  }
  const downTypes = config.strings('down_block_types')
  const upTypes = config.strings('up_block_types')
  const count = downTypes.length
  if (count < 1 || count > MAX_LEVELS) throw config.wrong('down_block_types', `1 to ${MAX_LEVELS} blocks`, `${count}`)
  const wrongBlock = (field: string, types: string[], known: string[]) => {
    const unknown = types.find((t) => !known.includes(t))
    if (unknown) throw config.wrong(field, known.join(' or '), unknown, 'This kind of UNet is not supported.')
    if (types.length !== count) throw config.wrong(field, `${count} blocks, as many as down_block_types`, `${types.length}`)
  }
  wrongBlock('down_block_types', downTypes, ['CrossAttnDownBlock2D', 'DownBlock2D'])
  wrongBlock('up_block_types', upTypes, ['CrossAttnUpBlock2D', 'UpBlock2D'])

  const channels = config.ints('block_out_channels', count, undefined, WIDTHS)
  const heads = config.ints('attention_head_dim', count, 8, { from: 1, to: 1024 })
  const resnets = config.ints('layers_per_block', count, 2, { from: 1, to: 30 })
  const contexts = config.ints('cross_attention_dim', count, 1280, WIDTHS)
  const blocks = { from: 0, to: 100 }
  const depths = config.ints('transformer_layers_per_block', count, 1, blocks)
  const upDepths = config.has('reverse_transformer_layers_per_block')
    ? config.ints('reverse_transformer_layers_per_block', count, undefined, blocks)
    : [...depths].reverse()
  const groups = config.int('norm_num_groups', 32, { from: 1, to: 1024 })
  channels.forEach((c, i) => {
    if (c % groups !== 0) throw config.wrong('block_out_channels', `multiples of norm_num_groups (${groups})`, `${c}`)
    if (c % heads[i] !== 0) throw config.wrong('attention_head_dim', `a number of heads that divides ${c} channels`, `${heads[i]}`)
  })
  if (channels[0] % 2 !== 0) throw config.wrong('block_out_channels', 'an even number first, for sines and cosines', `${channels[0]}`)
  // The middle, whose depth is the last level's, always attends.
  const attentive = [...downTypes.slice(0, -1).map((type) => type.startsWith('CrossAttn')), true]
  const shallow = attentive.findIndex((attends, i) => attends && depths[i] === 0)
  if (shallow >= 0) throw config.wrong('transformer_layers_per_block', `1 or more at level ${shallow}, which attends`, '0')
  const level = (i: number, attention: boolean, depth: number): Level => ({
    channels: channels[i],
    resnets: resnets[i],
    attention,
    heads: heads[i],
    depth,
    contextSize: contexts[i],
  })
  const last = count - 1
  return {
    inChannels: config.int('in_channels', 4, CHANNELS),
    outChannels: config.int('out_channels', 4, CHANNELS),
    down: downTypes.map((type, i) => level(i, type.startsWith('CrossAttn'), depths[i])),
    up: upTypes.map((type, i) => level(last - i, type.startsWith('CrossAttn'), upDepths[i])),
    mid: level(last, true, depths[last]),
    groups,
    eps: config.number('norm_eps', 1e-5, { above: 0, to: 0.01 }),
    flipSinToCos: config.bool('flip_sin_to_cos', true),
    freqShift: config.number('freq_shift', 0, { from: 0, below: channels[0] / 2 }),
    downsamplePadding: config.int('downsample_padding', 1, { from: 0, to: 1 }),
    added: config.has('addition_embed_type') ? readAdded(config) : undefined,
    sampleSize: readSampleSize(config),
  }
}

function readAdded(config: Config): UNetConfig['added'] {
  const timeSize = config.int('addition_time_embed_dim', undefined, { from: 2, to: 10_240 })
  if (timeSize % 2 !== 0) throw config.wrong('addition_time_embed_dim', 'an even number, for sines and cosines', `${timeSize}`)
  // Besides the embedded sizes there is a text's embedding.
  const inputs = config.int('projection_class_embeddings_input_dim', undefined, { above: TIME_IDS * timeSize, to: 100_000 })
  return { timeSize, inputs }
}

/** One side, or height and width, of which the first counts. */
function readSampleSize(config: Config): number {
  const sides = config.ints('sample_size', undefined, 64, { from: 1, to: 1024 })
  if (sides.length < 1 || sides.length > 2) throw config.wrong('sample_size', 'one number or two', quoted(sides))
  return sides[0]
}
