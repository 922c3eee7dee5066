/** @file What can be chosen about a volume, beside what can be chosen about a picture. */
import { isWhole, must, mustBeOptions } from '../../arguments.ts'
import type { Volume } from '../../image/volume.ts'
import type { ManyOptions } from '../many.ts'
import type { Parameters } from '../options.ts'
import { CUTS, type Cut, STORED_AXES } from './slicing.ts'

/**
 * From so many times the next smaller distance on, voxels lie clearly farther apart along an axis.
 */
const CLEARLY = 1.2

/** How a volume is segmented: as its slices are, which are pictures. */
export interface VolumeOptions extends Omit<ManyOptions, 'onProgress' | 'orient'> {
  /**
   * Which slices: those of a plane of anatomy (`'axial'`, `'coronal'`, `'sagittal'`), or across an
   * axis as it is stored (`'i'`, `'j'`, `'k'`). Default: across the axis along which voxels are
   * clearly farther apart than along the others, as scanners store their slices; else axial.
   */
  slices?: Cut
  /** Only every so manieth slice goes through the network; those between are interpolated (1). */
  every?: number
  /** What the volume is called in errors. */
  name?: string
  /** Told of each stage, of which slice (from 0) of how many that go through the network. */
  onProgress?: (stage: string, slice: number, count: number) => void
}

/** The options that decide the result of a volume. */
export interface VolumeParameters extends Parameters {
  slices: Cut
  every: number
}

/** The volume's own options, checked, and those of its slices. */
export function volumeOptions(options: VolumeOptions): {
  own: Pick<VolumeOptions, 'slices' | 'name' | 'onProgress'> & { every: number }
  each: Omit<ManyOptions, 'onProgress'>
} {
  mustBeOptions('options', options)
  const { slices, every = 1, name, onProgress, ...each } = options
  must('slices', slices === undefined || CUTS.includes(slices), CUTS.join(', '), slices)
  must('every', isWhole(every, 1, 2 ** 31), 'a whole number of slices, 1 or more', every)
  return { own: { slices, every, name, onProgress }, each }
}

/** Across which axis a volume is cut where nobody says. */
export function usualCut({ spacing }: Pick<Volume, 'spacing'>): Cut {
  const [least, most] = [...spacing].sort((a, b) => a - b).slice(1)
  return most > CLEARLY * least ? STORED_AXES[spacing.indexOf(most)] : 'axial'
}
