/** @file The size of a pixel in the world, as files tell it by the density of their pixels. */

/** The size of a pixel in the world. */
export interface Spacing {
  /** From a pixel's centre to the next one's, along a row and along a column. */
  x: number
  y: number
  unit: 'mm'
}

/**
 * The spacing of pixels of which so many lie on a length.
 * @param length in millimetres
 * @returns nothing where the numbers are no densities
 */
export function spacingOf(across: number, down: number, length: number): Spacing | undefined {
  const [x, y] = [length / across, length / down]
  return [x, y].every((size) => size > 0 && Number.isFinite(size)) ? { x, y, unit: 'mm' } : undefined
}
