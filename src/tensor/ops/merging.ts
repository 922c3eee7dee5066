/**
 * @file The ops of merging: divergences between attention maps, and sums of the maps that belong
 * together.
 */
import { check } from '../../errors.ts'
import { checkShape, type Grid, show } from '../shape.ts'
import { Tensor } from '../tensor.ts'

/**
 * Probabilities below count as this inside a logarithm, so that a cell that underflowed to 0 stays
 * a number.
 */
const FLOOR = 1e-12

/**
 * Half the symmetric Kullback-Leibler divergence (in nats) of every row of x [m, h·w] to every row
 * of y [n, h·w], distributions over a grid: [m, n]. Probabilities below 1e-12 count as 1e-12 inside
 * the logarithm. With a `threshold` only the side of it is exact: each result is on the right side,
 * and may otherwise be an estimate.
 */
export function divergence(x: Tensor, y: Tensor, { h, w }: Grid, threshold = Infinity): Tensor {
  checkShape('divergence', 'x', x.shape, [-1, h * w])
  checkShape('divergence', 'y', y.shape, [-1, h * w])
  const out = Tensor.empty(x.backend, [x.shape[0], y.shape[0]], 'f32', 'divergence')
  x.backend.run('divergence', { x, y, out, h, w, floor: FLOOR, threshold })
  return out
}

/**
 * chosen [m, k] of 0 and 1, x [k, n] → [m, n]: for each row of `chosen` the sum of the rows of x
 * that it selects, + `residual` [m, n].
 */
export function sumSelectedRows(chosen: Tensor, x: Tensor, residual?: Tensor): Tensor {
  const [m, k] = chosen.shape
  check(chosen.shape.length === 2 && x.shape.length === 2 && x.shape[0] === k, () => ({
    what: 'sumSelectedRows',
    expected: 'chosen [m, k] and x [k, n]',
    got: `${show(chosen.shape)} and ${show(x.shape)}`,
  }))
  const shape = [m, x.shape[1]]
  if (residual) checkShape('sumSelectedRows', 'residual', residual.shape, shape)
  const out = Tensor.empty(x.backend, shape, 'f32', 'sumSelectedRows')
  x.backend.run('sumSelectedRows', { chosen, x, residual, out })
  return out
}
