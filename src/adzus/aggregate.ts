/**
 * @file DiffSeg's aggregation (arXiv 2308.12469, §3.2): one self-attention map per resolution, joined on the finest grid with weights proportional to the
 * resolution's side (√(h·w) where it is not square).
 */
import { aggregateMap, type Grid } from '../tensor/index.ts'
import { BandedMap } from './banded-map.ts'

/** Joins the mean attention of each resolution: → [H·W, H·W] on the base grid, every row summing to 1; the caller disposes it. */
export function aggregate(maps: readonly BandedMap[], base: Grid): BandedMap {
  const out = BandedMap.zeros(maps[0].backend, base, base.h * base.w, 'aggregated map')
  const side = ({ h, w }: Grid) => Math.sqrt(h * w)
  const total = maps.reduce((sum, { grid }) => sum + side(grid), 0)
  for (const coarse of maps)
    for (const target of out.bands)
      for (const source of coarse.bands)
        aggregateMap({ grid: base, ...target }, { grid: coarse.grid, ...source }, side(coarse.grid) / total)
  return out
}
