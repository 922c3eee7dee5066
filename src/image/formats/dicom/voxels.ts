/**
 * @file A volume of slices that are decoded one at a time; all at once where it is cut across them.
 */
import { AdzusError } from '../../../errors.ts'
import type { Decoded } from '../../format.ts'
import type { Samples } from '../../raster.ts'
import type { Affine, Axis, Volume, VolumeOrigin } from '../../volume.ts'

/** More bytes of voxels than this are not held for cuts across the slices. */
const MAX_BYTES = 2 ** 31
/** Types from narrow to wide; both of 16 bits together become floats. */
const WIDTHS = [Uint8Array, Uint16Array, Int16Array, Float32Array] as const

export interface SliceStack {
  width: number
  height: number
  where: string
  spacing: readonly [number, number, number]
  affine?: Affine
  type: string
  notes: readonly string[]
  origin: VolumeOrigin
  /** Each decodes a slice. */
  slices: readonly (() => Promise<Decoded>)[]
}

/** The volume of slices along k. */
export function volumeOf({ width, height, where, slices, ...told }: SliceStack): Volume {
  const size = [width, height, slices.length] as const
  let whole: Promise<Samples> | undefined
  const fail = (cause: unknown) => {
    whole = undefined
    throw cause
  }
  return {
    ...told,
    size,
    async slice(axis: Axis, index: number): Promise<Decoded> {
      if (!Number.isInteger(index) || index < 0 || !(index < size[axis]))
        throw new AdzusError({ what: 'volume: slice', where, expected: `a whole number from 0 to ${size[axis] - 1}`, got: `${index}` })
      if (axis === 2) return slices[index]()
      whole ??= decodedAll(slices, width * height, where)
      return across(await whole.catch(fail), size, axis, index, told.spacing)
    },
  }
}

/** A slice across the rows (axis 0) or the columns (axis 1) of those that are stored. */
function across(
  voxels: Samples,
  [i, j, k]: readonly [number, number, number],
  axis: 0 | 1,
  index: number,
  spacing: SliceStack['spacing'],
): Decoded {
  const width = axis === 0 ? j : i
  const data = new (voxels.constructor as new (length: number) => Samples)(width * k)
  for (let row = 0; row < k; row++)
    for (let column = 0; column < width; column++)
      data[row * width + column] = voxels[axis === 0 ? (row * j + column) * i + index : (row * j + index) * i + column]
  const size = { x: spacing[axis === 0 ? 1 : 0], y: spacing[2], unit: 'mm' as const }
  return { width, height: k, channels: 1, data, spacing: size, notes: [] }
}

async function decodedAll(slices: SliceStack['slices'], count: number, where: string): Promise<Samples> {
  let voxels: Samples = new Uint8Array(0)
  for (let k = 0; k < slices.length; k++) {
    const { data, channels } = await slices[k]()
    if (channels !== 1) throw new AdzusError({ what: 'volume: slice', where, expected: 'grey slices', got: `${channels} channels` })
    const bytes = count * slices.length * data.BYTES_PER_ELEMENT
    if (bytes > MAX_BYTES)
      throw new AdzusError({
        what: 'volume: slice',
        where,
        expected: `at most ${MAX_BYTES / 2 ** 30} GiB of voxels for slices across those that are stored`,
        got: `${Math.ceil(bytes / 2 ** 30)} GiB`,
        hint: 'Take slices along the axis that the file has.',
      })
    voxels = k === 0 ? new (data.constructor as new (length: number) => Samples)(count * slices.length) : widened(voxels, data)
    voxels.set(data, k * count)
  }
  return voxels
}

/** Voxels of a type that holds those of others as well. */
function widened(voxels: Samples, other: Samples): Samples {
  const [own, its] = [voxels, other].map((data) => WIDTHS.findIndex((type) => data instanceof type))
  if (its <= own && !(own === 2 && its === 1)) return voxels
  const wide = own === 0 ? its : 3
  return WIDTHS[wide].from(voxels)
}
