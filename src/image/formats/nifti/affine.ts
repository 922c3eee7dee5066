/**
 * @file Where a NIfTI file's voxels lie in the patient: by its sform, else by its qform, else by
 * the sizes of voxels alone. The same choices, and the same corrections of broken headers, as
 * nibabel makes (`Nifti1Header.get_best_affine`).
 */
import type { AdzusError } from '../../../errors.ts'
import type { Affine } from '../../volume.ts'

type Triple = readonly [i: number, j: number, k: number]

/** What a header says of space. */
export interface SpaceFields {
  size: Triple
  /** Millimetres of the unit of length. */
  unit: number
  /** qfac, and the sizes of voxels along i, j and k. */
  pixdim: readonly number[]
  /** What kinds of space qform and sform lead to; 0: not told. */
  qform: number
  sform: number
  /** b, c and d of the quaternion, and the offsets along x, y and z. */
  quatern: readonly number[]
  /** The first three rows of sform's matrix. */
  rows: readonly number[]
}

/** Squares of quaternions' real part nearer to 0 than this are rounding of 32-bit floats. */
const ROUNDING = 3 * 2 ** -23

/**
 * @param notes gets what is to be said
 * @returns the affine in millimetres, nothing where it is flat; and the distances of voxels
 * @throws AdzusError for numbers that are not finite
 */
export function affineOf(fields: SpaceFields, notes: string[], broken: (got: string) => AdzusError): { affine?: Affine; spacing: Triple } {
  const { unit, sform, qform } = fields
  const zooms = fields.pixdim.slice(1).map((size) => Math.abs(size) || 1)
  const rows = sform !== 0 ? fields.rows : qform !== 0 ? byQuaternion(fields, zooms) : byZooms(fields.size, zooms)
  if (!rows.every(Number.isFinite)) throw broken('an affine (sform, qform, pixdim) with numbers that are not finite')
  if (sform === 0 && qform === 0) notes.push('it does not tell its orientation: rows are taken to run to the left, columns to the front')
  const scaled = rows.map((value) => value * unit)
  const columns = [0, 1, 2].map((axis) => [scaled[axis], scaled[4 + axis], scaled[8 + axis]])
  const [x, y, z] = columns.map((column) => Math.hypot(...column))
  const affine = [...scaled, 0, 0, 0, 1]
  const volume = columns[0].reduce((sum, value, at) => {
    const [m, n] = [(at + 1) % 3, (at + 2) % 3]
    return sum + value * (columns[1][m] * columns[2][n] - columns[1][n] * columns[2][m])
  }, 0)
  if (Math.abs(volume) > 1e-9 * x * y * z) return { affine, spacing: [x, y, z] }
  notes.push('its affine is flat and is left out')
  const [i, j, k] = zooms.map((zoom) => (Number.isFinite(zoom) ? zoom * unit : 1))
  return { spacing: [i, j, k] }
}

/** Method 2 of nifti1.h: a rotation as a quaternion, sizes of voxels, offsets. */
function byQuaternion({ pixdim, quatern }: SpaceFields, zooms: readonly number[]): number[] {
  const [b, c, d, x, y, z] = quatern
  const rest = 1 - (b * b + c * c + d * d)
  const a = rest < ROUNDING ? 0 : Math.sqrt(rest)
  const s = 2 / (a * a + b * b + c * c + d * d)
  const third = pixdim[0] === -1 ? -zooms[2] : zooms[2]
  const row = (rotation: readonly number[], offset: number) => [rotation[0] * zooms[0], rotation[1] * zooms[1], rotation[2] * third, offset]
  return [
    ...row([1 - s * (c * c + d * d), s * (b * c - a * d), s * (b * d + a * c)], x),
    ...row([s * (b * c + a * d), 1 - s * (b * b + d * d), s * (c * d - a * b)], y),
    ...row([s * (b * d - a * c), s * (c * d + a * b), 1 - s * (b * b + c * c)], z),
  ]
}

/** Method 1 of nifti1.h, as Analyze has it: i runs to the left, the middle voxel is the origin. */
function byZooms(size: Triple, zooms: readonly number[]): number[] {
  const [x, y, z] = [-zooms[0], zooms[1], zooms[2]]
  const [i, j, k] = size.map((count) => -(count - 1) / 2)
  return [x, 0, 0, i * x, 0, y, 0, j * y, 0, 0, z, k * z]
}
