/**
 * @file The VAE of a single file. The decoder's levels are counted from the finest, diffusers' from the coarsest. Weights of the middle's attention are
 * stored as 1×1 convolutions, which needs no renaming.
 */
import { type Keys, type Modules, normGroups, type Part } from './keys.ts'

const ATTENTION = [
  ['norm', 'group_norm'],
  ['q', 'to_q'],
  ['k', 'to_k'],
  ['v', 'to_v'],
  ['proj_out', 'to_out.0'],
] as const

/** Reads the part. `scalingFactor` belongs to the family and is not visible in the weights. */
export function readVae(keys: Keys, scalingFactor: number): Part {
  const levels = keys.count('encoder.down')
  const channels = Array.from({ length: levels }, (_, i) => keys.shape(`encoder.down.${i}.block.0.conv2.weight`)[0])
  const resnets = keys.count('encoder.down.0.block')
  const modules: Modules = new Map([
    ['quant_conv', 'quant_conv'],
    ['post_quant_conv', 'post_quant_conv'],
  ])
  const block = (from: string, to: string) => {
    modules.set(from, to)
    modules.set(`${from}.nin_shortcut`, `${to}.conv_shortcut`)
  }
  for (const half of ['encoder', 'decoder']) {
    modules.set(`${half}.conv_in`, `${half}.conv_in`)
    modules.set(`${half}.norm_out`, `${half}.conv_norm_out`)
    modules.set(`${half}.conv_out`, `${half}.conv_out`)
    for (const i of [0, 1]) block(`${half}.mid.block_${i + 1}`, `${half}.mid_block.resnets.${i}`)
    for (const [from, to] of ATTENTION) modules.set(`${half}.mid.attn_1.${from}`, `${half}.mid_block.attentions.0.${to}`)
  }
  for (let i = 0; i < levels; i++) {
    const up = levels - 1 - i
    for (let j = 0; j < resnets; j++) block(`encoder.down.${i}.block.${j}`, `encoder.down_blocks.${i}.resnets.${j}`)
    for (let j = 0; j <= resnets; j++) block(`decoder.up.${up}.block.${j}`, `decoder.up_blocks.${i}.resnets.${j}`)
    modules.set(`encoder.down.${i}.downsample.conv`, `encoder.down_blocks.${i}.downsamplers.0.conv`)
    modules.set(`decoder.up.${up}.upsample.conv`, `decoder.up_blocks.${i}.upsamplers.0.conv`)
  }
  const config = {
    _class_name: 'AutoencoderKL',
    act_fn: 'silu',
    in_channels: keys.shape('encoder.conv_in.weight')[1],
    out_channels: keys.has('decoder.conv_out.weight') ? keys.shape('decoder.conv_out.weight')[0] : 3,
    // Mean and log-variance.
    latent_channels: keys.shape('encoder.conv_out.weight')[0] / 2,
    block_out_channels: channels,
    down_block_types: channels.map(() => 'DownEncoderBlock2D'),
    up_block_types: channels.map(() => 'UpDecoderBlock2D'),
    layers_per_block: resnets,
    norm_num_groups: normGroups(channels),
    scaling_factor: scalingFactor,
    use_quant_conv: keys.has('quant_conv.weight'),
    use_post_quant_conv: keys.has('post_quant_conv.weight'),
    mid_block_add_attention: keys.has('encoder.mid.attn_1.q.weight'),
  }
  return { config, tensors: keys.renamed(modules) }
}
