/** @file Figures of objects in one number. */
import type { InstanceFigures } from './instances.ts'

/** Mean object precision over IoU 0.5, 0.55 … 0.95. */
export function meanObjectPrecision({ objectPrecision }: InstanceFigures): number {
  return objectPrecision.reduce((sum, value) => sum + value, 0) / objectPrecision.length
}
