/** @file Stacks: images by slice and point in time, each with its channels' planes. */
import type { Plan, Plane, Plans } from './plan.ts'

/** How many of each a stack has. */
export interface Sizes {
  channels: number
  slices: number
  frames: number
}

/**
 * The images of a stack, the slices of the first point in time first.
 * @param planesAt the planes of a slice's channels; nothing where they are not in the file
 */
export function stackPlans(
  { slices, frames }: Sizes,
  planesAt: (z: number, t: number) => Plane[] | undefined,
  told: (planes: readonly Plane[]) => Omit<Plan, 'planes' | 'name'>,
): Plan[] {
  const plans: Plan[] = []
  for (let t = 0; t < frames; t++)
    for (let z = 0; z < slices; z++) {
      const planes = planesAt(z, t)
      const parts = [...(slices > 1 ? [`z ${z + 1}`] : []), ...(frames > 1 ? [`t ${t + 1}`] : [])]
      if (planes) plans.push({ ...told(planes), name: parts.join(', ') || undefined, planes })
    }
  return plans
}

/**
 * What lies behind each other: the slices of the first point in time, where there are several and
 * none is missing.
 * @param spacing millimetres from slice to slice
 */
export function depthOf(plans: readonly Plan[], { slices, frames }: Sizes, spacing: number | undefined): Plans['stack'] {
  if (slices === 1 || plans.length < slices * frames) return undefined
  const notes = frames > 1 ? [`it has ${frames} points in time: the first is taken`] : []
  return { images: plans.slice(0, slices), spacing, notes }
}

/** Names of channels that have none. */
export function numbered(channels: number): string[] {
  return Array.from({ length: channels }, (_, c) => `channel ${c + 1}`)
}
