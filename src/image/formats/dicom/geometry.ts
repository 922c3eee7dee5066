/** @file Where a frame lies in the patient (PS3.3, C.7.6.2), and the size of its pixels. */
import type { Spacing } from '../../spacing.ts'
import type { DataSet } from './data-set.ts'
import { TAGS } from './tags.ts'

export type Vector = readonly [number, number, number]

export interface Plane {
  /** The centre of the first pixel, in millimetres towards left, back and head (LPS). */
  position: Vector
  /** The directions along a row and down a column. */
  row: Vector
  column: Vector
}

/**
 * The size of a pixel. Files name the distance between rows first.
 * @param group the functional groups of the frame
 */
export function spacingOfFrame(data: DataSet, group: (sequence: number) => DataSet): Spacing | undefined {
  for (const numbers of [
    group(TAGS.pixelMeasures).decimals(TAGS.pixelSpacing),
    data.decimals(TAGS.imagerSpacing),
    data.decimals(TAGS.scannedSpacing),
  ]) {
    const [y, x] = numbers ?? []
    if (x > 0 && y > 0) return { x, y, unit: 'mm' }
  }
  return undefined
}

/** The plane of a frame; nothing where the file does not tell, or tells no directions. */
export function planeOf(group: (sequence: number) => DataSet): Plane | undefined {
  const position = group(TAGS.planePosition).decimals(TAGS.position)
  const directions = group(TAGS.planeOrientation).decimals(TAGS.orientation)
  if (position?.length !== 3 || directions?.length !== 6) return undefined
  const [row, column] = [directions.slice(0, 3), directions.slice(3)] as unknown as [Vector, Vector]
  const unit = (vector: Vector) => Math.abs(Math.hypot(...vector) - 1) < 0.01
  if (!unit(row) || !unit(column) || Math.abs(dot(row, column)) > 0.01) return undefined
  return { position: position as unknown as Vector, row, column }
}

export const dot = (a: Vector, b: Vector): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2]

/** What stands upright on a plane. */
export function normalOf({ row, column }: Plane): Vector {
  const [a, b] = [row, column]
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

/** What a plane cuts the patient across, by the largest part of its normal. */
export function orientationOf(plane: Plane): 'sagittal' | 'coronal' | 'axial' {
  const parts = normalOf(plane).map(Math.abs)
  return (['sagittal', 'coronal', 'axial'] as const)[parts.indexOf(Math.max(...parts))]
}
