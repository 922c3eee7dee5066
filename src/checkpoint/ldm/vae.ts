/**
 * @file The VAE of a single file. The decoder's levels are counted from the finest, diffusers' from
 * the coarsest. Weights of the middle's attention are stored as 1×1 convolutions or as linear
 * layers, which makes no difference to whoever loads them.
 *
 * The VAE of every Stable Diffusion has an attention in its middle, and quant_conv: a file without
 * them is incomplete.
 */
import { VAE_ATTENTION } from '../vae-attention.ts'
import { type Keys, type Modules, normGroups, type Part } from './keys.ts'

/** Reads the part. `scalingFactor` belongs to the family and is not visible in the weights. */
export function readVae(keys: Keys, scalingFactor: number): Part {
  const inChannels = keys.shape('encoder.conv_in.weight', 2)[1]
  const [moments] = keys.shape('encoder.conv_out.weight', 1)
  const channels = [keys.shape(width(0), 1)[0]]
  const levels = keys.count('encoder.down')
  for (let i = 1; i < levels; i++) channels.push(keys.shape(width(i), 1)[0])
  const resnets = keys.count('encoder.down.0.block')
  for (let i = 0; i < levels; i++) {
    const blocks = keys.count(`encoder.down.${i}.block`)
    if (blocks !== resnets) throw keys.unsupported(`${resnets} residual blocks in every level of the VAE`, `${blocks} in level ${i}`)
    if (keys.begins(`encoder.down.${i}.attn.`)) throw keys.unsupported('attention in the VAE’s middle alone', `some in level ${i}`)
  }
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
    for (const [layer, names] of Object.entries(VAE_ATTENTION)) {
      const found = names.find((name) => keys.begins(`${half}.mid.attn_1.${name}.`))
      if (found !== undefined) modules.set(`${half}.mid.attn_1.${found}`, `${half}.mid_block.attentions.0.${layer}`)
    }
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
    in_channels: inChannels,
    out_channels: keys.has('decoder.conv_out.weight') ? keys.shape('decoder.conv_out.weight', 1)[0] : 3,
    // Mean and log-variance.
    latent_channels: moments / 2,
    block_out_channels: channels,
    down_block_types: channels.map(() => 'DownEncoderBlock2D'),
    up_block_types: channels.map(() => 'UpDecoderBlock2D'),
    layers_per_block: resnets,
    norm_num_groups: normGroups(channels),
    scaling_factor: scalingFactor,
    use_quant_conv: true,
    use_post_quant_conv: keys.begins('post_quant_conv.'),
    mid_block_add_attention: true,
  }
  return { config, tensors: keys.renamed(modules) }
}

/** The tensor that shows a level's width. */
function width(level: number): string {
  return `encoder.down.${level}.block.0.conv2.weight`
}
