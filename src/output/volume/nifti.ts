/**
 * @file `NAME.labels.nii.gz` and `NAME.mask.nii.gz`: labels and mask as NIfTI, in the space of what
 * they were made of. The same result gives the same bytes.
 */

import { loadPart } from '../../part.ts'
import { niftiHeader } from './nifti-header.ts'
import type { VoxelResult } from './output.ts'

/** Voxels that are compressed at once. */
const PIECE = 2 ** 20
/** What the archive calls its contents; by this we know our files. */
const CONTENTS = 'ADZUS.nii'
/** Where a gzip archive with a name has it (RFC 1952). */
const NAME_AT = 10

/**
 * The labels of a result as a compressed NIfTI file: 16 bits a voxel.
 * @param version of this program, for the header
 * @example
 * const result = await adzus.segmentVolume(bytes)
 * await writeFile('brain.labels.nii.gz', await niftiLabels(result, '1.0.0'))
 */
export function niftiLabels(result: VoxelResult, version: string): Promise<Uint8Array> {
  return encode(result, result.labels, version)
}

/**
 * The mask of a result as a compressed NIfTI file: 1 inside, 0 outside, 8 bits a voxel.
 * @param version of this program, for the header
 * @example
 * const result = await adzus.segmentVolume(bytes)
 * await writeFile('brain.mask.nii.gz', await niftiMask(result, '1.0.0'))
 */
export function niftiMask(result: VoxelResult, version: string): Promise<Uint8Array> {
  return encode(result, result.mask, version)
}

/** Whether a file begins as our NIfTI files do. */
export function hasNiftiMark(beginning: Uint8Array): boolean {
  const named = beginning[0] === 0x1f && beginning[1] === 0x8b && (beginning[3] & 8) !== 0
  return named && String.fromCharCode(...beginning.subarray(NAME_AT, NAME_AT + CONTENTS.length)) === CONTENTS
}

async function encode(
  { size, spacing, affine, origin }: VoxelResult,
  voxels: Uint8Array | Uint16Array,
  version: string,
): Promise<Uint8Array> {
  const { Gzip } = await loadPart('gzip (fflate)', () => import('fflate'))
  const labels = voxels instanceof Uint16Array
  const bits = labels ? 16 : 8
  const header = niftiHeader({ size, spacing, affine, origin, bits, labels, description: `ADZUS ${version}` })
  const pieces: Uint8Array[] = []
  // Without a time, so that the same labels are the same bytes.
  const gzip = new Gzip({ level: 4, mtime: 0, filename: CONTENTS }, (piece) => pieces.push(piece))
  gzip.push(header.bytes)
  for (let from = 0; from < voxels.length; from += PIECE) {
    const part = voxels.subarray(from, from + PIECE)
    gzip.push(part instanceof Uint16Array ? shorts(part, header.little) : ones(part), from + PIECE >= voxels.length)
  }
  return joined(pieces)
}

/** 1 for what is inside of a mask. */
const ones = (mask: Uint8Array) => mask.map((value) => Number(value !== 0))

/** Whether this machine has numbers in memory as little-endian files do. */
const LITTLE = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

/** 16-bit numbers in a byte order. */
function shorts(values: Uint16Array, little: boolean): Uint8Array {
  if (little === LITTLE) return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
  const view = new DataView(new ArrayBuffer(2 * values.length))
  for (let i = 0; i < values.length; i++) view.setUint16(2 * i, values[i], little)
  return new Uint8Array(view.buffer)
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const piece of pieces) {
    out.set(piece, at)
    at += piece.length
  }
  return out
}
