/**
 * @file One evaluation: picture by picture, every method's answer is measured and forgotten. A
 * picture that fails has no figures of any method, and the others go on.
 */
import { AdzusError } from '../../errors.ts'
import { baselineAnswers, needsNetwork, networkAnswers, type Plan } from '../../evaluation/answers.ts'
import { type Answer, type Case, inside, measure, type Truth } from '../../evaluation/case.ts'
import type { Failure } from '../../evaluation/summary.ts'
import { labelsOfRaster, maskOfRaster } from '../../evaluation/truth.ts'
import { type Adzus, decodeImage, openImages, type Raster } from '../../index.ts'
import { digestOf } from '../../output/encode.ts'
import { shownPath } from '../inputs.ts'
import type { Progress } from '../progress.ts'
import { readPicture } from '../read.ts'
import type { Choices } from '../segment/run.ts'
import type { Entry, Journal } from './journal.ts'
import type { Item } from './sets.ts'

export interface Job {
  items: readonly Item[]
  /** Nothing where no method needs the network. */
  adzus: Adzus | undefined
  plan: Plan
  choices: Choices
  classes?: Record<number, string>
  instances: boolean
  tolerance: number
  group?: RegExp
  journal: Journal
  /** The method of which pictures are shown. */
  lead: string | undefined
  progress: Progress
  signal: AbortSignal
}

/** What has been found, in the order of the pictures. */
export interface Found {
  cases: Case[]
  failures: Failure[]
}

/** Evaluates all pictures, or throws the reason of an abort. */
export async function evaluateAll(job: Job): Promise<Found> {
  const { items, journal, progress, signal } = job
  const found: Found = { cases: [], failures: [] }
  try {
    for (const [i, item] of items.entries()) {
      const show = (what: string) => progress.show(`${i + 1}/${items.length} ${item.set}/${item.image}: ${what}`)
      signal.throwIfAborted()
      try {
        const { cases, failures } = await evaluateOne(job, item, show)
        found.cases.push(...cases)
        found.failures.push(...failures)
      } catch (error) {
        signal.throwIfAborted()
        if (!(error instanceof AdzusError)) throw error
        found.failures.push({ set: item.set, image: item.image, error: error.message })
      }
      await journal.save(false)
    }
  } finally {
    await journal.save(true)
  }
  return found
}

async function evaluateOne(job: Job, item: Item, show: (what: string) => void): Promise<Entry> {
  const { journal } = job
  if (item.fault) throw item.fault
  const files = [item.imagePath, item.maskPath!, ...item.predictions.values()]
  const contents = new Map<string, Uint8Array>()
  for (const path of files) if (path !== undefined) contents.set(path, await readPicture(path, shownPath(path)))
  const digests = await Promise.all(files.map(async (path) => (path === undefined ? 'none' : (await digestOf(contents.get(path)!)).sha256)))
  const key = `${item.set}/${item.image}`
  const known = journal.entries.get(key)
  if (known && JSON.stringify(known.files) === JSON.stringify(digests)) return known
  show('reading')
  const entry: Entry = { files: digests, ...(await measureOne(job, item, contents, show)) }
  journal.entries.set(key, entry)
  return entry
}

