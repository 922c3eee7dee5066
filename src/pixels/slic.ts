/**
 * @file Superpixels by SLIC (Achanta, Shaji, Smith, Lucchi, Fua & Süsstrunk, SLIC Superpixels
 * Compared to State-of-the-Art Superpixel Methods, PAMI 2012): k-means on Lab colour and place,
 * each centre looking only at its surroundings; then small pieces go to a neighbour, so that
 * superpixels are connected.
 */
import { must } from '../arguments.ts'
import { rgbToLab } from './lab.ts'
import type { Picture } from './picture.ts'

export interface SlicOptions {
  /** About how many superpixels. */
  segments?: number
  /** How much place counts against colour (the paper's m): 1 … 40. */
  compactness?: number
  rounds?: number
}

export interface Superpixels {
  /** One number a pixel, 0 … count − 1. */
  labels: Int32Array
  count: number
}

/** Numbers of a centre: L, a, b, x, y. */
const SIZE = 5

/**
 * @throws AdzusError unless the picture has three samples a pixel
 * @example
 * const { labels, count } = slic(picture, { segments: 200 })
 */
export function slic(picture: Picture, { segments = 200, compactness = 10, rounds = 10 }: SlicOptions = {}): Superpixels {
  const { width, height, data } = picture
  must('picture', data.length === 3 * width * height, `${width} × ${height} × 3 samples`, data.length)
  const lab = rgbToLab(data)
  const step = Math.max(1, Math.sqrt((width * height) / segments))
  const centres = firstCentres(lab, width, height, step)
  const labels = new Int32Array(width * height).fill(-1)
  for (let round = 0; round < rounds; round++) {
    assign(lab, width, height, centres, step, (compactness / step) ** 2, labels)
    moveCentres(lab, width, labels, centres)
  }
  return connected(labels, width, height, (step * step) / 4)
}

/** A regular grid, each centre moved to the least gradient around it. */
function firstCentres(lab: Float32Array, width: number, height: number, step: number): Float64Array {
  const [columns, rows] = [Math.max(1, Math.round(width / step)), Math.max(1, Math.round(height / step))]
  const centres = new Float64Array(columns * rows * SIZE)
  const place = (i: number, many: number, size: number) => Math.min(size - 1, Math.floor(((i + 0.5) * size) / many))
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const [x, y] = flattest(lab, width, height, place(column, columns, width), place(row, rows, height))
      const at = (y * width + x) * 3
      centres.set([lab[at], lab[at + 1], lab[at + 2], x, y], (row * columns + column) * SIZE)
    }
  return centres
}

function flattest(lab: Float32Array, width: number, height: number, x: number, y: number): [number, number] {
  let best: [number, number] = [x, y]
  let least = Number.POSITIVE_INFINITY
  for (let v = Math.max(1, y - 1); v <= Math.min(height - 2, y + 1); v++)
    for (let u = Math.max(1, x - 1); u <= Math.min(width - 2, x + 1); u++) {
      const at = (v * width + u) * 3
      let gradient = 0
      for (let c = 0; c < 3; c++)
        gradient += (lab[at + 3 + c] - lab[at - 3 + c]) ** 2 + (lab[at + 3 * width + c] - lab[at - 3 * width + c]) ** 2
      if (gradient >= least) continue
      least = gradient
      best = [u, v]
    }
  return best
}

/** Every pixel to the nearest of the centres that it is in the surroundings of. */
function assign(
  lab: Float32Array,
  width: number,
  height: number,
  centres: Float64Array,
  step: number,
  weight: number,
  labels: Int32Array,
): void {
  const nearest = new Float32Array(labels.length).fill(Number.POSITIVE_INFINITY)
  for (let k = 0; k * SIZE < centres.length; k++) {
    const [l, a, b, x, y] = centres.subarray(k * SIZE, k * SIZE + SIZE)
    const [left, right] = [Math.max(0, Math.ceil(x - step)), Math.min(width - 1, Math.floor(x + step))]
    const [top, bottom] = [Math.max(0, Math.ceil(y - step)), Math.min(height - 1, Math.floor(y + step))]
    for (let v = top; v <= bottom; v++)
      for (let u = left; u <= right; u++) {
        const i = v * width + u
        const [dl, da, db] = [lab[i * 3] - l, lab[i * 3 + 1] - a, lab[i * 3 + 2] - b]
        const square = dl * dl + da * da + db * db + weight * ((u - x) ** 2 + (v - y) ** 2)
        if (square >= nearest[i]) continue
        nearest[i] = square
        labels[i] = k
      }
  }
}

function moveCentres(lab: Float32Array, width: number, labels: Int32Array, centres: Float64Array): void {
  const sums = new Float64Array(centres.length)
  const sizes = new Float64Array(centres.length / SIZE)
  for (let i = 0; i < labels.length; i++) {
    const k = labels[i]
    if (k < 0) continue
    sizes[k]++
    for (let c = 0; c < 3; c++) sums[k * SIZE + c] += lab[i * 3 + c]
    sums[k * SIZE + 3] += i % width
    sums[k * SIZE + 4] += Math.floor(i / width)
  }
  for (let i = 0; i < sums.length; i++) {
    const size = sizes[Math.floor(i / SIZE)]
    if (size > 0) centres[i] = sums[i] / size
  }
}

/**
 * Numbers connected pieces anew; those smaller than `least` go to the one found before beside them.
 */
function connected(labels: Int32Array, width: number, height: number, least: number): Superpixels {
  const out = new Int32Array(labels.length).fill(-1)
  const piece = new Int32Array(labels.length)
  let count = 0
  for (let start = 0; start < out.length; start++) {
    if (out[start] >= 0) continue
    let beside = -1
    let size = 1
    piece[0] = start
    out[start] = count
    const visit = (j: number) => {
      if (out[j] < 0 && labels[j] === labels[start]) {
        out[j] = count
        piece[size++] = j
      } else if (out[j] >= 0 && out[j] !== count) beside = out[j]
    }
    for (let head = 0; head < size; head++) {
      const i = piece[head]
      const x = i % width
      if (x > 0) visit(i - 1)
      if (x + 1 < width) visit(i + 1)
      if (i >= width) visit(i - width)
      if (i + width < width * height) visit(i + width)
    }
    if (size >= least || beside < 0) count++
    else for (let k = 0; k < size; k++) out[piece[k]] = beside
  }
  return { labels: out, count }
}
