/**
 * @file DiffSeg's aggregation (arXiv 2308.12469, §3.2): one self-attention map per resolution, joined on the finest grid with weights proportional to the
 * resolution's side (√(h·w) where it is not square).
 */
import { aggregateMap, full, type Grid, type Tensor } from '../tensor/index.ts'

/** The mean attention of one resolution: [h·w, h·w]. */
export interface ResolutionMap {
  grid: Grid
  map: Tensor
}

/** → [H·W, H·W] on the base grid, every row summing to 1; the caller disposes it. */
export function aggregate(maps: readonly ResolutionMap[], base: Grid): Tensor {
  const cells = base.h * base.w
  const out = full(maps[0].map.backend, [cells, cells], 0, 'aggregated map')
  const side = ({ h, w }: Grid) => Math.sqrt(h * w)
  const total = maps.reduce((sum, { grid }) => sum + side(grid), 0)
  for (const { grid, map } of maps) aggregateMap(out, base, map, grid, side(grid) / total)
  return out
}
