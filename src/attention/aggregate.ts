/**
 * @file DiffSeg's aggregation (arXiv 2308.12469, §3.2): one self-attention map per resolution,
 * joined on the finest grid with weights (`weights.ts`).
 *
 * What takes memory and time here is the map on the finest grid, not arithmetic. So a resolution's
 * mean is weighted where it is made (`taps.ts`), and the finest one, which needs no upsampling,
 * becomes the aggregated map, to which the coarser ones are added.
 */
import { aggregateMap, type Grid, release, slice } from '../tensor/index.ts'
import { type Band, BandedMap } from './banded-map.ts'
import { resolutionWeight, type Weights } from './weights.ts'

/**
 * Joins the attention of each resolution, its mean times its weight: → [H·W, H·W] on the base grid,
 * every row summing to 1. Takes the maps over, also where it fails; the caller disposes the result.
 * @param weights that the maps were weighted with
 */
export function aggregate(maps: readonly BandedMap[], base: Grid, weights?: Weights | null): BandedMap {
  let result: BandedMap | undefined
  try {
    const weight = resolutionWeight(
      maps.map((m) => m.grid),
      weights,
    )
    const finest = maps.find(({ grid }) => grid.h === base.h && grid.w === base.w)
    const out = finest ?? BandedMap.zeros(maps[0].backend, base, base.h * base.w, 'aggregated map')
    for (const map of maps)
      if (map !== finest)
        for (const target of out.bands) for (const source of map.bands) addBand(base, target, map.grid, source, weight(map.grid))
    result = out
    return out
  } finally {
    release(...maps.filter((map) => map !== result))
  }
}

/** Adds the coarse rows of a band that the fine rows of another one stand below. */
function addBand(grid: Grid, target: Band, coarse: Grid, source: Band, weight: number): void {
  const rows = target.map.shape[0] / grid.w
  const coarseRow = (y: number) => Math.floor((y * coarse.h) / grid.h)
  const available = source.map.shape[0] / coarse.w
  const first = Math.max(coarseRow(target.firstRow), source.firstRow)
  const end = Math.min(coarseRow(target.firstRow + rows - 1) + 1, source.firstRow + available)
  if (first >= end) return
  const whole = end - first === available
  const map = whole ? source.map : slice(source.map, 0, (first - source.firstRow) * coarse.w, (end - first) * coarse.w)
  aggregateMap({ grid, ...target }, { grid: coarse, map, firstRow: first }, weight)
  if (!whole) release(map)
}
