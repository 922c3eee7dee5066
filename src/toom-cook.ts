/**
 * @file The coefficients of Winograd's F(4×4, 3×3) as Toom and Cook derive them from points: here
 * 0, ±NEAR, ±FAR and ∞. WGSL and WebAssembly share the table. The usual points ±1, ±2 need no
 * multiplications by fractions, but lose more digits: with ¾ and 3⁄2 the error is 3 to 6 times that
 * of the direct sum in f32 (3e-6 of the largest value at 320 channels, 6e-6 at 1280), with those 15
 * times.
 *
 * With a = NEAR and b = FAR, the matrices of Y = Aᵀ·[(G·g) ⊙ (Bᵀ·d)] are
 *
 *        ⎡ a²b²  0   −a²−b²  0     1  0 ⎤       ⎡ 1/(a²b²)  0     0    ⎤
 *        ⎢ 0    −ab² −b²     a     1  0 ⎥       ⎢ n         n·a   n·a² ⎥
 *   Bᵀ = ⎢ 0     ab² −b²    −a     1  0 ⎥   G = ⎢ n        −n·a   n·a² ⎥
 *        ⎢ 0    −a²b −a²     b     1  0 ⎥       ⎢ f         f·b   f·b² ⎥
 *        ⎢ 0     a²b −a²    −b     1  0 ⎥       ⎢ f        −f·b   f·b² ⎥
 *        ⎣ 0     a²b² 0     −a²−b² 0  1 ⎦       ⎣ 0         0     1    ⎦
 *
 *        ⎡ 1  1  1   1   1  0 ⎤
 *   Aᵀ = ⎢ 0  a −a   b  −b  0 ⎥
 *        ⎢ 0  a² a²  b²  b² 0 ⎥
 *        ⎣ 0  a³ −a³ b³ −b³ 1 ⎦
 *
 * where n = 1/(2a²(a²−b²)) and f = 1/(2b²(b²−a²)). Rows of ±a and ±b differ only in the sign of
 * what belongs to odd powers: kernels compute the even and the odd part once, and add and subtract.
 */

/** The points between 0 and ∞, with both signs. */
export const NEAR = 3 / 4
export const FAR = 3 / 2

/** Pixels of a tile's side, and of the side of what it reads. */
export const TILE = 4
const SIDE = TILE + 2
/** Products of a tile. */
export const POINTS = SIDE * SIDE

/** A matrix by rows. */
export type Matrix = readonly (readonly number[])[]

const [a, b] = [NEAR, FAR]
const [a2, b2] = [a * a, b * b]
const near = 1 / (2 * a2 * (a2 - b2))
const far = 1 / (2 * b2 * (b2 - a2))

/**
 * Places of points as pairs ±p: their rows, or columns, differ in the signs of odd powers alone.
 */
export const MIRRORED = [
  [1, 2],
  [3, 4],
] as const

/** Bᵀ [points, input pixels]. */
export const INPUT: Matrix = [
  [a2 * b2, 0, -a2 - b2, 0, 1, 0],
  [0, -a * b2, -b2, a, 1, 0],
  [0, a * b2, -b2, -a, 1, 0],
  [0, -a2 * b, -a2, b, 1, 0],
  [0, a2 * b, -a2, -b, 1, 0],
  [0, a2 * b2, 0, -a2 - b2, 0, 1],
]

/** G [points, taps of the filter]. */
export const FILTER: Matrix = [
  [1 / (a2 * b2), 0, 0],
  [near, near * a, near * a2],
  [near, -near * a, near * a2],
  [far, far * b, far * b2],
  [far, -far * b, far * b2],
  [0, 0, 1],
]

/** Aᵀ [output pixels, points]. */
export const OUTPUT: Matrix = [
  [1, 1, 1, 1, 1, 0],
  [0, a, -a, b, -b, 0],
  [0, a2, a2, b2, b2, 0],
  [0, a2 * a, -a2 * a, b2 * b, -b2 * b, 1],
]
