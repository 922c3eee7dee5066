/**
 * @file The text encoders of a single file: CLIP under the names of transformers, or OpenCLIP under
 * its own, where queries, keys and values are one matrix (`in_proj`), positions a bare tensor, and
 * the projection is stored transposed.
 */
import type { ViewedTensor } from '../../safetensors/view.ts'
import type { Keys, Modules, Part } from './keys.ts'

/** Every CLIP has heads of this size. */
const HEAD_SIZE = 64

interface Sizes {
  vocabulary: number
  width: number
  inner: number
  layers: number
  positions: number
}

const configOf = ({ vocabulary, width, inner, layers, positions }: Sizes, fields: Record<string, unknown>) => ({
  model_type: 'clip_text_model',
  vocab_size: vocabulary,
  hidden_size: width,
  intermediate_size: inner,
  num_hidden_layers: layers,
  num_attention_heads: Math.max(1, Math.floor(width / HEAD_SIZE)),
  max_position_embeddings: positions,
  layer_norm_eps: 1e-5,
  // The vocabulary ends with the start and the end token.
  bos_token_id: vocabulary - 2,
  eos_token_id: vocabulary - 1,
  ...fields,
})

/** CLIP ViT-L/14 of Stable Diffusion 1, and the first encoder of SDXL. */
export function readClip(keys: Keys): Part {
  // Some tools left the first word out.
  const at = keys.begins('text_model.') ? 'text_model.' : ''
  const [vocabulary, width] = keys.shape(`${at}embeddings.token_embedding.weight`, 2)
  const [positions] = keys.shape(`${at}embeddings.position_embedding.weight`, 2)
  const [inner] = keys.shape(`${at}encoder.layers.0.mlp.fc1.weight`, 2)
  const sizes = { vocabulary, width, inner, positions, layers: keys.count(`${at}encoder.layers`) }
  const tensors = keys.names().filter((n) => !n.endsWith('position_ids') && n.startsWith(at))
  return {
    config: configOf(sizes, { architectures: ['CLIPTextModel'], hidden_act: 'quick_gelu' }),
    tensors: tensors.map((name) => ({ name, from: keys.tensor(name) })),
  }
}

const LAYER = [
  ['ln_1', 'layer_norm1'],
  ['ln_2', 'layer_norm2'],
  ['attn.out_proj', 'self_attn.out_proj'],
  ['mlp.c_fc', 'mlp.fc1'],
  ['mlp.c_proj', 'mlp.fc2'],
] as const

export interface OpenClipUse {
  /**
   * Stable Diffusion 2 takes the last layer but one, normalised: its encoder ends there, and has no
   * projection. A file converted from diffusers has that layer as its last and no projection
   * either.
   */
  penultimate: boolean
}

/** OpenCLIP ViT-H/14 of Stable Diffusion 2, and ViT-bigG/14, the second encoder of SDXL. */
export function readOpenClip(keys: Keys, { penultimate }: OpenClipUse): Part {
  const [vocabulary, width] = keys.shape('token_embedding.weight', 2)
  const [positions] = keys.shape('positional_embedding', 2)
  const [inner] = keys.shape('transformer.resblocks.0.mlp.c_fc.weight', 2)
  const all = keys.count('transformer.resblocks')
  const layers = penultimate && (keys.has('text_projection') || all === 24) ? all - 1 : all
  const projected = !penultimate && keys.has('text_projection')
  const modules: Modules = new Map([
    ['token_embedding', 'text_model.embeddings.token_embedding'],
    ['ln_final', 'text_model.final_layer_norm'],
  ])
  const tensors: ViewedTensor[] = [{ name: 'text_model.embeddings.position_embedding.weight', from: keys.tensor('positional_embedding') }]
  for (let n = 0; n < layers; n++) {
    const from = `transformer.resblocks.${n}`
    const to = `text_model.encoder.layers.${n}`
    for (const [name, renamed] of LAYER) modules.set(`${from}.${name}`, `${to}.${renamed}`)
    for (const kind of ['weight', 'bias'])
      for (const [third, name] of ['q_proj', 'k_proj', 'v_proj'].entries())
        tensors.push({
          name: `${to}.self_attn.${name}.${kind}`,
          from: keys.tensor(`${from}.attn.in_proj_${kind}`),
          rows: [third * width, (third + 1) * width],
        })
  }
  if (projected) tensors.push({ name: 'text_projection.weight', from: keys.tensor('text_projection'), transposed: true })
  const fields = {
    architectures: [projected ? 'CLIPTextModelWithProjection' : 'CLIPTextModel'],
    hidden_act: 'gelu',
    ...(projected && { projection_dim: keys.shape('text_projection', 2)[1] }),
  }
  return { config: configOf({ vocabulary, width, inner, layers, positions }, fields), tensors: [...tensors, ...keys.renamed(modules)] }
}
