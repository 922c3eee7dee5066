/**
 * @file What is compared: ops and whole networks, each described by plain numbers that every contender understands, with inputs that are the same for all.
 *
 * Inputs and results are f32 in the engine's own layouts (channels last, linear weights [out, in]); a contender that wants others turns them before the clock runs.
 */
import { random } from '../../test/support/random.ts'
import { clusteredMaps } from './maps.ts'

export type Op =
  /** x [m, k] · w [n, k]ᵀ + bias [n] → y [m, n]. */
  | { kind: 'gemm'; m: number; k: number; n: number }
  /** 3×3, stride 1, padding 1: x [side, side, inputs], w [outputs, 3, 3, inputs], bias → y [side, side, outputs]. */
  | { kind: 'conv'; side: number; inputs: number; outputs: number }
  /** silu(groupNorm(x [pixels, channels])) with gamma and beta, ε = 1e-5 → y. */
  | { kind: 'norm'; pixels: number; channels: number; groups: number }
  /** q, k, v [tokens, heads·size] → y; with `map` also the mean of the heads' probabilities [tokens, tokens], added to a map each time. */
  | { kind: 'attention'; tokens: number; heads: number; size: number; map: boolean }
  /** maps [side², side²]: D of the maps of anchors² anchors to all → y [anchors², side²]. `broadcast`: the peer computes it term by term. */
  | { kind: 'divergence'; side: number; anchors: number; broadcast: boolean }
  /** maps [side², side²] of regions² regions → proposals y [n, side²] by DiffSeg's merging. `broadcast`: as with divergences. */
  | { kind: 'merge'; side: number; anchors: number; thresholds: number[]; regions: number; broadcast: boolean }
  /** The UNet of a folder in diffusers layout: x [side, side, 4], context [77, width] → y [side, side, 4]. */
  | { kind: 'unet'; model: string; side: number; width: number }
  /** The VAE's encoder of a folder in diffusers layout: picture x [side, side, 3] → mean of its latent, unscaled, y [side / 8, side / 8, 4]. */
  | { kind: 'vae'; model: string; side: number }
  /** Picture → labels and mask, with the model in a folder. */
  | { kind: 'segment'; model: string; picture: string; size: number; timestep: number; thresholds: number[]; anchors: number }

export type Arrays = Record<string, Float32Array<ArrayBuffer>>

/** Time step at which UNets are compared. */
export const TIMESTEP = 300
/** Tokens of a context. */
const TOKENS = 77

/** An op's name in tables. */
export function nameOf(op: Op): string {
  switch (op.kind) {
    case 'gemm':
      return `GEMM ${op.m}×${op.k} · ${op.k}×${op.n}`
    case 'conv':
      return `conv 3×3, ${op.side}×${op.side}, ${op.inputs} → ${op.outputs}`
    case 'norm':
      return `group norm + SiLU, ${op.pixels} × ${op.channels}`
    case 'attention':
      return `attention${op.map ? ' and map' : ''}, ${op.tokens}×${op.tokens}, ${op.heads}×${op.size}`
    case 'divergence':
      return `KL, ${op.anchors ** 2} anchors, ${op.side}×${op.side}${op.broadcast ? ', peer broadcasts' : ''}`
    case 'merge':
      return `KL and merging, ${op.anchors ** 2} anchors, ${op.side}×${op.side}, regions: ${op.regions ** 2}${op.broadcast ? ', peer broadcasts' : ''}`
    case 'unet':
      return `UNet of ${folderName(op.model)}, latent ${op.side}×${op.side}`
    case 'vae':
      return `VAE encoder of ${folderName(op.model)}, ${op.side}×${op.side}`
    case 'segment':
      return `picture → mask, ${op.size}×${op.size}`
  }
}

const folderName = (path: string) => path.split(/[\\/]/).at(-1)

/** The op's inputs: uniform between −1 and 1 from a seed, or attention maps that look like some. */
export function inputsOf(op: Op): Arrays {
  const numbers = random(7)
  const uniform = (size: number, scale = 1) => numbers.floats(size, -scale, scale)
  switch (op.kind) {
    case 'gemm':
      return { x: uniform(op.m * op.k), w: uniform(op.n * op.k, op.k ** -0.5), bias: uniform(op.n) }
    case 'conv': {
      const fan = 9 * op.inputs
      return { x: uniform(op.side ** 2 * op.inputs), w: uniform(op.outputs * fan, fan ** -0.5), bias: uniform(op.outputs) }
    }
    case 'norm':
      return { x: uniform(op.pixels * op.channels), gamma: uniform(op.channels), beta: uniform(op.channels) }
    case 'attention': {
      const size = op.tokens * op.heads * op.size
      return { q: uniform(size, 2), k: uniform(size, 2), v: uniform(size) }
    }
    case 'divergence':
      return { maps: clusteredMaps(op.side) }
    case 'merge':
      return { maps: clusteredMaps(op.side, op.regions) }
    case 'unet':
      return { x: uniform(op.side ** 2 * 4, 2), context: uniform(TOKENS * op.width) }
    case 'vae':
      return { x: uniform(op.side ** 2 * 3) }
    case 'segment':
      return {}
  }
}
