/**
 * @file A volume cut into slices: which stored axis is cut across, how a slice is seen, and where
 * its pixels lie among the voxels, which are stored with i fastest.
 */
import type { Decoded } from '../../image/format.ts'
import { inverseOf, type Orientation, turnSamples } from '../../image/orientation.ts'
import { PLANES, type Plane, planeAxis, viewAcross } from '../../image/planes.ts'
import type { Axis, Volume } from '../../image/volume.ts'

/** The stored axes, by their letters. */
export const STORED_AXES = ['i', 'j', 'k'] as const
/** What a volume is cut across: a plane of anatomy, or an axis as it is stored. */
export type Cut = Plane | (typeof STORED_AXES)[number]
/** Every cut there is, for messages and for the command line. */
export const CUTS: readonly Cut[] = [...PLANES, ...STORED_AXES]

/** Numbers of voxels: labels or a mask. */
export type Voxels = Uint8Array | Uint16Array

/** The slices of a volume across one of its axes. */
export interface Slicing {
  axis: Axis
  /** Slices. */
  count: number
  /** Pixels of a slice as it is stored, and how far apart they are. */
  width: number
  height: number
  spacing: readonly [x: number, y: number]
  /** How far apart slices are. */
  step: number
  /** How the stored slice is turned to be seen. */
  orientation: Orientation
}

export function slicingOf({ size, spacing, affine }: Pick<Volume, 'size' | 'spacing' | 'affine'>, cut: Cut): Slicing {
  const stored = (STORED_AXES as readonly string[]).indexOf(cut)
  const axis = stored >= 0 ? (stored as Axis) : planeAxis(affine, cut as Plane)
  const [along, down] = ([0, 1, 2] as const).filter((other) => other !== axis)
  return {
    axis,
    count: size[axis],
    width: size[along],
    height: size[down],
    spacing: [spacing[along], spacing[down]],
    step: spacing[axis],
    orientation: viewAcross(affine, axis).orientation,
  }
}

/** A slice as it is seen. */
export function seenSlice(slice: Decoded, { orientation }: Pick<Slicing, 'orientation'>): Decoded {
  if (orientation === 1) return slice
  const { spacing } = slice
  const turned = spacing && orientation >= 5 ? { ...spacing, x: spacing.y, y: spacing.x } : spacing
  return { ...slice, ...turnSamples(slice, orientation), spacing: turned }
}

/** Labels or a mask of a slice as it is seen, as it is stored. */
export function storedSlice<Data extends Voxels>(data: Data, { width, height, orientation }: Slicing): Data {
  if (orientation === 1) return data
  const [across, down] = orientation >= 5 ? [height, width] : [width, height]
  return turnSamples({ width: across, height: down, channels: 1, data }, inverseOf(orientation)).data
}

/** Where a slice's first voxel lies, and how far it is to the next in a row and in a column. */
function walkOf(size: Volume['size'], { axis }: Slicing, index: number): readonly [first: number, right: number, below: number] {
  const strides = [1, size[0], size[0] * size[1]]
  const [along, down] = [0, 1, 2].filter((other) => other !== axis)
  return [index * strides[axis], strides[along], strides[down]]
}

/** Writes a slice, as it is stored, among the voxels of a volume. */
export function putSlice(voxels: Voxels, size: Volume['size'], slicing: Slicing, index: number, data: ArrayLike<number>): void {
  const { width, height } = slicing
  const [first, right, below] = walkOf(size, slicing, index)
  for (let y = 0, from = 0; y < height; y++) for (let x = 0, to = first + y * below; x < width; x++, to += right) voxels[to] = data[from++]
}

/** A copy of a slice of a volume, as it is stored. */
export function takeSlice<Data extends Voxels>(voxels: Data, size: Volume['size'], slicing: Slicing, index: number): Data {
  const { width, height } = slicing
  const [first, right, below] = walkOf(size, slicing, index)
  const out = new (voxels.constructor as new (length: number) => Data)(width * height)
  for (let y = 0, to = 0; y < height; y++) for (let x = 0, from = first + y * below; x < width; x++, from += right) out[to++] = voxels[from]
  return out
}
