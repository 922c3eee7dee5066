/**
 * @file ImageJ's stacks: a description of lines `key=value` says how many channels, slices and
 * frames there are, in this order from the fastest. Stacks beyond 4 GB have a directory for their
 * first picture alone; the others follow its pixels.
 */
import { spacingOf } from '../../spacing.ts'
import { rowBytesOf } from './chunks.ts'
import { millimetres } from './lengths.ts'
import type { Page } from './page.ts'
import type { Plane, Plans } from './plan.ts'
import { depthOf, numbered, stackPlans } from './stack.ts'

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
  const sizes = { channels, slices, frames }
  const planes = planesOf(pages, channels * slices * frames)
  if (!planes) return undefined
  const unit = told.get('unit') ?? ''
  const pixel = first.resolution && millimetres(1, unit)
  const [black, white] = [number('min'), number('max')]
  const plans = stackPlans(
    sizes,
    (z, t) => planes.slice((t * slices + z) * channels, (t * slices + z + 1) * channels),
    () => ({
      channelNames: channels > 1 && first.samples === 1 ? numbered(channels) : undefined,
      spacing: pixel ? spacingOf(first.resolution![0], first.resolution![1], pixel) : first.spacing,
      window: channels === 1 && black < white && Number.isFinite(white - black) ? [black, white] : undefined,
    }),
  )
  return { images: plans, stack: depthOf(plans, sizes, millimetres(number('spacing'), unit)), notes: [] }
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
