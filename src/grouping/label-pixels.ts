/**
 * @file From proposals to labels: every proposal upsampled bilinearly to the picture's own size,
 * the largest wins each pixel. Band by band, so that no tensor grows with the picture.
 */
import { argmaxMaps, type Grid, type Tensor } from '../tensor/index.ts'

/** Pixels of a band. */
const BAND = 4 * 2 ** 20

/** proposals [m, h·w] → the winning proposal's index at every pixel, row-major. */
export async function labelPixels(proposals: Tensor, grid: Grid, size: { width: number; height: number }): Promise<Int32Array> {
  const { width, height } = size
  const labels = new Int32Array(width * height)
  const rows = Math.max(1, Math.floor(BAND / width))
  for (let first = 0; first < height; first += rows) {
    const band = argmaxMaps(proposals, grid, size, first, Math.min(rows, height - first))
    labels.set(await band.ints(), first * width)
    band.dispose()
  }
  return labels
}
