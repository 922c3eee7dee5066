/**
 * @file Means over square windows, by running sums along rows and then columns: the same time
 * whatever the window. At the border a window holds only what lies in the picture.
 */

/**
 * The mean of each pixel's window of (2 · radius + 1)² pixels.
 * @param values one number a pixel, row-major
 * @example
 * const soft = boxMean(mask, width, height, 4)
 */
export function boxMean(values: ArrayLike<number>, width: number, height: number, radius: number): Float32Array {
  const sums = new Float64Array(width * height)
  for (let y = 0; y < height; y++) {
    const row = y * width
    let sum = 0
    for (let x = 0; x < Math.min(radius, width); x++) sum += values[row + x]
    for (let x = 0; x < width; x++) {
      if (x + radius < width) sum += values[row + x + radius]
      if (x - radius > 0) sum -= values[row + x - radius - 1]
      sums[row + x] = sum
    }
  }
  const means = new Float32Array(width * height)
  const column = new Float64Array(width)
  const across = Float64Array.from({ length: width }, (_, x) => within(x, width, radius))
  for (let y = 0; y < Math.min(radius, height); y++) add(column, sums, y * width, 1)
  for (let y = 0; y < height; y++) {
    if (y + radius < height) add(column, sums, (y + radius) * width, 1)
    if (y - radius > 0) add(column, sums, (y - radius - 1) * width, -1)
    const rows = within(y, height, radius)
    for (let x = 0; x < width; x++) means[y * width + x] = column[x] / (rows * across[x])
  }
  return means
}

/** How many of the places from `at − radius` to `at + radius` exist. */
const within = (at: number, size: number, radius: number) => Math.min(size - 1, at + radius) - Math.max(0, at - radius) + 1

function add(to: Float64Array, from: Float64Array, start: number, sign: number): void {
  for (let x = 0; x < to.length; x++) to[x] += sign * from[start + x]
}
