/**
 * @file The coefficients of Winograd's F(4×4, 3×3) as Toom and Cook derive them from points: here
 * 0, ±NEAR, ±FAR and ∞. With ¾ and 3⁄2 fewer digits are lost than with the usual 1 and 2.
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
export const SIDE = TILE + 2
/** Products of a tile. */
export const POINTS = SIDE * SIDE

const [near2, far2] = [NEAR ** 2, FAR ** 2]

/** Entries of Bᵀ, for input pixels. */
export const DATA = { near2, far2, product: near2 * far2, sum: near2 + far2 } as const

/** Entries of G, for filters: of the point 0, of ±NEAR and of ±FAR, before powers of the point. */
export const FILTER = { zero: 1 / (near2 * far2), near: 1 / (2 * near2 * (near2 - far2)), far: 1 / (2 * far2 * (far2 - near2)) } as const

/** Entries of Aᵀ, for results: powers 1 to 3 of the points. */
export const RESULT = { near: [NEAR, near2, NEAR ** 3], far: [FAR, far2, FAR ** 3] } as const
