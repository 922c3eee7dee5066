/** @file The parameters of a segmentation for which nothing was chosen, apart from the model's own. */
import type { Defaults, Parameters } from '../../src/index.ts'

export const UNCHOSEN: Omit<Parameters, keyof Defaults | 'prompt' | 'foreground'> = {
  noise: null,
  denoise: null,
  resolutions: null,
  heads: null,
  weights: null,
  grid: null,
  tileVae: false,
  emptyPrompt: 'encoded',
  preset: null,
  objects: 'auto',
  minSize: 15,
  fillHoles: true,
  excludeBorder: false,
  wholeSegments: false,
  edges: 'guided',
  window: 'auto',
  channel: null,
  orient: false,
}
