/** @file What a grouping makes of the map before pixels get labels: proposals, and who merged. */
import type { BandedMap } from '../../attention/banded-map.ts'
import type { MergeTree } from '../../grouping/diffseg/merge.ts'
import { groupingOf, type Method } from '../../grouping/grouping.ts'
import { labelPixels } from '../../grouping/label-pixels.ts'
import type { RgbRaster } from '../../image/raster.ts'
import type { Grid } from '../../tensor/index.ts'
import { relabel } from '../segments.ts'

/** The maps that a grouping ends with. */
export interface Proposals {
  grid: Grid
  count: number
  /** [count, cells], row-major; each adds up to 1. */
  values: Float32Array
}

/** Who was merged with whom, and what became of it. */
export interface Merges extends MergeTree {
  /**
   * Of every proposal that remains the id of its segment; 0 where no pixel is its. Of a method that
   * refines them these are the refined ones, which may be fewer than the last round's groups.
   */
  segments: number[]
}

export async function proposalsOf(map: BandedMap, method: Method): Promise<Proposals> {
  const proposals = await groupingOf(method).propose(map, method)
  const [count] = proposals.shape
  const values = await proposals.floats()
  proposals.dispose()
  return { grid: { ...map.grid }, count, values }
}

export async function mergesOf(map: BandedMap, raster: RgbRaster, method: Method): Promise<Merges> {
  const tree: MergeTree = { anchors: [], divergences: new Float32Array(), rounds: [] }
  const proposals = await groupingOf(method).propose(map, method, tree)
  const segments = Array<number>(proposals.shape[0]).fill(0)
  const { proposals: winners } = relabel(await labelPixels(proposals, map.grid, raster))
  proposals.dispose()
  for (const [i, proposal] of winners.entries()) segments[proposal] = i + 1
  return { ...tree, segments }
}
