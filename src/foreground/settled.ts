/**
 * @file A mask by one way that is settled beforehand, for pictures of a known kind, in place of the
 * choice among many (`auto.ts`).
 */
import { components } from '../pixels/components.ts'
import { fillHoles } from '../pixels/morphology.ts'
import { widened } from './auto.ts'
import { promptedMask } from './candidates/cuts.ts'
import type { Scene, SIGMAS } from './scene.ts'
import { PIXELS, SIDE } from './square.ts'

/** How a mask is made of what stands out. */
export interface Settled {
  /** Of the chain: little favours small objects, much large ones. */
  sigma: (typeof SIGMAS)[number]
  /** Whether what is central counts more. */
  centrality: boolean
  /** Whether the outline follows colours, by GrabCut. */
  cut: boolean
  /** So many of the largest parts stay; all by default. */
  parts?: number
  /** Whether holes are filled. */
  fillHoles?: boolean
}

/**
 * One pixel more on all sides at the end, as the choice among many does.
 * @returns 1 inside, 0 outside, one a pixel of the square
 * @example
 * const lungs = settledMask(scene, { sigma: 1, centrality: false, cut: false, parts: 2 })
 */
export function settledMask(scene: Scene, settled: Settled): Uint8Array {
  const { sigma, centrality, cut } = settled
  const mask = promptedMask(scene, sigma, centrality ? 1 : 0, cut) ?? new Uint8Array(PIXELS)
  return widened(tidied(mask, settled), scene.field)
}

/** 1 inside, 0 outside. */
export function tidied(mask: Uint8Array, { parts, fillHoles: fill = false }: Pick<Settled, 'parts' | 'fillHoles'>): Uint8Array {
  const few = parts === undefined ? mask : largestParts(mask, parts)
  return fill ? fillHoles({ width: SIDE, height: SIDE, data: few }).data.map((value) => (value === 0 ? 0 : 1)) : few
}

function largestParts(mask: Uint8Array, most: number): Uint8Array {
  const { labels, areas, count } = components({ width: SIDE, height: SIDE, data: mask }, 4)
  const order = Array.from({ length: count }, (_, i) => i + 1).sort((a, b) => areas[b] - areas[a])
  const kept = new Set(order.slice(0, most))
  return Uint8Array.from(labels, (label) => (kept.has(label) ? 1 : 0))
}
