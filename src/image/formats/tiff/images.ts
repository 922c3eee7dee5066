/** @file The images of a TIFF file: what its pages are together, and how each is decoded. */
import { AdzusError } from '../../../errors.ts'
import type { ByteSource } from '../../../source.ts'
import type { Decoded, ImageFacts, StoredImage } from '../../format.ts'
import type { Part } from '../../part-of.ts'
import { checkSize, type Samples } from '../../raster.ts'
import type { Spacing } from '../../spacing.ts'
import { ChunkCache } from './cache.ts'
import { type Directories, readDirectories } from './directories.ts'
import { brokenTiff } from './errors.ts'
import { readImageJ } from './imagej.ts'
import type { Model } from './model.ts'
import { isOme, MAX_OME, readOme } from './ome.ts'
import { compressionName, type Page, readPage, typeOf } from './page.ts'
import type { Plan, Plane, Plans } from './plan.ts'
import { Ranges } from './ranges.ts'
import { PageReader } from './reader.ts'
import { readShaped } from './shaped.ts'
import { isLevel, levelsOf, readSlide } from './slide.ts'
import { numbered } from './stack.ts'
import { TAG } from './tags.ts'

/** What a file is, with how its images are made of it. */
export interface Tiff {
  plans: Plans
  /** The image of a plan. */
  image(plan: Plan): Promise<StoredImage>
}

/** @throws AdzusError for what the file's contents cause */
export async function openTiff(source: ByteSource, where: string): Promise<Tiff> {
  const directories = await readDirectories(new Ranges(source, where))
  const notes = [...directories.notes]
  const pages = await readPages(directories, notes)
  const found = pages.filter((page) => page !== undefined)
  const plans = await plansOf(pages, found)
  notes.push(...plans.notes)
  const shared: Shared = { cache: new ChunkCache(), directories, notes, where }
  return { plans, image: (plan) => imageOf(plan, shared) }
}

/** The file's pages by their place; those that are not read are left out with a note. */
async function readPages({ pages }: Directories, notes: string[]): Promise<(Page | undefined)[]> {
  const found: (Page | undefined)[] = []
  let fault: AdzusError | undefined
  for (const [i, directory] of pages.entries()) {
    try {
      found.push(await readPage(directory, i + 1))
    } catch (error) {
      if (!(error instanceof AdzusError)) throw error
      fault ??= error
      notes.push(`its page ${i + 1} is left out: ${error.failure.got}`)
      found.push(undefined)
    }
  }
  if (fault && found.every((page) => page === undefined)) throw fault
  return found
}

async function plansOf(pages: readonly (Page | undefined)[], found: readonly Page[]): Promise<Plans> {
  const [first] = found
  const description = await first.directory.text(TAG.description)
  const notes: string[] = []
  if (description !== undefined && isOme(description)) {
    const ome = readOme((await first.directory.text(TAG.description, MAX_OME))!, pages)
    if (ome.images.length > 0) return ome
    notes.push(...ome.notes)
  }
  const stack = description === undefined ? undefined : (readImageJ(description, pages) ?? readShaped(description, pages))
  if (stack) return stack
  const slide = await readSlide(found)
  return { images: slide ? [slide] : pagePlans(found), notes }
}

/** Every page is an image, but those that are another one in smaller and those that are masks. */
function pagePlans(pages: readonly Page[]): Plan[] {
  const shown = pages.filter(({ mask }) => !mask)
  const kept = shown.length > 0 ? shown : pages
  const full = kept.some(({ reduced }) => !reduced)
  const images: { page: Page; smaller: Page[] }[] = []
  for (const page of kept) {
    const before = images.at(-1)
    const larger = before?.smaller.at(-1) ?? before?.page
    const says = full && page.reduced
    // Pyramids whose levels are pages like others: tiles, and sides that halve.
    const looks = page.tiled && before?.page.tiled
    if (before && larger && (says || looks) && isLevel(page, larger)) before.smaller.push(page)
    else if (!says) images.push({ page, smaller: [] })
  }
  return images.map(({ page, smaller }) => ({ name: images.length > 1 ? `page ${page.number}` : undefined, planes: [{ page }], smaller }))
}

/** What the images of a file share. */
interface Shared {
  cache: ChunkCache
  directories: Directories
  /** What is to be said of the file. */
  notes: readonly string[]
  where: string
}

async function imageOf(plan: Plan, shared: Shared): Promise<StoredImage> {
  const { page } = plan.planes[0]
  const whole = await levelOf(plan, plan.planes, shared, plan.spacing ?? page.spacing)
  const below = await levelsBelow(plan, shared)
  if (below.length === 0) return whole
  const { spacing } = whole.facts!
  const levels = below.map((planes) => {
    const scaled = { x: page.width / planes[0].page.width, y: page.height / planes[0].page.height }
    return levelOf(plan, planes, shared, spacing && { ...spacing, x: spacing.x * scaled.x, y: spacing.y * scaled.y })
  })
  return { ...whole, levels: await Promise.all(levels) }
}

