/**
 * @file One picture of an evaluation: every method's answer is measured and forgotten. Where the
 * picture, its true mask or the network fails, it has no figures of any method; a mask of another
 * program fails alone.
 */
import type { Adzus } from '../adzus/adzus.ts'
import type { SegmentOptions } from '../adzus/options.ts'
import { AdzusError } from '../errors.ts'
import { decodeImage, openImages } from '../image/decode.ts'
import type { Raster } from '../image/raster.ts'
import type { Signal } from '../signal.ts'
import { baselineAnswers, needsNetwork, networkAnswers, type Plan } from './answers.ts'
import { type Answer, type Case, inside, measure, type Truth } from './case.ts'
import type { Failure } from './summary.ts'
import { labelsOfRaster, maskOfRaster } from './truth.ts'

/** A file: its name for errors, and what is in it. */
export interface NamedFile {
  name: string
  contents: Uint8Array
}

export interface EvaluatedPicture {
  set: string
  image: string
  /** Nothing where only masks are compared. */
  picture?: NamedFile
  truth: NamedFile
  /** Of other programs; nothing where one has none. */
  predictions: ReadonlyMap<string, NamedFile | undefined>
}

/** What is the same for all pictures. */
export interface Evaluation {
  plan: Plan
  /** Nothing where no method needs the network. */
  adzus?: Adzus
  options: SegmentOptions
  /** Of the surface Dice. */
  tolerance: number
  /** Value → name of a class, where masks are maps of classes. */
  classes?: Record<number, string>
  /** Whether masks are maps of objects. */
  instances: boolean
  /** Finds in a picture's name what belongs together. */
  group?: RegExp
  signal?: Signal
  /** Which method is being measured. */
  onMethod?: (method: string) => void
  /** Sees masks before they are forgotten. */
  onMeasured?: (measured: Case, truth: Truth, answer: Answer) => void
}

/** What has been found. */
export interface Found {
  cases: Case[]
  failures: Failure[]
}

/**
 * The figures of every method for one picture.
 * @throws AdzusError for what fails the picture as a whole; the reason of an abort
 */
export async function evaluatePicture(item: EvaluatedPicture, evaluation: Evaluation): Promise<Found> {
  const { set, image, predictions } = item
  const { plan, adzus, signal } = evaluation
  const raster = await rasterOf(item.truth)
  const truth = truthOf(evaluation, raster, item.truth.name)
  const picture =
    item.picture &&
    (await decodeImage(item.picture.contents, item.picture.name, {
      window: evaluation.options.window,
      channel: evaluation.options.channel ?? undefined,
    }))
  if (picture) checkSameSize(raster, picture, item.truth.name)
  const spacing = worldSpacing(raster) ?? (picture && worldSpacing(picture))
  const { tolerance, classes, instances, group } = evaluation
  const measures = { tolerance, spacing: spacing ?? ([1, 1] as [number, number]), classes, instances }
  const found: Found = { cases: [], failures: [] }
  const take = (answer: Answer) => {
    const { method, block, milliseconds } = answer
    evaluation.onMethod?.(method)
    const figures = measure(truth, answer, measures)
    const measured: Case = {
      set,
      image,
      group: groupOf(image, group),
      method,
      block,
      ...figures,
      unit: spacing ? 'mm' : 'px',
      milliseconds,
    }
    found.cases.push(measured)
    evaluation.onMeasured?.(measured, truth, answer)
  }
  if (adzus && item.picture && needsNetwork(plan)) {
    const { contents, name } = item.picture
    const asked = { contents, options: { ...evaluation.options, name, signal }, truth: truth.mask, plan }
    for await (const answer of networkAnswers(adzus, asked)) take(answer)
  }
  if (picture) for await (const answer of baselineAnswers(picture, plan.baselines)) take(answer)
  for (const [method, file] of predictions)
    try {
      take(await predictionOf(evaluation, raster, method, file))
    } catch (error) {
      if (!(error instanceof AdzusError)) throw error
      found.failures.push({ set, image, method, error: error.message })
    }
  return found
}

async function rasterOf({ contents, name }: NamedFile): Promise<Raster> {
  const [first] = await openImages(contents, name)
  return first.decode()
}

function truthOf({ classes, instances }: Evaluation, raster: Raster, where: string): Truth {
  if (!classes && !instances) return { mask: maskOfRaster(raster, where) }
  const labels = labelsOfRaster(raster, where, instances)
  return { mask: inside(labels, classes), labels: classes || hasObjects(labels.data) ? labels : undefined }
}

/** A map of one value is a mask: its objects are its connected parts. */
function hasObjects(data: ArrayLike<number>): boolean {
  let first = 0
  for (let i = 0; i < data.length; i++) {
    if (data[i] === 0 || data[i] === first) continue
    if (first !== 0) return true
    first = data[i]
  }
  return false
}

async function predictionOf(evaluation: Evaluation, truth: Raster, method: string, file: NamedFile | undefined): Promise<Answer> {
  if (!file) throw new AdzusError({ what: 'prediction', where: method, expected: 'a file of the picture’s name', got: 'none' })
  const raster = await rasterOf(file)
  checkSameSize(raster, truth, file.name)
  return { method, block: 'prediction', ...truthOf(evaluation, raster, file.name), milliseconds: 0 }
}

interface Sized {
  width: number
  height: number
}

function checkSameSize(got: Sized, wanted: Sized, where: string): void {
  if (got.width === wanted.width && got.height === wanted.height) return
  throw new AdzusError({
    what: 'size',
    where,
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
  const isOf = (dpi: number, size: number) => Math.abs(size - 25.4 / dpi) < 1e-3 * size
  return SCREENS.some((dpi) => isOf(dpi, x) && isOf(dpi, y)) ? undefined : [x, y]
}

/** What the pattern finds, its first group if it has one; a picture without it is alone. */
function groupOf(image: string, pattern: RegExp | undefined): string {
  const [whole, first] = pattern?.exec(image) ?? []
  return first ?? whole ?? image
}
