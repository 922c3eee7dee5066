/** @file The voxels of a NIfTI file as a volume, of which slices are read as they are asked for. */
import { check } from '../../../errors.ts'
import type { Decoded } from '../../format.ts'
import { checkSize } from '../../raster.ts'
import type { Axis, Volume } from '../../volume.ts'
import { brokenNifti, type NiftiHeader } from './header.ts'
import { valuesOf } from './types.ts'

/** Reads bytes of the file as it is without compression; the bytes stay as they are. */
export type Reading = (offset: number, length: number) => Promise<Uint8Array>

/**
 * @param prefix the file's bytes before its voxels
 */
export function volumeOf(header: NiftiHeader, prefix: Uint8Array, read: Reading, where: string): Volume {
  const { size, spacing, affine, type, notes, big, scaling, window } = header
  const bytes = type.channels * type.bytes
  return {
    size,
    spacing,
    affine,
    type: type.name,
    notes,
    origin: { format: 'nifti', header: prefix },
    async slice(axis: Axis, index: number): Promise<Decoded> {
      const [along, down] = ([0, 1, 2] as const).filter((other) => other !== axis)
      const [width, height] = [size[along], size[down]]
      check(Number.isInteger(index) && index >= 0 && index < size[axis], () => ({
        what: 'volume: slice',
        where,
        expected: `a whole number from 0 to ${size[axis] - 1}`,
        got: `${index}`,
      }))
      const stored = await sliceBytes(read, { size, bytes, offset: header.offset }, axis, index)
      if (stored.length < width * height * bytes) throw brokenNifti(where, 'one that ends within its voxels')
      const data = valuesOf(stored, type, big, scaling)
      return {
        width,
        height,
        channels: type.channels,
        data,
        spacing: { x: spacing[along], y: spacing[down], unit: 'mm' },
        window,
        notes: [],
      }
    },
  }
}

/** Where voxels lie: i runs fastest, k slowest. */
interface Stored {
  size: readonly [i: number, j: number, k: number]
  /** Bytes of a voxel. */
  bytes: number
  offset: number
}

/**
 * The bytes of a slice, in memory of their own. Across k it stands in one piece; across j, a row of
 * it in every layer; across i, single voxels, for which layers are read one after the other.
 */
async function sliceBytes(read: Reading, { size: [ni, nj, nk], bytes, offset }: Stored, axis: Axis, index: number): Promise<Uint8Array> {
  const row = ni * bytes
  const layer = nj * row
  if (axis === 2) return (await read(offset + index * layer, layer)).slice()
  if (axis === 1) {
    const out = new Uint8Array(nk * row)
    for (let k = 0; k < nk; k++) out.set(await read(offset + k * layer + index * row, row), k * row)
    return out
  }
  const out = new Uint8Array(nk * nj * bytes)
  for (let k = 0, to = 0; k < nk; k++) {
    const whole = await read(offset + k * layer, layer)
    for (let from = index * bytes; from < layer; from += row) for (let b = 0; b < bytes; b++) out[to++] = whole[from + b]
  }
  return out
}

/** Refuses slices that are no pictures. */
export function checkSlice({ size }: Volume, axis: Axis, where: string): void {
  const [width, height] = size.filter((_, other) => other !== axis)
  checkSize(width, height, where)
}
