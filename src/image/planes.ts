/**
 * @file The planes of anatomy in a volume: which stored axis each is cut across, and how a slice as
 * it is stored is turned to be seen as radiologists see it. Volumes may be stored along any axes,
 * oblique ones too; the nearest axes of the patient count.
 */
import type { Orientation } from './orientation.ts'
import type { Affine, Axis } from './volume.ts'

export const PLANES = ['axial', 'coronal', 'sagittal'] as const
export type Plane = (typeof PLANES)[number]

type Vector = readonly [number, number, number]
/** Three rows. */
type Matrix = readonly [Vector, Vector, Vector]

/** Towards which ends the patient's axes x, y and z grow, and where they come from. */
const ENDS = ['R', 'A', 'S']
const STARTS = ['L', 'P', 'I']

/** The patient's axis that each plane is cut across: from below, from the front, from the side. */
const ACROSS: Record<Plane, Axis> = { sagittal: 0, coronal: 1, axial: 2 }

/** What lies at the viewer's right and at the bottom. */
const SEEN: Record<Plane, readonly [right: string, bottom: string]> = {
  axial: ['L', 'P'],
  coronal: ['L', 'I'],
  sagittal: ['P', 'I'],
}

/**
 * The patient's axes that the stored axes i, j and k are nearest to, one letter each: the end that
 * the axis runs towards (R or L, A or P, S or I), as `nibabel.aff2axcodes` has them.
 *
 * The nearest rotation is the orthogonal factor of the polar decomposition of the affine's columns
 * of length 1; the axes are assigned from the clearest to the least clear.
 * @param affine finite numbers; without one, the axes count as R, A and S
 * @example
 * axisCodes([-1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]) // 'LPS'
 */
export function axisCodes(affine?: Affine): string {
  if (!affine) return ENDS.join('')
  const rotation = nearestRotation(unitColumns(affine))
  const clarity = ([0, 1, 2] as Axis[]).map((axis) => Math.max(...rotation.map((row) => row[axis] ** 2)))
  const order = ([0, 1, 2] as Axis[]).sort((a, b) => clarity[b] - clarity[a] || a - b)
  const free = new Set([0, 1, 2])
  const letters: string[] = []
  for (const axis of order) {
    let best = Math.min(...free)
    for (const row of free) if (Math.abs(rotation[row][axis]) > Math.abs(rotation[best][axis])) best = row
    free.delete(best)
    letters[axis] = (rotation[best][axis] < 0 ? STARTS : ENDS)[best]
  }
  return letters.join('')
}

/**
 * The stored axis that a plane's slices are cut across.
 * @example
 * planeAxis(volume.affine, 'axial') // 2 where slices were stored from the feet to the head
 */
export function planeAxis(affine: Affine | undefined, plane: Plane): Axis {
  return axesOf(axisCodes(affine)).indexOf(ACROSS[plane]) as Axis
}

/** How slices across a stored axis are seen. */
export interface PlaneView {
  plane: Plane
  /**
   * How the stored slice is turned and mirrored, by EXIF's numbers, for `turnSamples`;
   * `inverseOf` gives the way back, for labels.
   */
  orientation: Orientation
}

/**
 * How slices across a stored axis are seen the usual radiological way: the front (in sagittal and
 * coronal planes the head) on top, the patient's right at the viewer's left, in sagittal planes the
 * front at the left. A volume without an affine is seen as it is stored.
 * @example
 * const axis = planeAxis(volume.affine, 'axial')
 * const { orientation } = viewAcross(volume.affine, axis)
 * const seen = turnSamples(await volume.slice(axis, 0), orientation)
 */
export function viewAcross(affine: Affine | undefined, axis: Axis): PlaneView {
  const codes = axisCodes(affine)
  const across = axesOf(codes)
  const plane = PLANES.find((name) => ACROSS[name] === across[axis])!
  if (!affine) return { plane, orientation: 1 }
  const [along, down] = [0, 1, 2].filter((other) => other !== axis)
  const [right, bottom] = SEEN[plane]
  const exchanged = axesOf(right)[0] !== across[along]
  const [rightward, downward] = exchanged ? [down, along] : [along, down]
  const mirrored = codes[rightward] !== right
  const flipped = codes[downward] !== bottom
  const numbers: readonly Orientation[] = exchanged ? [5, 6, 8, 7] : [1, 2, 4, 3]
  return { plane, orientation: numbers[Number(mirrored) + 2 * Number(flipped)] }
}

/** The patient's axis of each letter. */
const axesOf = (codes: string) => Array.from(codes, (letter) => Math.max(ENDS.indexOf(letter), STARTS.indexOf(letter)))

/** The affine's first three columns at length 1, as rows of the matrix; empty ones stay. */
function unitColumns(affine: Affine): Matrix {
  const lengths = [0, 1, 2].map((axis) => Math.hypot(affine[axis], affine[4 + axis], affine[8 + axis]) || 1)
  const row = (at: number): Vector => [affine[at] / lengths[0], affine[at + 1] / lengths[1], affine[at + 2] / lengths[2]]
  return [row(0), row(4), row(8)]
}

/**
 * The orthogonal factor of the polar decomposition by Newton's iteration, X ← (X + X⁻ᵀ) / 2
 * (Higham 1986, Computing the polar decomposition, section 3). Flat ones have none: they stay.
 */
function nearestRotation(start: Matrix): Matrix {
  let x = start
  for (let step = 0; step < 100; step++) {
    const cofactors = cofactorsOf(x)
    const determinant = dot(x[0], cofactors[0])
    if (!(Math.abs(determinant) > 1e-12)) return start
    const next = x.map((row, r) => row.map((value, c) => (value + cofactors[r][c] / determinant) / 2)) as unknown as Matrix
    const moved = Math.max(...next.flatMap((row, r) => row.map((value, c) => Math.abs(value - x[r][c]))))
    x = next
    if (moved < 1e-14) break
  }
  return x
}

/** Cofactors; divided by the determinant they are the transposed inverse. */
function cofactorsOf([a, b, c]: Matrix): Matrix {
  return [cross(b, c), cross(c, a), cross(a, b)]
}

const cross = (a: Vector, b: Vector): Vector => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
const dot = (a: Vector, b: Vector) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
