/** @file A candidate as features look at it. A feature is a function of a look and the scene. */
import { type Bits, countBits, packBits, ringAround } from '../bits.ts'
import type { Candidate } from '../candidates/candidate.ts'
import type { Scene } from '../scene.ts'

export interface Look extends Candidate {
  bits: Bits
  /** The ring of 8 pixels around it, inside the field. */
  ring: Bits
  /** Pixels of each. */
  area: number
  ringArea: number
}

/** What is measured of a candidate; a score is a sum of features with weights. */
export type Feature = (look: Look, scene: Scene) => number

/**
 * Candidates as they are measured, each mask once (the first of its name).
 * @param least pixels of a candidate, at least
 * @param most share of the field of a candidate, at most
 */
export function looksAt<C extends Candidate>(pool: readonly C[], { field, fieldArea }: Scene, least: number, most: number): (C & Look)[] {
  const whole = packBits(field)
  const seen = new Map<string, Bits[]>()
  const looks: (C & Look)[] = []
  for (const candidate of pool) {
    const bits = packBits(candidate.mask)
    const area = countBits(bits)
    if (area < least || area > most * fieldArea) continue
    const key = `${area} ${hash(bits)}`
    const alike = seen.get(key) ?? []
    if (alike.some((other) => other.every((word, i) => word === bits[i]))) continue
    seen.set(key, [...alike, bits])
    const ring = ringAround(bits, whole)
    looks.push({ ...candidate, bits, area, ring, ringArea: countBits(ring) })
  }
  return looks
}

/** FNV-1a over words. */
function hash(bits: Bits): number {
  let value = 0x811c9dc5
  for (let i = 0; i < bits.length; i++) value = Math.imul(value ^ bits[i], 0x01000193)
  return value
}
