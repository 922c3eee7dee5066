/**
 * @file What is known of a picture before it is clicked: made once, so that every click is quick.
 *
 * All is at 128 × 128 pixels, the picture squeezed: constants of the score were chosen there.
 */
import type { BandedMap } from '../../attention/banded-map.ts'
import { gaussianBlur } from '../../pixels/gaussian-blur.ts'
import { grabCut } from '../../pixels/grab-cut.ts'
import { kMeans, nearestCentres } from '../../pixels/k-means.ts'
import { rgbToLab } from '../../pixels/lab.ts'
import { otsu } from '../../pixels/otsu.ts'
import type { Picture } from '../../pixels/picture.ts'
import { resizeByArea } from '../../pixels/shrink.ts'
import { trimapOf } from '../../pixels/trimap.ts'
import type { Grid } from '../../tensor/index.ts'
import { prominences } from '../chain.ts'
import { Walk } from '../walk.ts'
import { fieldOfView } from './field-of-view.ts'

/** Pixels a side. */
export const SIDE = 128
export const PIXELS = SIDE * SIDE

/** Sigmas of the chain, from small objects to large ones (`absorption.ts`). */
const SIGMAS = [0.2, 0.5, 1] as const
/** Colours that a region's histogram counts. */
export const COLOURS = 24
/** A channel whose values from percentile 1 to 99 are closer together says nothing. */
const LEAST_SPREAD = 3

/** One number a pixel each, row-major. */
export interface Ground {
  picture: Picture
  /** 1 inside the field of view. */
  inside: Uint8Array
  /** Pixels inside. */
  area: number
  /** 1 inside the field of view and two pixels or more from its edge. */
  interior: Uint8Array
  /** L*, a*, b* a pixel, blurred. */
  smooth: Float32Array
  /** How much colour changes to the pixel to the right and to the one below. */
  stepsRight: Float32Array
  stepsDown: Float32Array
  /** Of L*, a*, b* together, and its mean inside. */
  gradient: Float32Array
  meanGradient: number
  /** The number of each pixel's colour, below COLOURS, and how often each occurs inside. */
  colours: Uint8Array
  histogram: Float64Array
  /** The prominence at the largest sigma. */
  prominence: Float32Array
  /** What objects may be told by: lightness, colour, prominence. */
  channels: Float32Array[]
  /** The chain's masks, and their cuts: 1 inside. */
  masks: Uint8Array[]
  walk: Walk
}

/**
 * Prepares a picture for clicks; dispose its walk.
 * @param map the attention of every cell to every cell
 */
export async function prepareGround(map: BandedMap, full: Picture): Promise<Ground> {
  const picture = resizeByArea(full, SIDE, SIDE)
  const inside = fieldOfView(picture)
  const walk = await Walk.prepare(map, { inside: cellsInside(inside, map.grid) })
  try {
    return { ...(await prominent(walk, picture, inside)), ...coloursOf(picture, inside), picture, inside, walk }
  } catch (error) {
    walk.dispose()
    throw error
  }
}

type OfColours = Omit<Ground, 'picture' | 'inside' | 'prominence' | 'masks' | 'walk'>

async function prominent(walk: Walk, picture: Picture, inside: Uint8Array): Promise<Pick<Ground, 'prominence' | 'masks'>> {
  const settings = SIGMAS.flatMap((sigma) => [0, 1].map((gamma) => ({ sigma, gamma })))
  const scores = await prominences(walk, settings)
  const masks: Uint8Array[] = []
  for (const score of scores) {
    const cut = otsu(score.filter((_, cell) => walk.inside[cell] === 1))
    if (Number.isNaN(cut)) continue
    const fine = spreadCells(score, walk.grid).map((value, i) => value * inside[i])
    masks.push(Uint8Array.from(fine, (value) => (value > cut ? 1 : 0)))
    masks.push(grabCut(picture, trimapOf(fine, cut)).map((value, i) => (value === 0 ? 0 : inside[i])))
  }
  return { prominence: spreadCells(scores[scores.length - 2], walk.grid), masks }
}

function coloursOf(picture: Picture, inside: Uint8Array): OfColours {
  const lab = rgbToLab(picture.data)
  const planes = [0, 1, 2].map((c) => Float32Array.from({ length: PIXELS }, (_, i) => lab[i * 3 + c]))
  const blurred = planes.map((plane) => gaussianBlur(plane, SIDE, SIDE, 1.5))
  const fine = planes.map((plane) => gaussianBlur(plane, SIDE, SIDE, 1))
  const distance = (i: number, j: number) => Math.hypot(...fine.map((plane) => plane[i] - plane[j]))
  const steps = (offset: number) => Float32Array.from({ length: PIXELS }, (_, i) => (i + offset < PIXELS ? distance(i, i + offset) : 0))
  const gradient = gradientOf(planes)
  let [area, sum] = [0, 0]
  const histogram = new Float64Array(COLOURS)
  const colours = clustersOf(lab)
  for (let i = 0; i < PIXELS; i++) {
    if (inside[i] === 0) continue
    area++
    sum += gradient[i]
    histogram[colours[i]]++
  }
  const smooth = new Float32Array(3 * PIXELS)
  for (let i = 0; i < PIXELS; i++) for (let c = 0; c < 3; c++) smooth[i * 3 + c] = blurred[c][i]
  const saturation = Float32Array.from({ length: PIXELS }, (_, i) => Math.hypot(blurred[1][i], blurred[2][i]))
  const coarse = gaussianBlur(planes[0], SIDE, SIDE, 4)
  const channels = [...blurred, saturation, coarse].filter((channel) => spread(channel, inside) >= LEAST_SPREAD)
  const interior = inset(inset(inside))
  const [stepsRight, stepsDown] = [steps(1), steps(SIDE)]
  return { area, interior, smooth, stepsRight, stepsDown, gradient, meanGradient: sum / area, colours, histogram, channels }
}

