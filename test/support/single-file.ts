/**
 * @file Tensors of a diffusers pipeline written the other way round: under the names, in the shapes and with the extras that single-file checkpoints of the original
 * code have. It shares nothing with `src/checkpoint/ldm`, which is tested with it; names follow diffusers' own conversion scripts.
 */
import type { Family } from '../../src/checkpoint/family.ts'
import type { StoredTensor } from './checkpoints.ts'

type Named = Map<string, StoredTensor>

/** Residual blocks of a down level, in every published model. */
const LAYERS = 2

const RESNET: [string, string][] = [
  ['norm1', 'in_layers.0'],
  ['conv1', 'in_layers.2'],
  ['time_emb_proj', 'emb_layers.1'],
  ['norm2', 'out_layers.0'],
  ['conv2', 'out_layers.3'],
  ['conv_shortcut', 'skip_connection'],
]

/** The LDM name of a tensor of the UNet. `attentive`: whether the up block has transformers. */
function unetName(name: string, attentive: (up: number) => boolean): string {
  const simple: [RegExp, string][] = [
    [/^time_embedding\.linear_1/, 'time_embed.0'],
    [/^time_embedding\.linear_2/, 'time_embed.2'],
    [/^add_embedding\.linear_1/, 'label_emb.0.0'],
    [/^add_embedding\.linear_2/, 'label_emb.0.2'],
    [/^conv_in/, 'input_blocks.0.0'],
    [/^conv_norm_out/, 'out.0'],
    [/^conv_out/, 'out.2'],
    [/^mid_block\.attentions\.0/, 'middle_block.1'],
    [/^mid_block\.resnets\.0/, 'middle_block.0'],
    [/^mid_block\.resnets\.1/, 'middle_block.2'],
  ]
  let out = name
  for (const [from, to] of simple) out = out.replace(from, to)
  out = out
    .replace(/^down_blocks\.(\d+)\.resnets\.(\d+)/, (_, b, j) => `input_blocks.${1 + b * (LAYERS + 1) + Number(j)}.0`)
    .replace(/^down_blocks\.(\d+)\.attentions\.(\d+)/, (_, b, j) => `input_blocks.${1 + b * (LAYERS + 1) + Number(j)}.1`)
    .replace(/^down_blocks\.(\d+)\.downsamplers\.0\.conv/, (_, b) => `input_blocks.${(Number(b) + 1) * (LAYERS + 1)}.0.op`)
    .replace(/^up_blocks\.(\d+)\.resnets\.(\d+)/, (_, b, j) => `output_blocks.${b * (LAYERS + 1) + Number(j)}.0`)
    .replace(/^up_blocks\.(\d+)\.attentions\.(\d+)/, (_, b, j) => `output_blocks.${b * (LAYERS + 1) + Number(j)}.1`)
    .replace(/^up_blocks\.(\d+)\.upsamplers\.0/, (_, b) => `output_blocks.${b * (LAYERS + 1) + LAYERS}.${attentive(Number(b)) ? 2 : 1}`)
  if (/\.resnets\./.test(name)) for (const [from, to] of RESNET) out = out.replace(new RegExp(`\\.${from}\\.`), `.${to}.`)
  return out
}

function vaeName(name: string): string {
  return name
    .replace(/^encoder\.down_blocks\.(\d)\.resnets\.(\d)/, 'encoder.down.$1.block.$2')
    .replace(/^encoder\.down_blocks\.(\d)\.downsamplers\.0/, 'encoder.down.$1.downsample')
    .replace(/^decoder\.up_blocks\.(\d)\.resnets\.(\d)/, (_, i, j) => `decoder.up.${3 - i}.block.${j}`)
    .replace(/^decoder\.up_blocks\.(\d)\.upsamplers\.0/, (_, i) => `decoder.up.${3 - i}.upsample`)
    .replace(/\.mid_block\.resnets\.(\d)/, (_, i) => `.mid.block_${Number(i) + 1}`)
    .replace('mid_block.attentions.0.group_norm', 'mid.attn_1.norm')
    .replace(/mid_block\.attentions\.0\.to_([qkv])/, 'mid.attn_1.$1')
    .replace('mid_block.attentions.0.to_out.0', 'mid.attn_1.proj_out')
    .replace('conv_norm_out', 'norm_out')
    .replace('conv_shortcut', 'nin_shortcut')
}

/** A VAE's tensors without prefix. */
export function ldmVae(tensors: Named): Named {
  const out: Named = new Map()
  for (const [name, tensor] of tensors) {
    const attention = /attn_1\.(q|k|v|proj_out)\.weight$/.test(vaeName(name))
    out.set(vaeName(name), attention ? { ...tensor, shape: [...tensor.shape, 1, 1] } : tensor)
  }
  return out
}

export function ldmUNet(tensors: Named): Named {
  const attentive = (up: number) => [...tensors.keys()].some((n) => n.startsWith(`up_blocks.${up}.attentions.`))
  return new Map([...tensors].map(([name, tensor]) => [unetName(name, attentive), tensor]))
}

/** CLIP under transformers' names; some files and we without the first word. */
function clip(tensors: Named): Named {
  const prefix = (name: string) => (name.startsWith('text_') ? name : `text_model.${name}`)
  return new Map([...tensors].map(([name, tensor]) => [prefix(name), tensor]))
}

