/**
 * @file OME-TIFF: an XML description in the first page says which page is which channel, slice and
 * point in time. Of it only the structure, names of channels and sizes of pixels are taken: it may
 * name people and dates.
 */
import type { Spacing } from '../../spacing.ts'
import { millimetres } from './lengths.ts'
import type { Page } from './page.ts'
import type { Plan, Plans } from './plan.ts'
import { depthOf, stackPlans } from './stack.ts'
import { childrenOf, type Element, parseXml } from './xml.ts'

/** A larger description is not read. */
export const MAX_OME = 2 ** 25
/** More planes than this has no image. */
const MAX_PLANES = 1_000_000
/** Longer names are cut. */
const MAX_NAME = 100
const ORDERS = ['XYZCT', 'XYZTC', 'XYCTZ', 'XYCZT', 'XYTCZ', 'XYTZC']

/** Whether a description is OME's. */
export function isOme(description: string): boolean {
  return /<(?:\w+:)?OME[\s>]/.test(description.slice(0, 8192))
}

/** What the pages are; with notes alone where the description does not fit them. */
export function readOme(description: string, pages: readonly (Page | undefined)[]): Plans {
  try {
    const root = parseXml(description)
    const notes: string[] = []
    const series = childrenOf(root, 'Image').flatMap((image) => seriesOf(image, root.attributes['UUID'], pages) ?? [])
    const many = series.length > 1
    const images: Plan[] = []
    let missing = 0
    let stack: Plans['stack']
    for (const [i, { plans, depth, absent }] of series.entries()) {
      missing += absent
      const named = plans.map((plan) => ({ ...plan, name: many ? [`image ${i + 1}`, plan.name].filter(Boolean).join(', ') : plan.name }))
      images.push(...named)
      if (!depth || stack) continue
      const notes = many ? [...depth.notes, `it has ${series.length} images: number ${i + 1} is taken`] : depth.notes
      stack = { ...depth, notes }
    }
    if (missing > 0) notes.push(`${missing} of its planes lie in other files, which are not read`)
    if (images.length === 0) return { images, notes: [...notes, 'its OME-XML names no image that is in it: its pages are taken'] }
    return { images, stack, notes }
  } catch (cause) {
    return { images: [], notes: [`its OME-XML cannot be read (${cause instanceof Error ? cause.message : cause}): its pages are taken`] }
  }
}

interface Series {
  plans: Plan[]
  /** Those that lie behind each other. */
  depth: Plans['stack']
  /** Planes that are not in this file. */
  absent: number
}

function seriesOf(image: Element, uuid: string | undefined, pages: readonly (Page | undefined)[]): Series | undefined {
  const [pixels] = childrenOf(image, 'Pixels')
  if (!pixels) return undefined
  const count = (name: string) => Number(pixels.attributes[name] ?? 1)
  const [slices, frames, sizeC] = [count('SizeZ'), count('SizeT'), count('SizeC')]
  const order = pixels.attributes['DimensionOrder'] ?? 'XYZCT'
  if (![slices, frames, sizeC].every((size) => Number.isInteger(size) && size >= 1) || !ORDERS.includes(order))
    throw new Error('sizes or an order of dimensions that there are not')
  const channels = childrenOf(pixels, 'Channel')
  // Channels of several samples (RGB) are one plane.
  const perPlane = channels.map(({ attributes }) => Number(attributes['SamplesPerPixel'] ?? 1))
  const planesC =
    channels.length > 0 && perPlane.every((n) => n >= 1) && perPlane.reduce((a, b) => a + b, 0) === sizeC ? channels.length : sizeC
  if (slices * frames * planesC > MAX_PLANES) throw new Error(`more than ${MAX_PLANES} planes`)
  const sizes = { Z: slices, C: planesC, T: frames }
  const found = pagesOf(pixels, order, sizes, uuid, pages)
  const names =
    channels.length === planesC ? channels.map(({ attributes }, c) => attributes['Name']?.slice(0, MAX_NAME) || `channel ${c + 1}`) : []
  const stack = { channels: planesC, slices, frames }
  let absent = 0
  const plans = stackPlans(
    stack,
    (z, t) => {
      const planes = Array.from({ length: planesC }, (_, c) => found[(t * planesC + c) * slices + z]).flatMap((page) =>
        page ? [{ page }] : [],
      )
      absent += planesC - planes.length
      return planes.length === planesC ? planes : undefined
    },
    ([{ page }]) => ({ channelNames: namesOf(names, page, sizeC, planesC), spacing: spacingOfPixels(pixels) }),
  )
  return { plans, absent, depth: depthOf(plans, stack, lengthOf(pixels, 'Z')) }
}

