/**
 * @file The UNet of a single file. Its layers are counted through in three lists, `input_blocks`,
 * `middle_block` and `output_blocks`; walking them gives both the levels (that is, the
 * configuration) and what diffusers calls each module.
 *
 * An entry of `input_blocks` is a residual block with perhaps a transformer, or a downsampler,
 * which ends a level. `output_blocks` has one residual block more a level; the level's last entry
 * ends with the upsampler.
 */
import { type Keys, type Modules, normGroups, type Part } from './keys.ts'

const RESNET = [
  ['in_layers.0', 'norm1'],
  ['in_layers.2', 'conv1'],
  ['emb_layers.1', 'time_emb_proj'],
  ['out_layers.0', 'norm2'],
  ['out_layers.3', 'conv2'],
  ['skip_connection', 'conv_shortcut'],
] as const

interface Stage {
  channels: number
  /** Transformer blocks; 0 without a transformer. */
  depth: number
}

export interface UNetGuess {
  /** Latent side that models of this family are made for; not visible in the weights. */
  sampleSize: number
  /** SDXL: length of the pooled text in the added conditions, where a text encoder tells it. */
  pooled?: number
}

/** Reads the part; `guess` gives what the weights do not show. */
export function readUNet(keys: Keys, { sampleSize, pooled }: UNetGuess): Part {
  const modules: Modules = new Map([
    ['time_embed.0', 'time_embedding.linear_1'],
    ['time_embed.2', 'time_embedding.linear_2'],
    ['label_emb.0.0', 'add_embedding.linear_1'],
    ['label_emb.0.2', 'add_embedding.linear_2'],
    ['input_blocks.0.0', 'conv_in'],
    ['out.0', 'conv_norm_out'],
    ['out.2', 'conv_out'],
  ])
  const stage = (at: string, to: string, i: number): Stage => {
    for (const [from, name] of RESNET) modules.set(`${at}.0.${from}`, `${to}.resnets.${i}.${name}`)
    if (hasTransformer(keys, at)) modules.set(`${at}.1`, `${to}.attentions.${i}`)
    return { channels: keys.shape(`${at}.0.out_layers.3.weight`, 1)[0], depth: hasTransformer(keys, at) ? depthOf(keys, `${at}.1`) : 0 }
  }
  const down = readDown(keys, modules, stage)
  const mid = readMid(keys, modules)
  const up = readUp(keys, modules, stage, down)
  return { config: configOf(keys, { down, mid, up }, sampleSize, pooled), tensors: keys.renamed(modules) }
}

type ReadStage = (at: string, to: string, i: number) => Stage

function readDown(keys: Keys, modules: Modules, stage: ReadStage): Stage[][] {
  const levels: Stage[][] = [[]]
  const count = keys.count('input_blocks')
  for (let n = 1; n < count; n++) {
    const at = `input_blocks.${n}`
    const level = levels.length - 1
    if (keys.has(`${at}.0.op.weight`)) {
      modules.set(`${at}.0.op`, `down_blocks.${level}.downsamplers.0.conv`)
      levels.push([])
    } else levels[level].push(stage(at, `down_blocks.${level}`, levels[level].length))
  }
  return levels
}

function readMid(keys: Keys, modules: Modules): Stage {
  for (const [from, name] of RESNET) {
    modules.set(`middle_block.0.${from}`, `mid_block.resnets.0.${name}`)
    modules.set(`middle_block.2.${from}`, `mid_block.resnets.1.${name}`)
  }
  modules.set('middle_block.1', 'mid_block.attentions.0')
  return { channels: keys.shape('middle_block.1.norm.weight', 1)[0], depth: depthOf(keys, 'middle_block.1') }
}

