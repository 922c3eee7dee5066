/**
 * @file UNet2DConditionModel's config.json as diffusers writes it.
 *
 * Beware of its naming: `attention_head_dim` is the *number* of heads; the head size is channels / heads. Lists may be given as one number.
 */
import type { Config } from '../checkpoint/config.ts'

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
  /** In the order of the up path: from the coarsest to the finest; `channels` and the like are those of that level. */
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

/** Fields that must have one of these values (or be absent): everything else is a model that we do not know. */
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

export function readUNetConfig(config: Config): UNetConfig {
  for (const [field, allowed] of Object.entries(ONLY)) {
    const value = config.get(field)
    if (value !== undefined && !allowed.includes(value))
      throw config.wrong(
        field,
        allowed.length > 0 ? allowed.join(' or ') : 'null',
        JSON.stringify(value),
        'This kind of UNet is not supported.',
      )
  }
  const downTypes = config.strings('down_block_types')
  const upTypes = config.strings('up_block_types')
  const count = downTypes.length
  const wrongBlock = (field: string, types: string[], known: string[]) => {
    const unknown = types.find((t) => !known.includes(t))
    if (unknown) throw config.wrong(field, known.join(' or '), unknown, 'This kind of UNet is not supported.')
    if (types.length !== count) throw config.wrong(field, `${count} blocks, as many as down_block_types`, `${types.length}`)
  }
  wrongBlock('down_block_types', downTypes, ['CrossAttnDownBlock2D', 'DownBlock2D'])
  wrongBlock('up_block_types', upTypes, ['CrossAttnUpBlock2D', 'UpBlock2D'])

  const channels = config.ints('block_out_channels', count)
  const heads = config.ints('attention_head_dim', count, 8)
  const resnets = config.ints('layers_per_block', count, 2)
  const contexts = config.ints('cross_attention_dim', count, 1280)
  const depths = config.ints('transformer_layers_per_block', count, 1)
  const upDepths = config.has('reverse_transformer_layers_per_block')
    ? config.ints('reverse_transformer_layers_per_block', count)
    : [...depths].reverse()
  const groups = config.int('norm_num_groups', 32)
  channels.forEach((c, i) => {
    if (c % groups !== 0) throw config.wrong('block_out_channels', `multiples of norm_num_groups (${groups})`, `${c}`)
    if (c % heads[i] !== 0) throw config.wrong('attention_head_dim', `a number of heads that divides ${c} channels`, `${heads[i]}`)
  })
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
    inChannels: config.int('in_channels', 4),
    outChannels: config.int('out_channels', 4),
    down: downTypes.map((type, i) => level(i, type.startsWith('CrossAttn'), depths[i])),
    up: upTypes.map((type, i) => level(last - i, type.startsWith('CrossAttn'), upDepths[i])),
    mid: level(last, true, depths[last]),
    groups,
    eps: config.number('norm_eps', 1e-5),
    flipSinToCos: config.bool('flip_sin_to_cos', true),
    freqShift: config.number('freq_shift', 0),
    downsamplePadding: config.int('downsample_padding', 1),
    added: config.has('addition_embed_type')
      ? { timeSize: config.int('addition_time_embed_dim'), inputs: config.int('projection_class_embeddings_input_dim') }
      : undefined,
    sampleSize: config.ints('sample_size', undefined, 64)[0],
  }
}
