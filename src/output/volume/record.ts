/**
 * @file The record of a volume: how its results were made, and what was measured. It is what
 * `NAME.json` holds; `schema/volume.schema.json` describes it.
 */
import type { VolumeSegment } from '../../adzus/volume/measure.ts'
import type { VolumeParameters } from '../../adzus/volume/options.ts'
import type { VolumeSegmentation } from '../../adzus/volume/volume-result.ts'
import type { Digest, RunInfo } from '../output.ts'
import { effortOf, foregroundShare, type Saved } from '../record.ts'
import type { FinishedVolume, InputFiles } from './output.ts'

/** The version of the record. It counts up with every change that a reader could stumble over. */
export const VOLUME_FORMAT = 1

/** `NAME.json` of a volume. */
export interface VolumeRecord extends Omit<RunInfo, 'version'> {
  /** The mark of origin, which must come first. */
  adzus: string
  kind: 'volume'
  format: number
  input: string
  inputFiles: InputFiles
  /** Voxels along i, j and k, and millimetres from one to the next. */
  size: VolumeSegmentation['size']
  spacing: VolumeSegmentation['spacing']
  /** Rows of the matrix from voxels to millimetres towards right, front and head. */
  affine?: readonly number[]
  window: readonly [black: number, white: number]
  /** Slices across the axis that was cut, and how many of them the network has seen. */
  slices: { count: number; segmented: number }
  parameters: VolumeParameters
  milliseconds: number
  timings: Record<string, number>
  peakBytes: number
  foregroundShare: number
  notes: string[]
  files: Record<string, string>
  resultFiles: Record<string, Digest>
  segments: VolumeSegment[]
  objects?: { count: number; list: VolumeSegment[] }
}

export function volumeRecord(volume: FinishedVolume, { files, resultFiles, encode }: Saved): VolumeRecord {
  const { run, input, inputFiles, result } = volume
  const { size, spacing, affine, window, slices, notes } = result
  return {
    adzus: run.version,
    kind: 'volume',
    format: VOLUME_FORMAT,
    input,
    inputFiles,
    size,
    spacing,
    ...(affine && { affine }),
    window,
    slices: { count: slices.count, segmented: slices.segmented.length },
    ...effortOf(volume, encode),
    foregroundShare: foregroundShare(result),
    notes,
    files,
    resultFiles,
    segments: result.segments.map(rounded),
    ...(result.objects && { objects: { count: result.objects.count, list: result.objects.list.map(rounded) } }),
  }
}

function rounded(segment: VolumeSegment): VolumeSegment {
  const round = (value: number, digits: number) => Number(value.toFixed(digits))
  return {
    ...segment,
    mm3: round(segment.mm3, 3),
    centroid: segment.centroid.map((place) => round(place, 2)) as VolumeSegment['centroid'],
    foregroundShare: round(segment.foregroundShare, 9),
  }
}