/** Names of all channels; none where they are colours. */
function namesOf(names: readonly string[], page: Page, sizeC: number, planesC: number): string[] | undefined {
  const perPlane = page.samples
  if (planesC === 1 && (perPlane === 3 || perPlane === 1))
    return sizeC === 1 && names[0] && !/^channel 1$/.test(names[0]) ? [names[0]] : undefined
  const total = planesC * perPlane
  return Array.from({ length: total }, (_, i) => {
    const name = names[Math.floor(i / perPlane)] ?? `channel ${Math.floor(i / perPlane) + 1}`
    if (perPlane === 1) return name
    return planesC === 1 ? `channel ${i + 1}` : `${name} ${(i % perPlane) + 1}`
  })
}

/** The page of each plane, by (t · channels + c) · slices + z. */
function pagesOf(
  pixels: Element,
  order: string,
  sizes: Record<'Z' | 'C' | 'T', number>,
  uuid: string | undefined,
  pages: readonly (Page | undefined)[],
): (Page | undefined)[] {
  const total = sizes.Z * sizes.C * sizes.T
  const found = new Array<Page | undefined>(total)
  const axes = [...order.slice(2)] as ('Z' | 'C' | 'T')[]
  const steps: Record<string, number> = {}
  let step = 1
  for (const axis of axes) {
    steps[axis] = step
    step *= sizes[axis]
  }
  let work = 0
  for (const { attributes, children } of childrenOf(pixels, 'TiffData')) {
    const file = children.find(({ name }) => name === 'UUID')
    if (file && uuid !== undefined && file.text.trim() !== uuid.trim()) continue
    const whole = (name: string, otherwise: number) => {
      const value = attributes[name] === undefined ? otherwise : Number(attributes[name])
      if (!Number.isInteger(value) || value < 0) throw new Error(`${name} that is no number`)
      return value
    }
    const ifd = whole('IFD', 0)
    const first = whole('FirstZ', 0) * steps['Z'] + whole('FirstC', 0) * steps['C'] + whole('FirstT', 0) * steps['T']
    const listed = whole('PlaneCount', attributes['IFD'] === undefined ? total : 1)
    for (let i = 0; i < listed && first + i < total && ifd + i < pages.length; i++) {
      if (++work > 2 * MAX_PLANES) throw new Error('planes that are named again and again')
      const at = first + i
      const [z, c, t] = (['Z', 'C', 'T'] as const).map((axis) => Math.floor(at / steps[axis]) % sizes[axis])
      found[(t * sizes.C + c) * sizes.Z + z] = pages[ifd + i]
    }
  }
  return found
}

function spacingOfPixels(pixels: Element): Spacing | undefined {
  const [x, y] = [lengthOf(pixels, 'X'), lengthOf(pixels, 'Y')]
  return x !== undefined && y !== undefined ? { x, y, unit: 'mm' } : undefined
}

/** The size of a pixel along an axis, in millimetres. */
function lengthOf({ attributes }: Element, axis: string): number | undefined {
  const value = attributes[`PhysicalSize${axis}`]
  return value === undefined ? undefined : millimetres(Number(value), attributes[`PhysicalSize${axis}Unit`] ?? 'µm')
}
