/**
 * @file Normalisation: group norm (optionally with SiLU, which always follows it in Stable
 * Diffusion), layer norm, softmax.
 */
import { check } from '../../errors.ts'
import { checkShape, show } from '../shape.ts'
import { Tensor } from '../tensor.ts'

/**
 * x [N, ..., C]: every image's group of C/groups channels is normalised over all its pixels, then ·
 * gamma + beta, then SiLU if asked.
 */
export function groupNorm(x: Tensor, gamma: Tensor, beta: Tensor, options: { groups: number; eps: number; silu?: boolean }): Tensor {
  const { groups, eps, silu = false } = options
  const channels = x.shape.at(-1)!
  check(channels % groups === 0, () => ({
    what: 'groupNorm',
    expected: `channels divisible into ${groups} groups`,
    got: show(x.shape),
  }))
  checkShape('groupNorm', 'gamma', gamma.shape, [channels])
  checkShape('groupNorm', 'beta', beta.shape, [channels])
  const out = Tensor.empty(x.backend, x.shape, 'f32', 'groupNorm')
  const flat = x.reshape([x.shape[0]!, -1, channels])
  x.backend.run('groupNorm', { x: flat, gamma, beta, out, groups, eps, silu })
  flat.dispose()
  return out
}

/** x [..., C]: every row is normalised, then · gamma + beta. */
export function layerNorm(x: Tensor, gamma: Tensor, beta: Tensor, eps: number): Tensor {
  const channels = x.shape.at(-1)!
  checkShape('layerNorm', 'gamma', gamma.shape, [channels])
  checkShape('layerNorm', 'beta', beta.shape, [channels])
  const out = Tensor.empty(x.backend, x.shape, 'f32', 'layerNorm')
  const rows = x.reshape([-1, channels])
  x.backend.run('layerNorm', { x: rows, gamma, beta, out, eps })
  rows.dispose()
  return out
}

/** Softmax over the last axis. */
export function softmax(x: Tensor): Tensor {
  const out = Tensor.empty(x.backend, x.shape, 'f32', 'softmax')
  const rows = x.reshape([-1, x.shape.at(-1)!])
  x.backend.run('softmax', { x: rows, out })
  rows.dispose()
  return out
}
