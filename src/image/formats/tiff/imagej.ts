/**
 * @file ImageJ's stacks: a description of lines `key=value` says how many channels, slices and
 * frames there are, in this order from the fastest. Stacks beyond 4 GB have a directory for their
 * first picture alone; the others follow its pixels.
 */
import { spacingOf } from '../../spacing.ts'
import { rowBytesOf } from './chunks.ts'
import { millimetres } from './lengths.ts'
import type { Page } from './page.ts'
import type { Plan, Plane, Plans } from './plan.ts'

/** More pictures than this has no stack. */
const MAX_PLANES = 1_000_000

/** What the pages are; nothing where ImageJ did not write them or says nothing that fits. */
export function readImageJ(description: string, pages: readonly (Page | undefined)[]): Plans | undefined {
  const first = pages[0]
  if (!description.startsWith('ImageJ=') || !first) return undefined
  const told = new Map(description.split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]))
  const number = (key: string) => Number(told.get(key) ?? Number.NaN)
  const count = (key: string) => (number(key) >= 1 && Number.isInteger(number(key)) ? number(key) : 1)
  const [channels, frames] = [count('channels'), count('frames')]
  const images = Math.max(count('images'), 1)
  const slices = told.has('slices') ? count('slices') : Math.max(1, Math.floor(images / channels / frames))
  const total = channels * slices * frames
  const planes = planesOf(pages, total)
  if (!planes) return undefined
  const unit = told.get('unit') ?? ''
  const pixel = first.resolution && millimetres(1, unit)
  const [black, white] = [number('min'), number('max')]
  const shared: Omit<Plan, 'planes'> = {
    channelNames: channels > 1 && first.samples === 1 ? Array.from({ length: channels }, (_, c) => `channel ${c + 1}`) : undefined,
    spacing: pixel ? spacingOf(first.resolution![0], first.resolution![1], pixel) : first.spacing,
    window: channels === 1 && black < white ? [black, white] : undefined,
  }
  const plans: Plan[] = []
  for (let t = 0; t < frames; t++)
    for (let z = 0; z < slices; z++) {
      const from = (t * slices + z) * channels
      plans.push({ ...shared, name: nameOf({ z, slices, t, frames }), planes: planes.slice(from, from + channels) })
    }
  const notes = frames > 1 ? [`it has ${frames} points in time: the first is taken`] : []
  const depth = millimetres(number('spacing'), unit)
  return { images: plans, stack: slices > 1 ? { images: plans.slice(0, slices), spacing: depth, notes } : undefined, notes: [] }
}

/** Names of the images of a stack; none where there is one image. */
export function nameOf({ z, slices, t, frames }: { z: number; slices: number; t: number; frames: number }): string | undefined {
  const parts = [...(slices > 1 ? [`z ${z + 1}`] : []), ...(frames > 1 ? [`t ${t + 1}`] : [])]
  return parts.length > 0 ? parts.join(', ') : undefined
}

/** As many planes as there should be: pages, or what follows the only page. */
function planesOf(pages: readonly (Page | undefined)[], total: number): Plane[] | undefined {
  const [first] = pages
  if (pages.length >= total) {
    const planes = pages.slice(0, total).flatMap((page) => page ?? [])
    return planes.length === total ? planes.map((page) => ({ page })) : undefined
  }
  if (pages.length > 1 || !first || first.compression !== 1 || first.tiled || first.planar || total > MAX_PLANES) return undefined
  const bytes = rowBytesOf(first, first.width) * first.height
  if (bytes * total > first.directory.ranges.size) return undefined
  return Array.from({ length: total }, (_, plane) => ({ page: first, plane }))
}
