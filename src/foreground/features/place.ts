/** @file Where a candidate lies. */
import { eachPixel } from '../bits.ts'
import type { Feature } from './look.ts'

/** The mean centrality of its pixels in the field of view, 0 to 1. */
export const meanCentrality: Feature = ({ bits, area }, { central }) => {
  let sum = 0
  eachPixel(bits, (i) => {
    sum += central[i]
  })
  return sum / Math.max(1, area)
}