function readUp(keys: Keys, modules: Modules, stage: ReadStage, down: readonly Stage[][]): Stage[][] {
  let n = 0
  const levels = [...down].reverse().map((level, b) => {
    const stages: Stage[] = []
    for (let i = 0; i <= level.length; i++) stages.push(stage(`output_blocks.${n++}`, `up_blocks.${b}`, i))
    const last = `output_blocks.${n - 1}`
    const upsampler = `${last}.${hasTransformer(keys, last) ? 2 : 1}.conv`
    if (b < down.length - 1) modules.set(upsampler, `up_blocks.${b}.upsamplers.0.conv`)
    return stages
  })
  if (keys.count('output_blocks') !== n)
    throw keys.unsupported(`${n} output_blocks, as the input_blocks say`, `${keys.count('output_blocks')}`)
  return levels
}

/**
 * Whether a transformer follows the residual block; in output_blocks an upsampler may stand in its
 * place.
 */
export function hasTransformer(keys: Keys, at: string): boolean {
  return keys.begins(`${at}.1.`) && !keys.begins(`${at}.1.conv.`)
}

/** Blocks of a transformer, at least one. */
function depthOf(keys: Keys, at: string): number {
  const count = keys.count(`${at}.transformer_blocks`)
  if (count === 0) keys.tensor(`${at}.transformer_blocks.0.attn1.to_q.weight`)
  return count
}

function configOf(
  keys: Keys,
  { down, mid, up }: { down: Stage[][]; mid: Stage; up: Stage[][] },
  sampleSize: number,
  pooled?: number,
): Record<string, unknown> {
  for (const [i, stages] of [...down, ...up].entries())
    if (stages.length === 0 || stages.some((s) => s.channels !== stages[0].channels || s.depth !== stages[0].depth))
      throw keys.unsupported(
        'residual blocks and transformers of one size in a level',
        `others in ${i < down.length ? 'input' : 'output'}_blocks`,
      )
  const channels = down.map(([s]) => s.channels)
  const depths = down.map(([s]) => s.depth)
  // The middle block counts as part of the last level, which need not have transformers itself.
  if (depths.at(-1) === 0) depths[depths.length - 1] = mid.depth
  if (depths.at(-1) !== mid.depth)
    throw keys.unsupported(`${mid.depth} transformer blocks in the last level, as in the middle_block`, `${depths.at(-1)}`)
  const upDepths = up.map(([s], i) => s.depth || depths[down.length - 1 - i] || 1)
  const linear = keys.shape('middle_block.1.proj_in.weight', 2).length === 2
  const added = keys.begins('label_emb.')
  const inputs = added ? keys.shape('label_emb.0.0.weight', 2)[1] : 0
  return {
    _class_name: 'UNet2DConditionModel',
    act_fn: 'silu',
    in_channels: keys.shape('input_blocks.0.0.weight', 2)[1],
    out_channels: keys.shape('out.2.weight', 1)[0],
    block_out_channels: channels,
    layers_per_block: down.map((stages) => stages.length),
    down_block_types: down.map(([s]) => (s.depth > 0 ? 'CrossAttnDownBlock2D' : 'DownBlock2D')),
    up_block_types: up.map(([s]) => (s.depth > 0 ? 'CrossAttnUpBlock2D' : 'UpBlock2D')),
    transformer_layers_per_block: depths.map((d) => d || 1),
    reverse_transformer_layers_per_block: upDepths,
    cross_attention_dim: keys.shape('middle_block.1.transformer_blocks.0.attn2.to_k.weight', 2)[1],
    // Stable Diffusion 1 has 8 heads everywhere; models with linear projections have heads of 64
    // channels. (The field's name is diffusers' own.)
    attention_head_dim: linear ? channels.map((c) => Math.max(1, Math.floor(c / 64))) : 8,
    use_linear_projection: linear,
    norm_num_groups: normGroups(channels),
    norm_eps: 1e-5,
    sample_size: sampleSize,
    ...(added && {
      addition_embed_type: 'text_time',
      addition_time_embed_dim: pooled === undefined ? TIME_SIZE : (inputs - pooled) / TIME_IDS,
      projection_class_embeddings_input_dim: inputs,
    }),
  }
}

/** Original height and width, crop top and left, target height and width. */
const TIME_IDS = 6
/** Length of each one's embedding in SDXL. */
const TIME_SIZE = 256
