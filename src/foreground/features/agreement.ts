/** @file How much candidates agree with each other. */
import { countCommon } from '../bits.ts'
import type { Look } from './look.ts'

/** Dice's coefficient of two candidates, 0 to 1. */
export const dice = (a: Look, b: Look): number => (2 * countCommon(a.bits, b.bits)) / (a.area + b.area)

/** A candidate's mean Dice with others, itself perhaps among them. */
export function agreement(look: Look, others: readonly Look[]): number {
  let sum = 0
  for (const other of others) sum += dice(look, other)
  return sum / others.length
}
