/**
 * @file A volume: slices that lie behind each other in space, read one at a time. An affine tells
 * where a voxel lies in the patient, as in NIfTI: x grows towards the right hand, y to the front, z
 * to the head (RAS+), in millimetres.
 */
import type { Decoded } from './format.ts'

/** Four rows of four numbers, row after row: from (i, j, k, 1) to (x, y, z, 1). */
export type Affine = readonly number[]

/** The axes of a volume as it is stored: along a row, down a slice, from slice to slice. */
export type Axis = 0 | 1 | 2

/** Voxels in three dimensions, of a NIfTI file, a DICOM series or a stack of pages. */
export interface Volume {
  /** Voxels along i (fastest in the file), j and k. */
  readonly size: readonly [i: number, j: number, k: number]
  /** Millimetres from voxel to voxel along i, j and k; 1 where the file does not tell. */
  readonly spacing: readonly [i: number, j: number, k: number]
  /** From voxels to the patient's space; nothing where the file does not tell. */
  readonly affine?: Affine
  /** The type of a voxel as the file stores it. */
  readonly type: string
  /** What is to be said of its files: gaps, mixed orientations. Each half a sentence about "it". */
  readonly notes: readonly string[]
  /** What writers of results need of the file that it was read from. */
  readonly origin: VolumeOrigin
  /**
   * One slice across an axis with the file's values, as it is stored: the first of the two axes
   * left runs along rows, the second down.
   * @param index from 0
   */
  slice(axis: Axis, index: number): Promise<Decoded>
}

/** What a volume was read from. */
export type VolumeOrigin =
  /** The header with its extensions, as it stands before the voxels. */
  | { format: 'nifti'; header: Uint8Array }
  /** Headers (everything before the pixels) of the slices along k, or of the one file. */
  | { format: 'dicom'; headers: readonly Uint8Array[] }
  | { format: 'other' }

/** A volume, and which files it is made of. */
export interface SeriesVolume extends Volume {
  /** The names of the files along k (of a multi-frame file, its one name). */
  readonly files: readonly string[]
}

/** A file that is in no volume, and why: half a sentence about "it". */
export interface LeftOut {
  name: string
  why: string
}

/** The volumes that some files make, the largest first. */
export interface Series {
  volumes: readonly SeriesVolume[]
  left: readonly LeftOut[]
}
