/**
 * @file The header of a NIfTI file: NIfTI-1 (348 bytes) and NIfTI-2 (540), in either byte order
 * (nifti1.h and nifti2.h of the NIfTI data format working group).
 */
import { AdzusError } from '../../../errors.ts'
import type { Affine } from '../../volume.ts'
import { affineOf } from './affine.ts'
import { type Scaling, UNREAD, VOXEL_TYPES, type VoxelType } from './types.ts'

/** Bytes that hold either header. */
export const HEADER_BYTES = 540

/** What a header says. */
export interface NiftiHeader {
  version: 1 | 2
  /** Whether the high byte of a number comes first. */
  big: boolean
  /** Voxels along i, j and k. */
  size: readonly [i: number, j: number, k: number]
  /** How many volumes there are, of points in time and whatever further dimensions mean. */
  volumes: number
  type: VoxelType
  /** Where the voxels begin. */
  offset: number
  scaling?: Scaling
  /** From voxels to millimetres, RAS+. */
  affine?: Affine
  /** Millimetres from voxel to voxel. */
  spacing: readonly [i: number, j: number, k: number]
  /** The values (not the stored ones) that are to be shown black and white. */
  window?: readonly [black: number, white: number]
  notes: string[]
}

/** Where things stand in each version, and of which type they are. */
const LAYOUTS = {
  1: {
    size: 348,
    dim: [40, 'i16'],
    type: 70,
    pixdim: [76, 'f32'],
    offset: [108, 'f32'],
    slope: 112,
    cal: 124,
    units: 123,
    codes: [252, 254, 2],
    quatern: 256,
    rows: 280,
  },
  2: {
    size: 540,
    dim: [16, 'i64'],
    type: 12,
    pixdim: [104, 'f64'],
    offset: [168, 'i64'],
    slope: 176,
    cal: 192,
    units: 500,
    codes: [344, 348, 4],
    quatern: 352,
    rows: 400,
  },
} as const

/** Millimetres of the units of length: none told, metre, millimetre, micrometre. */
const UNITS: Record<number, number> = { 0: 1, 1: 1000, 2: 1, 3: 0.001 }

/** The least offset of voxels in a file that holds both: the header, and four bytes behind it. */
const leastOffset = (version: 1 | 2) => LAYOUTS[version].size + 4

/**
 * @param bytes the first `HEADER_BYTES` of the file, or all
 * @throws AdzusError for what is no header, or describes voxels that are not read
 */
export function readHeader(bytes: Uint8Array, where: string): NiftiHeader {
  const broken = (got: string, hint?: string) => brokenNifti(where, got, hint)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const version = bytes[344] === 0x6e && bytes[345] === 0x2b && bytes[346] === 0x31 ? 1 : 2
  const layout = LAYOUTS[version]
  if (bytes.length < layout.size) throw broken(`one that ends within its header, after ${bytes.length} bytes`)
  const little = view.getInt32(0, true) === layout.size
  if (!little && view.getInt32(0, false) !== layout.size) throw broken(`a header of ${view.getInt32(0, true)} bytes by its first number`)
  const number = (at: number, kind: 'i16' | 'i64' | 'f32' | 'f64') => {
    if (kind === 'i16') return view.getInt16(at, little)
    if (kind === 'i64') return Number(view.getBigInt64(at, little))
    return kind === 'f32' ? view.getFloat32(at, little) : view.getFloat64(at, little)
  }
  const real = layout.pixdim[1]
  const reals = (at: number, count: number) => Array.from({ length: count }, (_, i) => number(at + i * (real === 'f32' ? 4 : 8), real))

  const count = number(layout.dim[0], layout.dim[1])
  if (!(count >= 1 && count <= 7)) throw broken(`one of ${count} dimensions`)
  const dims = Array.from({ length: 7 }, (_, i) =>
    i < count ? number(layout.dim[0] + (i + 1) * (layout.dim[1] === 'i16' ? 2 : 8), layout.dim[1]) : 1,
  )
  if (dims.some((dim) => !(dim >= 1 && dim <= Number.MAX_SAFE_INTEGER))) throw broken(`a size of ${dims.slice(0, count).join(' × ')}`)
  const code = view.getInt16(layout.type, little)
  const type = VOXEL_TYPES[code]
  if (!type)
    throw broken(
      `one of ${UNREAD[code] ?? `an unknown type of voxels (${code})`}`,
      UNREAD[code] && 'Convert it to numbers of 8 to 64 bits.',
    )
  const told = number(layout.offset[0], layout.offset[1])
  const offset = told === 0 ? leastOffset(version) : Math.floor(told)
  if (!(offset >= leastOffset(version) && offset <= Number.MAX_SAFE_INTEGER)) throw broken(`one whose voxels begin at byte ${told}`)

  const notes: string[] = []
  const volumes = dims.slice(3).reduce((product, dim) => product * dim, 1)
  if (volumes > 1) notes.push(`it has ${volumes} volumes (points in time): the first is taken`)
  const size = [dims[0], dims[1], dims[2]] as const
  const unit = UNITS[(layout.units === 123 ? bytes[123] : view.getInt32(layout.units, little)) & 7] ?? 1
  const [qform, sform] = layout.codes
    .slice(0, 2)
    .map((at) => (layout.codes[2] === 2 ? view.getInt16(at, little) : view.getInt32(at, little)))
  const { affine, spacing } = affineOf(
    { size, unit, pixdim: reals(layout.pixdim[0], 4), qform, sform, quatern: reals(layout.quatern, 6), rows: reals(layout.rows, 12) },
    notes,
    broken,
  )
  const [slope, inter] = reals(layout.slope, 2)
  return {
    version,
    big: !little,
    size,
    volumes,
    type,
    offset,
    scaling: scalingOf(type, slope, inter, broken),
    affine,
    spacing,
    window: windowOf(reals(layout.cal, 2)),
    notes,
  }
}

/** A slope of 0, or one that is no number, means none. */
function scalingOf({ channels }: VoxelType, slope: number, inter: number, broken: (got: string) => AdzusError): Scaling | undefined {
  if (channels > 1 || slope === 0 || !Number.isFinite(slope) || (slope === 1 && inter === 0)) return undefined
  if (!Number.isFinite(inter)) throw broken(`values of ${slope} times the stored ones plus ${inter}`)
  return { slope, inter }
}

/** `cal_max` and `cal_min`; equal ones, usually zeros, say nothing. */
function windowOf([white, black]: readonly number[]): readonly [number, number] | undefined {
  return Number.isFinite(white) && Number.isFinite(black) && black < white ? [black, white] : undefined
}

export function brokenNifti(where: string, got: string, hint = 'Is the file complete?'): AdzusError {
  return new AdzusError({ what: 'image', where, expected: 'a NIfTI file that can be read', got, hint })
}