/** The planes of each smaller level. */
async function levelsBelow({ planes, smaller }: Plan, { directories }: Shared): Promise<Plane[][]> {
  if (smaller && smaller.length > 0) return smaller.map((page) => [{ page }])
  const stacks: Page[][] = []
  for (const { page } of planes) {
    if (!page.directory.has(TAG.subIfds)) return []
    const pages: Page[] = []
    for (const directory of await directories.below(page.directory)) pages.push(await readPage(directory, page.number))
    stacks.push(levelsOf(page, pages))
  }
  const count = Math.min(...stacks.map(({ length }) => length))
  return Array.from({ length: count }, (_, level) => stacks.map((pages) => ({ page: pages[level] })))
}

async function levelOf(plan: Plan, planes: readonly Plane[], shared: Shared, spacing: Spacing | undefined): Promise<StoredImage> {
  const { page } = planes[0]
  const { width, height } = page
  const { where, cache } = shared
  const readers = planes.map((plane) => new PageReader(plane.page, cache, plane.plane))
  const model = await readers[0].model().catch((error) => {
    if (error instanceof AdzusError) return undefined
    throw error
  })
  const channels = model ? model.channels * planes.length : page.samples * planes.length
  const told = { channelNames: namesOf(plan, model, channels), spacing, window: plan.window, name: plan.name }
  const read = async (part: Part): Promise<Decoded> => {
    const pixels = readers.length === 1 ? await readers[0].read(part) : await readPlanes(readers, part, where)
    const channelNames = told.channelNames && (part.channels ?? told.channelNames.map((_, c) => c)).map((c) => told.channelNames![c])
    return { ...pixels, ...told, channelNames, notes: [...shared.notes, ...pixels.notes] }
  }
  return {
    name: plan.name,
    width,
    height,
    facts: factsOf(plan, page, channels, told),
    decode: async () => {
      checkSize(width, height, where)
      return read({})
    },
    decodePart: async (part) => {
      if (!part.region) checkSize(width, height, where)
      return read(part)
    },
  }
}

/** Names of channels that are measurements: the description's, where it has one for each. */
function namesOf(plan: Plan, model: Model | undefined, channels: number): readonly string[] | undefined {
  const apart = plan.planes.length > 1 || model?.channelNames !== undefined || channels === 1
  if (apart && plan.channelNames?.length === channels) return plan.channelNames
  if (plan.planes.length === 1) return model?.channelNames
  return numbered(channels)
}

function factsOf(plan: Plan, page: Page, channels: number, { channelNames, spacing, window }: Omit<ImageFacts, 'others'>): ImageFacts {
  const others = { ...(page.tiled && { tiles: `${page.chunkWidth} × ${page.chunkHeight}` }), ...plan.others }
  return { type: typeOf(page), channels, channelNames, spacing, window, compression: compressionName(page.compression), others }
}

/** Channels of several planes, interleaved; planes without one that is wanted are not read. */
async function readPlanes(readers: readonly PageReader[], { region, channels }: Part, where: string): Promise<Decoded> {
  const models = await Promise.all(readers.map((reader) => reader.model()))
  const per = models[0].channels
  const { width, height } = readers[0].page
  const alike = readers.every(({ page }, i) => page.width === width && page.height === height && models[i].channels === per)
  if (!alike || models.some(({ make }) => make !== models[0].make))
    throw brokenTiff(where, 'planes of different kinds that should be one image')
  const wanted = channels ?? Array.from({ length: per * readers.length }, (_, c) => c)
  const notes = new Set<string>()
  let all: Decoded | undefined
  for (const [p, reader] of readers.entries()) {
    const own = wanted.flatMap((channel, to) => (Math.floor(channel / per) === p ? [{ channel: channel % per, to }] : []))
    if (own.length === 0) continue
    const pixels = await reader.read({ region, channels: own.map(({ channel }) => channel) })
    for (const note of pixels.notes) notes.add(note)
    all ??= { ...pixels, channels: wanted.length, data: emptyLike(pixels.data, pixels.width * pixels.height * wanted.length) }
    for (const [from, { to }] of own.entries())
      for (let i = from, at = to; i < pixels.data.length; i += own.length, at += wanted.length) all.data[at] = pixels.data[i]
  }
  if (!all) return readers[0].read({ region, channels: wanted })
  return { ...all, notes: [...notes] }
}

function emptyLike(data: Samples, length: number): Samples {
  return new (data.constructor as new (length: number) => Samples)(length)
}