async function measureOne(job: Job, item: Item, contents: ReadonlyMap<string, Uint8Array>, show: (what: string) => void): Promise<Found> {
  const { set, image } = item
  const raster = await rasterOf(contents.get(item.maskPath!)!, item.maskPath!)
  const truth = truthOf(job, raster, shownPath(item.maskPath!))
  const picture =
    item.imagePath === undefined
      ? undefined
      : await decodeImage(contents.get(item.imagePath)!, shownPath(item.imagePath), { window: job.choices.window })
  if (picture) checkSameSize(raster, picture, item.maskPath!)
  const spacing = worldSpacing(raster) ?? (picture && worldSpacing(picture))
  const unit = spacing ? 'mm' : 'px'
  const options = {
    tolerance: job.tolerance,
    spacing: spacing ?? ([1, 1] as [number, number]),
    classes: job.classes,
    instances: job.instances,
  }
  const cases: Case[] = []
  const failures: Failure[] = []
  let shown: (() => void) | undefined
  const take = (answer: Answer) => {
    const { method, block, milliseconds } = answer
    show(method)
    const measured = measure(truth, answer, options)
    cases.push({ set, image, group: groupOf(image, job.group), method, block, ...measured, unit, milliseconds })
    if (method === job.lead)
      shown = () => job.journal.podium.add(set, { image, method, dice: measured.figures.dice }, truth.mask, answer.mask)
  }
  if (job.adzus && needsNetwork(job.plan)) {
    const { batch: _, ...choices } = job.choices
    const asked = {
      contents: contents.get(item.imagePath!)!,
      options: { ...choices, name: shownPath(item.imagePath!), signal: job.signal },
      truth: truth.mask,
      plan: job.plan,
    }
    for await (const answer of networkAnswers(job.adzus, asked)) take(answer)
  }
  if (picture) for await (const answer of baselineAnswers(picture, job.plan.baselines)) take(answer)
  for (const [method, path] of item.predictions)
    try {
      take(await predictionOf(job, raster, { method, path, contents: path === undefined ? undefined : contents.get(path) }))
    } catch (error) {
      if (!(error instanceof AdzusError)) throw error
      failures.push({ set, image, method, error: error.message })
    }
  shown?.()
  return { cases, failures }
}

async function rasterOf(contents: Uint8Array, path: string): Promise<Raster> {
  const [first] = await openImages(contents, shownPath(path))
  return first.decode()
}

function truthOf({ classes, instances }: Job, raster: Raster, where: string): Truth {
  if (!classes && !instances) return { mask: maskOfRaster(raster, where) }
  const labels = labelsOfRaster(raster, where, instances)
  return { mask: inside(labels, classes), labels: hasObjects(labels.data, instances) ? labels : undefined }
}

/** A map of one value is a mask: its objects are its connected parts. */
function hasObjects(data: ArrayLike<number>, instances: boolean): boolean {
  if (!instances) return true
  let first = 0
  for (let i = 0; i < data.length; i++)
    if (data[i] !== 0) {
      if (first !== 0 && data[i] !== first) return true
      first = data[i]
    }
  return false
}

async function predictionOf(
  job: Job,
  truth: Raster,
  { method, path, contents }: { method: string; path: string | undefined; contents: Uint8Array | undefined },
): Promise<Answer> {
  if (path === undefined || !contents)
    throw new AdzusError({ what: 'prediction', where: method, expected: 'a file of the picture’s name', got: 'none' })
  const raster = await rasterOf(contents, path)
  checkSameSize(raster, truth, path)
  return { method, block: 'prediction', ...truthOf(job, raster, shownPath(path)), milliseconds: 0 }
}

interface Sized {
  width: number
  height: number
}

function checkSameSize(got: Sized, wanted: Sized, path: string): void {
  if (got.width === wanted.width && got.height === wanted.height) return
  throw new AdzusError({
    what: 'size',
    where: shownPath(path),
    expected: `the picture’s ${wanted.width} × ${wanted.height} pixels`,
    got: `${got.width} × ${got.height}`,
  })
}

/** Dots per inch that programs write who know nothing of the world. */
const SCREENS = [72, 96]

/** Millimetres, unless the file tells a screen's density. */
function worldSpacing({ spacing }: Pick<Raster, 'spacing'>): [x: number, y: number] | undefined {
  if (!spacing) return undefined
  const { x, y } = spacing
  const isScreen = SCREENS.some((dpi) => Math.abs(x - 25.4 / dpi) < 1e-3 * x && Math.abs(y - 25.4 / dpi) < 1e-3 * y)
  return isScreen ? undefined : [x, y]
}

/** What the pattern finds, its first group if it has one; a picture without it is alone. */
function groupOf(image: string, pattern: RegExp | undefined): string {
  const [whole, first] = pattern?.exec(image) ?? []
  return first ?? whole ?? image
}
