/** @file Attention maps as pictures: adding one resolution into the aggregated map, and the arg max of upsampled maps. */
import { checkShape } from '../shape.ts'
import { Tensor } from '../tensor.ts'

/** Height and width of a grid of tokens. */
export interface Grid {
  h: number
  w: number
}

/**
 * out [H·W, H·W] += weight · map, with `map` [h·w, h·w] brought to the base grid: keys bilinearly and renormalised, queries repeated
 * (arXiv 2308.12469, §3.2; google/diffseg `aggregate_weights`).
 */
export function aggregateMap(out: Tensor, base: Grid, map: Tensor, grid: Grid, weight: number): void {
  checkShape('aggregateMap', 'map', map.shape, [grid.h * grid.w, grid.h * grid.w])
  checkShape('aggregateMap', 'out', out.shape, [base.h * base.w, base.h * base.w])
  out.backend.run('aggregateMap', { map, out, h: grid.h, w: grid.w, height: base.h, width: base.w, weight })
}

/**
 * maps [M, h·w] → i32 [rows, width]: which map, upsampled bilinearly to height × width, is largest at each pixel of `rows` rows from `firstRow` on.
 */
export function argmaxMaps(maps: Tensor, grid: Grid, size: { height: number; width: number }, firstRow = 0, rows = size.height): Tensor {
  checkShape('argmaxMaps', 'maps', maps.shape, [-1, grid.h * grid.w])
  const out = Tensor.empty(maps.backend, [rows, size.width], 'i32', 'labels')
  maps.backend.run('argmaxMaps', { maps, out, h: grid.h, w: grid.w, height: size.height, width: size.width, firstRow })
  return out
}
