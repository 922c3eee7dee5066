/** @file Gaussian blur of one number a pixel, along rows and then along columns. */

/**
 * @param values one number a pixel, row-major; what is beyond the picture is as its edge
 * @param sigma above 0, in pixels; the kernel ends at 3 σ
 * @example
 * const smooth = gaussianBlur(lightness, width, height, 1.5)
 */
export function gaussianBlur(values: ArrayLike<number>, width: number, height: number, sigma: number): Float32Array {
  const radius = Math.ceil(3 * sigma)
  const kernel = Float64Array.from({ length: 2 * radius + 1 }, (_, i) => Math.exp(-((i - radius) ** 2) / (2 * sigma * sigma)))
  const sum = kernel.reduce((a, b) => a + b)
  const rows = new Float32Array(values.length)
  const out = new Float32Array(values.length)
  along(values, rows, width, height, 1, width)
  along(rows, out, height, width, width, 1)
  return out

  /** Lines of `length` values, `step` apart; the lines are `stride` apart. */
  function along(from: ArrayLike<number>, to: Float32Array, length: number, lines: number, step: number, stride: number): void {
    for (let line = 0; line < lines; line++)
      for (let i = 0; i < length; i++) {
        let value = 0
        for (let k = -radius; k <= radius; k++) {
          const at = Math.min(length - 1, Math.max(0, i + k))
          value += kernel[k + radius] * from[line * stride + at * step]
        }
        to[line * stride + i * step] = value / sum
      }
  }
}
