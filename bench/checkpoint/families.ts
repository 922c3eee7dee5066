/**
 * @file Configurations of Stable Diffusion's families as diffusers and transformers write them, at their published widths ("full") and in miniature ("tiny": the same
 * blocks and key names with few channels, and wherever the width changes in the original it changes here; SDXL's has fewer transformer layers).
 */

type Json = Record<string, unknown>

export interface Family {
  unet: Json
  vae: Json
  /** `text_encoder`, and for SDXL `text_encoder_2`. */
  text: Record<string, Json>
  index: Json
  scheduler: Json
}

const BLOCKS = {
  down_block_types: ['CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'DownBlock2D'],
  up_block_types: ['UpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D'],
}

const unet = (fields: Json): Json => ({
  _class_name: 'UNet2DConditionModel',
  act_fn: 'silu',
  in_channels: 4,
  out_channels: 4,
  layers_per_block: 2,
  norm_eps: 1e-5,
  ...BLOCKS,
  ...fields,
})

const vae = (channels: number[], groups: number, scale: number): Json => ({
  _class_name: 'AutoencoderKL',
  act_fn: 'silu',
  block_out_channels: channels,
  down_block_types: channels.map(() => 'DownEncoderBlock2D'),
  up_block_types: channels.map(() => 'UpDecoderBlock2D'),
  in_channels: 3,
  out_channels: 3,
  latent_channels: 4,
  layers_per_block: 2,
  norm_num_groups: groups,
  scaling_factor: scale,
})

const clip = (width: number, layers: number, heads: number, activation: string, fields: Json = {}): Json => ({
  architectures: ['CLIPTextModel'],
  model_type: 'clip_text_model',
  hidden_size: width,
  intermediate_size: 4 * width,
  num_hidden_layers: layers,
  num_attention_heads: heads,
  hidden_act: activation,
  layer_norm_eps: 1e-5,
  max_position_embeddings: 77,
  vocab_size: 49408,
  bos_token_id: 49406,
  eos_token_id: 49407,
  pad_token_id: 1,
  ...fields,
})

const scheduler = (prediction: string): Json => ({
  _class_name: 'DDIMScheduler',
  beta_start: 0.00085,
  beta_end: 0.012,
  beta_schedule: 'scaled_linear',
  num_train_timesteps: 1000,
  prediction_type: prediction,
  set_alpha_to_one: false,
  steps_offset: 1,
})

const FULL_VAE = [128, 256, 512, 512]
const TINY_VAE = [16, 32, 48, 48]

/** `sd15`, `sd15-tiny`, `sd21`, … */
export const FAMILIES: Record<string, Family> = {
  sd15: {
    unet: unet({
      block_out_channels: [320, 640, 1280, 1280],
      attention_head_dim: 8,
      cross_attention_dim: 768,
      sample_size: 64,
      norm_num_groups: 32,
    }),
    vae: vae(FULL_VAE, 32, 0.18215),
    text: { text_encoder: clip(768, 12, 12, 'quick_gelu') },
    index: { _class_name: 'StableDiffusionPipeline' },
    scheduler: scheduler('epsilon'),
  },
  'sd15-tiny': {
    unet: unet({
      block_out_channels: [32, 64, 96, 96],
      attention_head_dim: 8,
      cross_attention_dim: 48,
      sample_size: 16,
      norm_num_groups: 8,
    }),
    vae: vae(TINY_VAE, 8, 0.18215),
    text: { text_encoder: clip(48, 2, 3, 'quick_gelu') },
    index: { _class_name: 'StableDiffusionPipeline' },
    scheduler: scheduler('epsilon'),
  },
  sd21: {
    unet: unet({
      block_out_channels: [320, 640, 1280, 1280],
      attention_head_dim: [5, 10, 20, 20],
      cross_attention_dim: 1024,
      use_linear_projection: true,
      sample_size: 96,
      norm_num_groups: 32,
    }),
    vae: vae(FULL_VAE, 32, 0.18215),
    text: { text_encoder: clip(1024, 23, 16, 'gelu') },
    index: { _class_name: 'StableDiffusionPipeline' },
    scheduler: scheduler('v_prediction'),
  },
  'sd21-tiny': {
    unet: unet({
      block_out_channels: [64, 128, 192, 192],
      attention_head_dim: [1, 2, 3, 3],
      cross_attention_dim: 64,
      use_linear_projection: true,
      sample_size: 16,
      norm_num_groups: 8,
    }),
    vae: vae(TINY_VAE, 8, 0.18215),
    text: { text_encoder: clip(64, 2, 1, 'gelu') },
    index: { _class_name: 'StableDiffusionPipeline' },
    scheduler: scheduler('v_prediction'),
  },
  sdxl: {
    unet: unet({
      block_out_channels: [320, 640, 1280],
      down_block_types: ['DownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D'],
      up_block_types: ['CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'UpBlock2D'],
      attention_head_dim: [5, 10, 20],
      transformer_layers_per_block: [1, 2, 10],
      cross_attention_dim: 2048,
      use_linear_projection: true,
      addition_embed_type: 'text_time',
      addition_time_embed_dim: 256,
      projection_class_embeddings_input_dim: 2816,
      sample_size: 128,
      norm_num_groups: 32,
    }),
    vae: vae(FULL_VAE, 32, 0.13025),
    text: {
      text_encoder: clip(768, 12, 12, 'quick_gelu'),
      text_encoder_2: clip(1280, 32, 20, 'gelu', { architectures: ['CLIPTextModelWithProjection'], projection_dim: 1280 }),
    },
    index: { _class_name: 'StableDiffusionXLPipeline', force_zeros_for_empty_prompt: true },
    scheduler: scheduler('epsilon'),
  },
  'sdxl-tiny': {
    unet: unet({
      block_out_channels: [32, 64, 128],
      down_block_types: ['DownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D'],
      up_block_types: ['CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'UpBlock2D'],
      attention_head_dim: [1, 1, 2],
      transformer_layers_per_block: [1, 1, 2],
      cross_attention_dim: 112,
      use_linear_projection: true,
      addition_embed_type: 'text_time',
      addition_time_embed_dim: 16,
      projection_class_embeddings_input_dim: 64 + 6 * 16,
      sample_size: 16,
      norm_num_groups: 8,
    }),
    vae: vae(TINY_VAE, 8, 0.13025),
    text: {
      text_encoder: clip(48, 2, 3, 'quick_gelu'),
      text_encoder_2: clip(64, 2, 1, 'gelu', { architectures: ['CLIPTextModelWithProjection'], projection_dim: 64 }),
    },
    index: { _class_name: 'StableDiffusionXLPipeline', force_zeros_for_empty_prompt: true },
    scheduler: scheduler('epsilon'),
  },
}
