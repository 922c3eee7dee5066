/**
 * @file Where the files of the package's weights are in a page. Each address is written out, since
 * bundlers emit the files of those that they can read.
 */

/** CLIP's tokenizer, for single files. */
export const CLIP_TOKENIZER: ReadonlyMap<string, string> = new Map([
  ['merges.txt', new URL('../../../weights/clip-tokenizer/merges.txt', import.meta.url).href],
  ['vocab.json', new URL('../../../weights/clip-tokenizer/vocab.json', import.meta.url).href],
])

export const ADDRESSES: ReadonlyMap<string, string> = new Map([
  ['adzus.json', new URL('../../../weights/adzus-tiny/adzus.json', import.meta.url).href],
  ['model_index.json', new URL('../../../weights/adzus-tiny/model_index.json', import.meta.url).href],
  ['scheduler/scheduler_config.json', new URL('../../../weights/adzus-tiny/scheduler/scheduler_config.json', import.meta.url).href],
  ['text_encoder/config.json', new URL('../../../weights/adzus-tiny/text_encoder/config.json', import.meta.url).href],
  ['text_encoder/model.safetensors', new URL('../../../weights/adzus-tiny/text_encoder/model.safetensors', import.meta.url).href],
  ['tokenizer/merges.txt', new URL('../../../weights/adzus-tiny/tokenizer/merges.txt', import.meta.url).href],
  ['tokenizer/special_tokens_map.json', new URL('../../../weights/adzus-tiny/tokenizer/special_tokens_map.json', import.meta.url).href],
  ['tokenizer/tokenizer_config.json', new URL('../../../weights/adzus-tiny/tokenizer/tokenizer_config.json', import.meta.url).href],
  ['tokenizer/vocab.json', new URL('../../../weights/adzus-tiny/tokenizer/vocab.json', import.meta.url).href],
  ['unet/config.json', new URL('../../../weights/adzus-tiny/unet/config.json', import.meta.url).href],
  [
    'unet/diffusion_pytorch_model.safetensors',
    new URL('../../../weights/adzus-tiny/unet/diffusion_pytorch_model.safetensors', import.meta.url).href,
  ],
  ['vae/config.json', new URL('../../../weights/adzus-tiny/vae/config.json', import.meta.url).href],
  [
    'vae/diffusion_pytorch_model.safetensors',
    new URL('../../../weights/adzus-tiny/vae/diffusion_pytorch_model.safetensors', import.meta.url).href,
  ],
])