const OPEN_CLIP: [string, string][] = [
  ['layer_norm1', 'ln_1'],
  ['layer_norm2', 'ln_2'],
  ['self_attn.out_proj', 'attn.out_proj'],
  ['mlp.fc1', 'mlp.c_fc'],
  ['mlp.fc2', 'mlp.c_proj'],
]

function openClip(tensors: Named): Named {
  const out: Named = new Map()
  for (const [full, tensor] of tensors) {
    const name = full.replace(/^text_model\./, '')
    const qkv = /^encoder\.layers\.(\d+)\.self_attn\.([qkv])_proj\.(\w+)$/.exec(name)
    if (qkv) {
      const [, layer, letter, kind] = qkv
      if (letter !== 'q') continue
      const thirds = ['q', 'k', 'v'].map((l) => tensors.get(full.replace('q_proj', `${l}_proj`))!)
      const shape = [3 * tensor.shape[0], ...tensor.shape.slice(1)]
      out.set(`transformer.resblocks.${layer}.attn.in_proj_${kind}`, { ...tensor, shape, data: join(thirds.map((t) => t.data)) })
    } else if (name === 'embeddings.position_embedding.weight') out.set('positional_embedding', tensor)
    else if (name === 'embeddings.token_embedding.weight') out.set('token_embedding.weight', tensor)
    else if (name.startsWith('final_layer_norm')) out.set(name.replace('final_layer_norm', 'ln_final'), tensor)
    else if (name === 'text_projection.weight') out.set('text_projection', transposed(tensor))
    else {
      let renamed = name.replace('encoder.layers', 'transformer.resblocks')
      for (const [from, to] of OPEN_CLIP) renamed = renamed.replace(from, to)
      out.set(renamed, tensor)
    }
  }
  return out
}

/** What SD 2's encoder has beyond what is used of it: one more layer, and the projection. */
function wholeOpenClip(used: Named): Named {
  const out = new Map(used)
  const layers = new Set([...used.keys()].flatMap((n) => /resblocks\.(\d+)\./.exec(n)?.[1] ?? []))
  for (const [name, tensor] of used)
    if (name.includes(`resblocks.${layers.size - 1}.`)) out.set(name.replace(/resblocks\.\d+/, `resblocks.${layers.size}`), tensor)
  const [, width] = used.get('token_embedding.weight')!.shape
  return out.set('text_projection', zeros([width, width])).set('logit_scale', zeros([]))
}

const below = (prefix: string, tensors: Named): Named => new Map([...tensors].map(([name, tensor]) => [prefix + name, tensor]))

/** A whole checkpoint in one file, from a pipeline's parts by folder (`unet`, `vae`, `text_encoder`, …). Parts may be left out. */
export function singleFile(family: Family, parts: Record<string, Named>): Named {
  const { unet, vae, text_encoder: text, text_encoder_2: second } = parts
  const out: Named[] = []
  if (unet) out.push(below('model.diffusion_model.', ldmUNet(unet)))
  if (vae) out.push(below('first_stage_model.', ldmVae(vae)))
  if (text && family === 'sd1') out.push(below('cond_stage_model.transformer.', clip(text)))
  if (text && family === 'sd2') out.push(below('cond_stage_model.model.', wholeOpenClip(openClip(text))))
  if (text && family === 'sdxl') out.push(below('conditioner.embedders.0.transformer.', clip(text)))
  if (second)
    out.push(below('conditioner.embedders.1.model.', openClip(second)).set('conditioner.embedders.1.model.logit_scale', zeros([])))
  return new Map(out.flatMap((tensors) => [...tensors]))
}

/** What training leaves in a checkpoint. */
export function trainingRemains(family: Family): Named {
  const remains: Named = new Map([
    ['model_ema.decay', zeros([])],
    ['model_ema.diffusion_modelinput_blocks00weight', zeros([4])],
    ['betas', zeros([10])],
    ['alphas_cumprod', zeros([10])],
    ['sqrt_one_minus_alphas_cumprod', zeros([10])],
    ['posterior_variance', zeros([10])],
    ['first_stage_model.loss.logvar', zeros([])],
  ])
  if (family !== 'sd2') {
    const at = family === 'sd1' ? 'cond_stage_model' : 'conditioner.embedders.0'
    remains.set(`${at}.transformer.text_model.embeddings.position_ids`, { dtype: 'I64', shape: [1, 2], data: new Uint8Array(16) })
  }
  return remains
}

export function zeros(shape: number[]): StoredTensor {
  return { dtype: 'F32', shape, data: new Uint8Array(4 * shape.reduce((n, d) => n * d, 1)) }
}

function transposed({ dtype, shape: [rows, columns], data }: StoredTensor): StoredTensor {
  const size = data.length / (rows * columns)
  const out = new Uint8Array(data.length)
  for (let y = 0; y < rows; y++)
    for (let x = 0; x < columns; x++) out.set(data.subarray((y * columns + x) * size, (y * columns + x + 1) * size), (x * rows + y) * size)
  return { dtype, shape: [columns, rows], data: out }
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}
