/**
 * @file Gaussian blur by two passes, along rows and along columns. At the border the picture is
 * mirrored about its outermost pixels (OpenCV's BORDER_REFLECT_101).
 */

/**
 * @param values one number a pixel, row-major
 * @param sigma standard deviation in pixels, above 0
 * @param reach so many pixels on either side are seen; default 4 · sigma, as OpenCV does with
 * floats
 * @example
 * const smooth = blur(lightness, 128, 128, 1.5)
 */
export function blur(values: ArrayLike<number>, width: number, height: number, sigma: number, reach = Math.round(4 * sigma)): Float32Array {
  const kernel = Float64Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-((i - reach) ** 2) / (2 * sigma * sigma)))
  const total = kernel.reduce((a, b) => a + b)
  const weights = kernel.map((weight) => weight / total)
  const rows = new Float32Array(width * height)
  const columns = mirrored(width, reach)
  const padded = new Float64Array(columns.length)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < padded.length; x++) padded[x] = values[y * width + columns[x]]
    for (let x = 0; x < width; x++) {
      let sum = 0
      for (let k = 0; k < weights.length; k++) sum += weights[k] * padded[x + k]
      rows[y * width + x] = sum
    }
  }
  const lines = mirrored(height, reach)
  const out = new Float32Array(width * height)
  const line = new Float64Array(width)
  for (let y = 0; y < height; y++) {
    line.fill(0)
    for (let k = 0; k < weights.length; k++) {
      const from = lines[y + k] * width
      for (let x = 0; x < width; x++) line[x] += weights[k] * rows[from + x]
    }
    out.set(line, y * width)
  }
  return out
}

/** Where the places from −reach to size − 1 + reach are found. */
function mirrored(size: number, reach: number): Int32Array {
  const period = Math.max(1, 2 * size - 2)
  return Int32Array.from({ length: size + 2 * reach }, (_, i) => {
    const at = (((i - reach) % period) + period) % period
    return at < size ? at : period - at
  })
}
