/** @file What a caller gets of a volume. */
import type { RgbRaster } from '../../image/raster.ts'
import type { Affine, Volume, VolumeOrigin } from '../../image/volume.ts'
import type { Timings } from '../stages.ts'
import type { VolumeSegment } from './measure.ts'
import type { VolumeParameters } from './options.ts'

/** The segments of a volume and its mask, voxel by voxel as its file stores them. */
export interface VolumeSegmentation {
  /** Voxels along i (fastest), j and k, and millimetres between them. */
  size: Volume['size']
  spacing: Volume['spacing']
  affine?: Affine
  /** The number of each voxel's segment, 1 … number of segments. */
  labels: Uint16Array
  /** 255 in the foreground, else 0. */
  mask: Uint8Array
  segments: VolumeSegment[]
  /** Separate objects, with `objects: 'many'`: 0 outside, 1 … count; the mask is their union. */
  objects?: { labels: Uint16Array; count: number; list: VolumeSegment[] }
  /** The samples that are black and white in every slice. */
  window: readonly [black: number, white: number]
  parameters: VolumeParameters
  /** Slices across the axis that was cut, those that went through the network among them. */
  slices: { count: number; segmented: number[] }
  /** A slice to look at, with much foreground, as it is seen. */
  preview: VolumePreview
  /** Milliseconds of the stages of all slices together, of joining them (`join`), and of all. */
  timings: Timings & { join: number }
  /** Highest device memory in use by tensors, in bytes. */
  peakBytes: number
  /** What to know before this result is used. */
  notes: string[]
  /** What writers need of the files that it was read from. */
  origin: VolumeOrigin
}

/** One slice of a volume with its results, turned to be seen. */
export interface VolumePreview {
  /** Its place across the axis that was cut, from 0. */
  index: number
  image: RgbRaster
  labels: Uint16Array
  mask: Uint8Array
}
