/**
 * @file The header of a NIfTI file with labels (https://nifti.nimh.nih.gov/nifti-1 and nifti-2).
 *
 * Where the voxels came from a NIfTI file it is that file's header, so that the affine, its codes
 * and the byte order stay as they are; what concerns the values is set anew, and texts, which may
 * name somebody, are cleared. Other volumes get a NIfTI-1 header with their affine.
 */
import type { Affine, VolumeOrigin } from '../../image/volume.ts'

/** The version is half of what differs: where each field is, and how wide. */
interface Layout {
  bytes: number
  wide: boolean
  dim: number
  datatype: number
  pixdim: number
  voxOffset: number
  slope: number
  calMax: number
  sliceStart: number
  duration: number
  descrip: number
  sform: number
  srow: number
  units: number
  intent: number
  intentParameters: number
  /** Fields of text, or of no meaning any more: first byte, length. */
  cleared: readonly (readonly [at: number, length: number])[]
}

const ONE: Layout = {
  bytes: 348,
  wide: false,
  dim: 40,
  datatype: 70,
  pixdim: 76,
  voxOffset: 108,
  slope: 112,
  calMax: 124,
  sliceStart: 74,
  duration: 132,
  descrip: 148,
  sform: 252,
  srow: 280,
  units: 123,
  intent: 68,
  intentParameters: 56,
  // data_type, db_name, extents, session_error; slice_start, slice_end and slice_code; glmax,
  // glmin, descrip, aux_file; intent_name.
  cleared: [
    [4, 34],
    [74, 2],
    [120, 3],
    [132, 120],
    [328, 16],
  ],
}
const TWO: Layout = {
  bytes: 540,
  wide: true,
  dim: 16,
  datatype: 12,
  pixdim: 104,
  voxOffset: 168,
  slope: 176,
  calMax: 192,
  sliceStart: 224,
  duration: 208,
  descrip: 240,
  sform: 344,
  srow: 400,
  units: 500,
  intent: 504,
  intentParameters: 80,
  // slice_duration to aux_file; slice_code; intent_name; unused_str.
  cleared: [
    [208, 136],
    [496, 4],
    [508, 16],
    [525, 15],
  ],
}

const [LABEL_INTENT, MILLIMETRES, SCANNER] = [1002, 2, 1]
/** The largest size along an axis that NIfTI-1 can tell. */
const MOST_OF_ONE = 32767

/** A header with everything up to the first voxel. */
export interface NiftiHeader {
  bytes: Uint8Array
  little: boolean
}

/** What a header is made for. */
export interface HeaderFor {
  size: readonly [number, number, number]
  spacing: readonly [number, number, number]
  affine?: Affine
  origin: VolumeOrigin
  /** Unsigned numbers of so many bits a voxel. */
  bits: 8 | 16
  /** Labels are an intent of their own; a mask has none. */
  labels: boolean
  /** A short text: which program made it. */
  description: string
}

export function niftiHeader(made: HeaderFor): NiftiHeader {
  const source = made.origin.format === 'nifti' ? copied(made.origin.header) : undefined
  return source ? filled(source, made) : fresh(made)
}

/** The layout of a header, and its byte order, by the size that it begins with. */
function copied(header: Uint8Array): { layout: Layout; little: boolean; header: Uint8Array } | undefined {
  if (header.length < ONE.bytes) return undefined
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength)
  for (const layout of [ONE, TWO])
    for (const little of [true, false]) {
      if (view.getInt32(0, little) !== layout.bytes || header.length < layout.bytes) continue
      const magic = String.fromCharCode(...header.subarray(layout.wide ? 4 : 344, layout.wide ? 7 : 347))
      // The older Analyze format has no affine.
      if (/^(n\+|ni)[12]$/.test(magic)) return { layout, little, header: header.slice(0, layout.bytes) }
    }
  return undefined
}

function fresh(made: HeaderFor): NiftiHeader {
  const layout = made.size.some((n) => n > MOST_OF_ONE) ? TWO : ONE
  const header = new Uint8Array(layout.bytes)
  const fields = fieldsOf(header, layout, true)
  new DataView(header.buffer).setInt32(0, layout.bytes, true)
  if (!layout.wide) header[38] = 'r'.charCodeAt(0)
  fields.real(layout.pixdim, 1, ...made.spacing)
  header[layout.units] = made.affine ? MILLIMETRES : 0
  if (made.affine) {
    // The form code follows that of the quaternion, which is not given.
    fields.form(layout.sform + (layout.wide ? 4 : 2), SCANNER)
    fields.real(layout.srow, ...made.affine.slice(0, 12))
  }
  return filled({ layout, little: true, header }, made)
}

/** Sets what concerns the values, and clears what may name somebody. */
function filled({ layout, little, header }: { layout: Layout; little: boolean; header: Uint8Array }, made: HeaderFor): NiftiHeader {
  for (const [at, length] of layout.cleared) header.fill(0, at, at + length)
  const fields = fieldsOf(header, layout, little)
  fields.dim(layout.dim, 3, ...made.size, 1, 1, 1, 1)
  fields.short(layout.datatype, made.bits === 16 ? 512 : 2)
  fields.short(layout.datatype + 2, made.bits)
  const offset = layout.bytes + 4
  if (layout.wide) fields.dim(layout.voxOffset, offset)
  else fields.real(layout.voxOffset, offset)
  fields.real(layout.slope, 1, 0)
  fields.real(layout.calMax, 0, 0)
  fields.real(layout.intentParameters, 0, 0, 0)
  fields.form(layout.intent, made.labels ? LABEL_INTENT : 0)
  header.set(new TextEncoder().encode(made.description).subarray(0, 79), layout.descrip)
  header.set(new TextEncoder().encode(layout.wide ? 'n+2\0\r\n\x1a\n' : 'n+1\0'), layout.wide ? 4 : 344)
  const bytes = new Uint8Array(offset)
  bytes.set(header)
  return { bytes, little }
}

/** Writers of a header's numbers. */
function fieldsOf(header: Uint8Array, { wide }: Layout, little: boolean) {
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength)
  return {
    short: (at: number, value: number) => view.setInt16(at, value, little),
    /** A code: 16 bits in NIfTI-1, 32 in NIfTI-2. */
    form: (at: number, value: number) => (wide ? view.setInt32(at, value, little) : view.setInt16(at, value, little)),
    /** Whole numbers: 16 bits in NIfTI-1, 64 in NIfTI-2. */
    dim(at: number, ...values: number[]) {
      for (const [n, value] of values.entries())
        if (wide) view.setBigInt64(at + 8 * n, BigInt(value), little)
        else view.setInt16(at + 2 * n, value, little)
    },
    /** Floats: 32 bits in NIfTI-1, 64 in NIfTI-2. */
    real(at: number, ...values: number[]) {
      for (const [n, value] of values.entries())
        if (wide) view.setFloat64(at + 8 * n, value, little)
        else view.setFloat32(at + 4 * n, value, little)
    },
  }
}
