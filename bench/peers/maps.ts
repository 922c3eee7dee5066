/** @file Attention maps as merging meets them: cells of one region of the picture look at their own region, and a little at each other. */
import { random } from '../../test/support/random.ts'

/** How much less a cell looks at another region than at its own. */
const AWAY = 0.02

/**
 * [side², side²], every row summing to 1; divergences are near 0 within a region and far above every threshold between two.
 * @param regions along each side; with one, every map is near to every other
 */
export function clusteredMaps(side: number, regions = 3): Float32Array<ArrayBuffer> {
  const cells = side * side
  const strip = (i: number) => Math.floor((i * regions) / side)
  const region = (cell: number) => strip(Math.floor(cell / side)) * regions + strip(cell % side)
  const maps = random(11).floats(cells * cells, 0.5, 1)
  for (let q = 0; q < cells; q++) {
    const row = maps.subarray(q * cells, (q + 1) * cells)
    const own = region(q)
    let sum = 0
    for (let k = 0; k < cells; k++) {
      if (region(k) !== own) row[k] *= AWAY
      sum += row[k]
    }
    for (let k = 0; k < cells; k++) row[k] /= sum
  }
  return maps
}