/** Lengths of the gradient of several planes together, by Sobel's operator. */
function gradientOf(planes: readonly Float32Array[]): Float32Array {
  const clamp = (v: number) => Math.min(SIDE - 1, Math.max(0, v))
  return Float32Array.from({ length: PIXELS }, (_, i) => {
    const [x, y] = [i % SIDE, Math.floor(i / SIDE)]
    const [left, right, up, down] = [clamp(x - 1), clamp(x + 1), clamp(y - 1) * SIDE, clamp(y + 1) * SIDE]
    const row = y * SIDE
    let square = 0
    for (const p of planes) {
      const gx = p[up + right] + 2 * p[row + right] + p[down + right] - p[up + left] - 2 * p[row + left] - p[down + left]
      const gy = p[down + left] + 2 * p[down + x] + p[down + right] - p[up + left] - 2 * p[up + x] - p[up + right]
      square += gx * gx + gy * gy
    }
    return Math.sqrt(square)
  })
}

/** Clusters of colours are learnt from every seventh pixel. */
function clustersOf(lab: Float32Array): Uint8Array {
  const sample = Float32Array.from({ length: 3 * Math.ceil(PIXELS / 7) }, (_, k) => lab[Math.floor(k / 3) * 21 + (k % 3)])
  const labels = new Uint8Array(PIXELS)
  nearestCentres(lab, 3, kMeans(sample, 3, COLOURS, { rounds: 8 }).centres, labels)
  return labels
}

/** From percentile 1 to 99 inside. */
function spread(values: Float32Array, inside: Uint8Array): number {
  const sorted = values.filter((_, i) => inside[i] === 1).sort()
  return sorted[Math.floor(0.99 * (sorted.length - 1))] - sorted[Math.floor(0.01 * (sorted.length - 1))]
}

/** Without the pixels that have one of eight neighbours, or the picture's edge, outside. */
function inset(mask: Uint8Array): Uint8Array {
  const out = new Uint8Array(PIXELS)
  for (let y = 1; y < SIDE - 1; y++)
    for (let x = 1; x < SIDE - 1; x++) {
      let all = 1
      for (let dy = -SIDE; dy <= SIDE; dy += SIDE) for (let dx = -1; dx <= 1; dx++) all &= mask[y * SIDE + x + dy + dx]
      out[y * SIDE + x] = all
    }
  return out
}

/** Cells that lie mostly inside: 1, others 0. */
function cellsInside(inside: Uint8Array, { h, w }: Grid): Float32Array {
  const counts = new Float32Array(h * w)
  const sums = new Float32Array(h * w)
  for (let y = 0; y < Math.max(SIDE, h); y++)
    for (let x = 0; x < Math.max(SIDE, w); x++) {
      const [rows, columns] = [Math.max(SIDE, h), Math.max(SIDE, w)]
      const cell = Math.floor((y * h) / rows) * w + Math.floor((x * w) / columns)
      counts[cell]++
      sums[cell] += inside[Math.floor((y * SIDE) / rows) * SIDE + Math.floor((x * SIDE) / columns)]
    }
  return sums.map((sum, cell) => (sum > counts[cell] / 2 ? 1 : 0))
}

/** One value a cell → one a pixel, bilinear between the cells' middles. */
export function spreadCells(values: Float32Array, { h, w }: Grid): Float32Array {
  const taps = (cells: number) =>
    Array.from({ length: SIDE }, (_, i) => {
      const at = Math.min(cells - 1, Math.max(0, ((i + 0.5) * cells) / SIDE - 0.5))
      const low = Math.floor(at)
      return [low, Math.min(cells - 1, low + 1), at - low] as const
    })
  const [columns, rows] = [taps(w), taps(h)]
  const out = new Float32Array(PIXELS)
  for (const [y, [above, below, v]] of rows.entries())
    for (const [x, [left, right, u]] of columns.entries()) {
      const upper = values[above * w + left] * (1 - u) + values[above * w + right] * u
      const lower = values[below * w + left] * (1 - u) + values[below * w + right] * u
      out[y * SIDE + x] = upper * (1 - v) + lower * v
    }
  return out
}
