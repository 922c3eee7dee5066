/** @file Figures of objects in one number. */
import type { InstanceFigures } from './instances.ts'

/** Mean over IoU 0.5, 0.55 … 0.95. */
export function averagePrecision({ precision }: InstanceFigures): number {
  return precision.reduce((sum, value) => sum + value, 0) / precision.length
}
