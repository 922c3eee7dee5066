/**
 * @file Regions of a picture merged pair by pair: always the two neighbours whose union costs the
 * least variance of Lab colour (Ward 1963), areas · areas / (sum of areas) · squared distance of
 * the means.
 */
import { rgbToLab } from './lab.ts'
import type { Picture } from './picture.ts'
import type { Superpixels } from './slic.ts'

interface Region {
  area: number
  /** Sums of L, a and b. */
  sums: [number, number, number]
  neighbours: Set<number>
}

/**
 * @param left how many regions are left, 1 or more
 * @returns the region of each pixel, 0 … left − 1 (fewer where there were fewer)
 * @example
 * const regions = mergeRegions(picture, slic(picture), 8)
 */
export function mergeRegions(picture: Picture, { labels, count }: Superpixels, left: number): Int32Array {
  const regions = regionsOf(picture, labels, count)
  const into = Int32Array.from({ length: count }, (_, i) => i)
  for (let rest = count; rest > left; rest--) {
    const [keep, drop] = cheapestPair(regions)
    for (let c = 0; c < 3; c++) regions.get(keep)!.sums[c] += regions.get(drop)!.sums[c]
    regions.get(keep)!.area += regions.get(drop)!.area
    for (const other of regions.get(drop)!.neighbours) {
      const beside = regions.get(other)!.neighbours
      beside.delete(drop)
      if (other === keep) continue
      beside.add(keep)
      regions.get(keep)!.neighbours.add(other)
    }
    regions.delete(drop)
    for (let i = 0; i < count; i++) if (into[i] === drop) into[i] = keep
  }
  const numbers = new Map([...regions.keys()].map((region, i) => [region, i]))
  return labels.map((label) => numbers.get(into[label])!)
}

function cheapestPair(regions: Map<number, Region>): [number, number] {
  let pair: [number, number] = [-1, -1]
  let least = Number.POSITIVE_INFINITY
  for (const [i, a] of regions)
    for (const j of a.neighbours) {
      if (j < i) continue
      const b = regions.get(j)!
      let square = 0
      for (let c = 0; c < 3; c++) square += (a.sums[c] / a.area - b.sums[c] / b.area) ** 2
      const cost = ((a.area * b.area) / (a.area + b.area)) * square
      if (cost >= least) continue
      least = cost
      pair = [i, j]
    }
  return pair
}

function regionsOf({ width, data }: Picture, labels: Int32Array, count: number): Map<number, Region> {
  const lab = rgbToLab(data)
  const regions = new Map<number, Region>()
  for (let i = 0; i < count; i++) regions.set(i, { area: 0, sums: [0, 0, 0], neighbours: new Set() })
  const touch = (i: number, j: number) => {
    if (labels[i] === labels[j]) return
    regions.get(labels[i])!.neighbours.add(labels[j])
    regions.get(labels[j])!.neighbours.add(labels[i])
  }
  for (let i = 0; i < labels.length; i++) {
    const region = regions.get(labels[i])!
    region.area++
    for (let c = 0; c < 3; c++) region.sums[c] += lab[i * 3 + c]
    if (i % width > 0) touch(i, i - 1)
    if (i >= width) touch(i, i - width)
  }
  return regions
}
