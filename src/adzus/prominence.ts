/**
 * @file The foreground without a hint (`--foreground auto`): what attends unlike the border, away
 * from the border.
 *
 * Medical pictures are framed so that the border shows background. The mean attention map of the
 * border's cells is therefore a model of the background, made from the picture itself. A cell's
 * *contrast* is the divergence of its map from that mean; it says both what a cell is made of (skin
 * attends to skin) and whether it keeps its attention to itself (a compact object does). Its
 * *centrality* is √(sin πx · sin πy), x and y from 0 to 1 across the picture: 1 in the middle,
 * falling to 0 at the border. Their product is the cell's *prominence*. Otsu's threshold over all
 * cells cuts it in two, and the prominent part, upsampled like a proposal, is the mask.
 *
 * Nothing here is tuned but the shape of the centrality, and other shapes give much the same
 * (`adzus evaluate` measures the result). The cut does not follow segments: it is often finer than
 * they are, and it finds an object even where merging has left a single segment.
 */

import type { BandedMap } from '../attention/banded-map.ts'
import { checkFinite, deviceHint } from '../attention/finite.ts'
import { labelPixels } from '../grouping/label-pixels.ts'
import { centrality } from '../pixels/centrality.ts'
import { otsu } from '../pixels/otsu.ts'
import { type Backend, divergence, type Grid, matmul, release, Tensor } from '../tensor/index.ts'
import { type Labelled, maskOf } from './foreground.ts'

/**
 * The aggregated map → prominence of every cell, row-major, 0 or more. Two products on the device;
 * one number a cell comes back.
 */
export async function prominence(map: BandedMap): Promise<Float32Array> {
  const { h, w } = map.grid
  const background = borderMean(map)
  const scores = new Float32Array(h * w)
  for (const band of map.bands) {
    const contrast = divergence(background, band.map, map.grid)
    scores.set(await contrast.floats(), map.firstQuery(band))
    contrast.dispose()
  }
  background.dispose()
  checkFinite(scores, { stage: 'foreground', what: 'the prominence', hint: deviceHint() })
  // A divergence of 0 may be rounded to just below it.
  return scores.map((contrast, i) => Math.max(0, contrast) * centrality(((i % w) + 0.5) / w, (Math.floor(i / w) + 0.5) / h))
}

/**
 * 255 where the prominence (`scores`, one a cell of the map) is above Otsu's threshold over the
 * cells, else 0. With two segments or more the mask is neither empty nor everything: where the cut
 * says nothing (every cell is equally prominent, or a picture has fewer pixels than the grid has
 * cells and misses them), all but the border's largest segment is foreground.
 */
export async function autoMask(
  { backend, grid }: BandedMap,
  scores: Float32Array,
  { labels, width, height, segments }: Labelled,
): Promise<Uint8Array> {
  const mask = await prominentMask(backend, grid, scores, { width, height })
  if (segments.length < 2 || (mask.includes(0) && mask.includes(255))) return mask
  const background = segments.reduce((a, b) => (b.borderShare > a.borderShare ? b : a))
  return maskOf(labels, new Set(segments.filter((s) => s !== background).map((s) => s.id)))
}

async function prominentMask(
  backend: Backend,
  grid: Grid,
  scores: Float32Array,
  size: { width: number; height: number },
): Promise<Uint8Array> {
  const cut = otsu(scores)
  if (Number.isNaN(cut)) return new Uint8Array(size.width * size.height)
  // As two proposals, the constant cut and the scores, of which the larger wins each pixel.
  const rivals = new Float32Array(2 * scores.length).fill(cut)
  rivals.set(scores, scores.length)
  const tensor = Tensor.from(backend, rivals, [2, scores.length], 'prominence')
  const winners = await labelPixels(tensor, grid, size)
  tensor.dispose()
  const mask = new Uint8Array(winners.length)
  for (let i = 0; i < mask.length; i++) mask[i] = 255 * winners[i]
  return mask
}

/** The mean map of the cells along the grid's border: [1, n]. */
function borderMean(map: BandedMap): Tensor {
  const { h, w } = map.grid
  const isBorder = (cell: number) => {
    const [x, y] = [cell % w, Math.floor(cell / w)]
    return x === 0 || y === 0 || x === w - 1 || y === h - 1
  }
  const count = Array.from({ length: h * w }, (_, cell) => isBorder(cell)).filter(Boolean).length
  let mean: Tensor | undefined
  for (const band of map.bands) {
    const first = map.firstQuery(band)
    const queries = band.map.shape[0]
    const shares = Float32Array.from({ length: queries }, (_, i) => (isBorder(first + i) ? 1 / count : 0))
    const weights = Tensor.from(map.backend, shares, [1, queries], 'border cells')
    const sum = matmul(weights, band.map, { residual: mean })
    release(weights, mean)
    mean = sum
  }
  return mean!
}
