/**
 * @file Attention maps as pictures: adding one resolution into the aggregated map, and the arg max
 * of upsampled maps.
 */
import { check } from '../../errors.ts'
import { checkShape, type Grid, show } from '../shape.ts'
import { Tensor } from '../tensor.ts'

/** Rows of a map of all cells of a grid to all cells. */
export interface MapRows {
  grid: Grid
  /** [rows · w, h · w] */
  map: Tensor
  /** The grid row of the first query. */
  firstRow: number
}

/**
 * out += weight · map, with `map` brought to the grid of `out`: keys bilinearly and renormalised,
 * queries repeated (arXiv 2308.12469, §3.2; google/diffseg `aggregate_weights`). Queries of `out`
 * that stand for none of `map` stay as they are.
 */
export function aggregateMap(out: MapRows, map: MapRows, weight: number): void {
  for (const [name, part] of [
    ['out', out],
    ['map', map],
  ] as const) {
    const { h, w } = part.grid
    checkShape('aggregateMap', name, part.map.shape, [-1, h * w])
    const rows = part.map.shape[0] / w
    check(Number.isInteger(rows) && part.firstRow + rows <= h, () => ({
      what: 'aggregateMap',
      where: name,
      expected: `whole rows of a grid of ${h} × ${w}`,
      got: `${show(part.map.shape)} from row ${part.firstRow} on`,
    }))
  }
  out.map.backend.run('aggregateMap', {
    map: map.map,
    out: out.map,
    h: map.grid.h,
    w: map.grid.w,
    height: out.grid.h,
    width: out.grid.w,
    firstRow: out.firstRow,
    mapFirstRow: map.firstRow,
    weight,
  })
}

/**
 * maps [M, h·w] → i32 [rows, width]: which map, upsampled bilinearly to height × width, is largest
 * at each pixel of `rows` rows from `firstRow` on.
 */
export function argmaxMaps(maps: Tensor, grid: Grid, size: { height: number; width: number }, firstRow = 0, rows = size.height): Tensor {
  checkShape('argmaxMaps', 'maps', maps.shape, [-1, grid.h * grid.w])
  const out = Tensor.empty(maps.backend, [rows, size.width], 'i32', 'labels')
  maps.backend.run('argmaxMaps', { maps, out, h: grid.h, w: grid.w, height: size.height, width: size.width, firstRow })
  return out
}
