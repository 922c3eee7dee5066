/**
 * @file The matrices of Winograd's F(4×4, 3×3), by Toom and Cook for polynomials through 0, ±¾,
 * ±3⁄2 and ∞, in this order.
 *
 * The usual points ±1, ±2 need no multiplications by fractions, but lose more digits: with these
 * the error is 3 to 6 times that of the direct sum in f32 (3e-6 of the largest value at 320
 * channels, 6e-6 at 1280), with those 15 times.
 *
 * Points ±p are neighbours: their rows, or columns, differ in the signs of odd powers alone.
 */

/** A matrix by rows. */
export type Matrix = readonly (readonly number[])[]

/** Points by their place, as pairs ±p. */
export const MIRRORED = [
  [1, 2],
  [3, 4],
] as const

/** Bᵀ [points, input pixels]. */
export const INPUT: Matrix = [
  [81 / 64, 0, -45 / 16, 0, 1, 0],
  [0, -27 / 16, -9 / 4, 3 / 4, 1, 0],
  [0, 27 / 16, -9 / 4, -3 / 4, 1, 0],
  [0, -27 / 32, -9 / 16, 3 / 2, 1, 0],
  [0, 27 / 32, -9 / 16, -3 / 2, 1, 0],
  [0, 81 / 64, 0, -45 / 16, 0, 1],
]

/** G [points, taps of the filter]. */
export const FILTER: Matrix = [
  [64 / 81, 0, 0],
  [-128 / 243, -32 / 81, -8 / 27],
  [-128 / 243, 32 / 81, -8 / 27],
  [32 / 243, 16 / 81, 8 / 27],
  [32 / 243, -16 / 81, 8 / 27],
  [0, 0, 1],
]

/** Aᵀ [output pixels, points]: powers of the points. */
export const OUTPUT: Matrix = [
  [1, 1, 1, 1, 1, 0],
  [0, 3 / 4, -3 / 4, 3 / 2, -3 / 2, 0],
  [0, 9 / 16, 9 / 16, 9 / 4, 9 / 4, 0],
  [0, 27 / 64, -27 / 64, 27 / 8, -27 / 8, 1],
]
