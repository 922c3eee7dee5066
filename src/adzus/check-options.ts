/**
 * @file The kinds of options and arguments, checked before anything is loaded or computed. What
 * depends on a model (ranges, which layers there are) is checked where the model is known
 * (`options.ts`).
 */

import { isBoolean, isFunction, isRecord, isString, isWhole, must, mustBeNamed, mustBeOptions } from '../arguments.ts'
import { checkHubOptions } from '../checkpoint/hub/options.ts'
import { DTYPES } from '../checkpoint/variants.ts'
import { EDGES } from '../foreground/finish.ts'
import { METHODS } from '../grouping/grouping.ts'
import { CHANNELS, isChannelChoice } from '../image/channels.ts'
import { isWindow, WINDOWS } from '../image/window.ts'
import { isUrl } from '../url.ts'
import { isWeights, WEIGHTS } from './aggregation.ts'
import { FOREGROUND_RULES, isForeground } from './foreground.ts'
import { IMAGE_INPUTS, isImageInput } from './image-input.ts'
import type { LoadOptions } from './load-options.ts'
import { MAX_BATCH, type ManyOptions } from './many.ts'
import { OBJECT_RULES } from './objects.ts'
import type { SegmentOptions } from './options.ts'
import type { TileOptions } from './tiles/options.ts'
import type { Aggregation, Question } from './view/question.ts'

/** Whether a value will do, and what would. */
type Rule = [holds: (value: unknown) => boolean, expected: string]

const isNumber = (value: unknown) => typeof value === 'number'
const listOf = (holds: (value: unknown) => boolean) => (value: unknown) => Array.isArray(value) && value.every(holds)
/** What `Parameters` has where nothing was chosen: results' parameters are options, too. */
const orNull = (holds: (value: unknown) => boolean) => (value: unknown) => value === null || holds(value)

const NUMBERS = 'a list of numbers'
const SIGNAL: Rule = [(v) => isRecord(v) && isBoolean(v['aborted']) && isFunction(v['throwIfAborted']), 'an AbortSignal']
const SEGMENT: Record<keyof SegmentOptions, Rule> = {
  size: [(v) => isNumber(v) || (listOf(isNumber)(v) && (v as unknown[]).length === 2), 'a number of pixels, or [width, height]'],
  timesteps: [listOf(isNumber), NUMBERS],
  method: [(v) => isRecord(v) && (METHODS as string[]).includes(v['kind'] as string), `{ kind: '${METHODS.join("' or '")}', … }`],
  thresholds: [listOf(isNumber), NUMBERS],
  anchors: [isNumber, 'a whole number'],
  refine: [isBoolean, 'true or false'],
  noise: [orNull(isNumber), 'a whole number'],
  denoise: [orNull(isNumber), 'a whole number'],
  resolutions: [orNull(listOf(isNumber)), NUMBERS],
  layers: [orNull(listOf(isString)), 'a list of texts'],
  heads: [orNull(listOf(isNumber)), NUMBERS],
  weights: [orNull(isWeights), WEIGHTS],
  grid: [orNull(isNumber), 'a whole number'],
  tileVae: [isBoolean, 'true or false'],
  prompt: [isString, 'a text'],
  emptyPrompt: [isString, "'zeros' or 'encoded'"],
  foreground: [isForeground, FOREGROUND_RULES],
  wholeSegments: [isBoolean, 'true or false'],
  preset: [orNull(isString), 'the name of a preset'],
  objects: [(v) => (OBJECT_RULES as readonly unknown[]).includes(v), `'${OBJECT_RULES.join("', '")}'`],
  minSize: [isNumber, 'a whole number of pixels'],
  fillHoles: [isBoolean, 'true or false'],
  excludeBorder: [isBoolean, 'true or false'],
  edges: [(v) => (EDGES as readonly unknown[]).includes(v), `'${EDGES.join("', '")}'`],
  window: [isWindow, WINDOWS],
  channel: [orNull(isChannelChoice), CHANNELS],
  orient: [isBoolean, 'true or false'],
  name: [isString, 'a text'],
  signal: SIGNAL,
  onProgress: [isFunction, 'a function'],
}

const { name: _, ...EACH_OF_MANY } = SEGMENT
const { method, thresholds, anchors, refine, foreground, wholeSegments, edges, signal, onProgress } = SEGMENT
const { objects, minSize, fillHoles, excludeBorder } = SEGMENT
const OBJECTS = { objects, minSize, fillHoles, excludeBorder }
const RULES = { foreground, wholeSegments, edges, ...OBJECTS }
const { resolutions, layers, heads, weights, timesteps } = SEGMENT
const AGGREGATION: Record<keyof Aggregation, Rule> = { resolutions, layers, heads, weights, timesteps }
const QUESTION: Record<keyof Question, Rule> = {
  ...AGGREGATION,
  ...{ method, thresholds, anchors, refine },
  ...RULES,
  ...{ signal, onProgress },
}

const BATCH: Rule = [(v) => isWhole(v, 1, MAX_BATCH), `a whole number from 1 to ${MAX_BATCH}`]
const MANY: Record<keyof ManyOptions, Rule> = { ...EACH_OF_MANY, batch: BATCH }
const isFiles = (value: unknown) =>
  isRecord(value) && isString(value['root']) && ['list', 'text', 'open'].every((method) => isFunction(value[method]))
const isModel = (value: unknown) => isUrl(value) || (isString(value) && value.trim() !== '') || isFiles(value)
const MODEL = 'a path, an id of the hub, a URL, or files (memoryFiles, urlFiles, fileFiles)'
const isBackend = (value: unknown) => isRecord(value) && ['allocate', 'run', 'read', 'flush'].every((method) => isFunction(value[method]))

const LOAD: Record<keyof LoadOptions, Rule> = {
  backend: [(v) => isString(v) || isBackend(v), "'auto', 'webgpu', 'cpu', or an open backend"],
  cache: [isBoolean, 'true or false'],
  tune: [(v) => isBoolean(v) || v === 'auto', "true, false or 'auto'"],
  onProgress: [isFunction, 'a function'],
  dtype: [(v) => (DTYPES as readonly unknown[]).includes(v), DTYPES.join(', ')],
  variant: [isString, 'a text'],
  vae: [isModel, MODEL],
  base: [isModel, MODEL],
  hub: [isRecord, 'an object of options'],
  expect: [isRecord, 'an object of options'],
  onNote: [isFunction, 'a function'],
  signal: SIGNAL,
}

/**
 * Checks that all names are known, and each value.
 * @param where what the options are called
 */
function checkOptions(where: string, options: object, rules: Record<string, Rule>): void {
  mustBeOptions(where, options)
  mustBeNamed(where, options, Object.keys(rules))
  checkEach(options, rules)
}

function checkEach(options: object, rules: Record<string, Rule>): void {
  for (const [name, [holds, expected]] of Object.entries(rules)) {
    const value = (options as Record<string, unknown>)[name]
    if (value !== undefined) must(name, holds(value), expected, value)
  }
}

export function checkSegmentOptions(options: SegmentOptions): void {
  checkOptions('options', options, SEGMENT)
}

/** What may be asked of a view. */
export function checkQuestion(question: Question): void {
  checkOptions('question', question, QUESTION)
}

/**
 * What a question may choose of what is aggregated, beside others.
 * @param others their names
 */
export function checkAggregation(question: Aggregation, others: readonly string[]): void {
  mustBeOptions('question', question)
  mustBeNamed('question', question, [...others, ...Object.keys(AGGREGATION)])
  checkEach(question, AGGREGATION)
}

export function checkManyOptions(options: ManyOptions): void {
  checkOptions('options', options, MANY)
}

export function checkModel(model: unknown): void {
  must('model', isModel(model), MODEL, model)
}

export function checkFiles(files: unknown): void {
  must('files', isFiles(files), 'files (memoryFiles)', files)
}

export function checkLoadOptions(options: LoadOptions): void {
  checkOptions('options', options, LOAD)
  if (options.expect !== undefined) checkOptions('expect', options.expect, MANY)
  if (options.hub !== undefined) checkHubOptions('hub', options.hub)
}

export function checkTuneOptions(options: { budget?: number; onAnswer?: unknown }): void {
  checkOptions('options', options, {
    ...MANY,
    budget: [(v) => isNumber(v) && (v as number) >= 0, 'milliseconds, 0 or more'],
    onAnswer: [isFunction, 'a function'],
  })
}

/** Of what a dry run stands for, and how many pictures go through it. */
export function checkTarget(target: unknown, batch: unknown): void {
  const kinds = ['cpu', 'webgpu']
  const holds = isRecord(target) && kinds.includes(target['kind'] as string) && isNumber(target['maxTensorBytes'])
  must('target', holds, "an open backend, or { kind: 'cpu' or 'webgpu', maxTensorBytes }", target)
  checkEach({ batch }, { batch: BATCH })
}

/** Kinds only; ranges are checked where the picture is known (`tiles/options.ts`). */
const TILES: Record<keyof TileOptions, Rule> = {
  ...SEGMENT,
  tile: [isNumber, 'a whole number of pixels'],
  overlap: [isNumber, 'a whole number of pixels'],
  region: [isRecord, 'whole pixels { x, y, width, height }'],
  mpp: [isNumber, 'micrometres a pixel'],
  skipBlank: [isBoolean, 'true or false'],
}

export function checkTileOptions(options: TileOptions): void {
  checkOptions('options', options, TILES)
}

/** An image of a file, or a picture. */
export function checkTiledImage(image: unknown): void {
  if (!(isRecord(image) && isFunction(image['decode']))) checkImage(image)
}

/** A picture, or what might be one: what its bytes and samples are is told when it is read. */
export function checkImage(image: unknown): void {
  must('image', isImageInput(image), IMAGE_INPUTS, image, imageHint(image))
}

function imageHint(image: unknown): string | undefined {
  if (isString(image)) return 'Read the file and pass its bytes, or write its URL in full.'
  return isPromise(image) ? 'Await it.' : undefined
}

/** Pictures one after another. A single one is none: its bytes would be taken for pictures. */
export function checkImages(images: unknown): void {
  const isIterable = isRecord(images) || Array.isArray(images)
  const holds = isIterable && (isFunction(member(images, Symbol.iterator)) || isFunction(member(images, Symbol.asyncIterator)))
  const single = ArrayBuffer.isView(images) || (isRecord(images) && ('data' in images || 'read' in images))
  const hint = single ? 'Put a single picture into a list.' : isPromise(images) ? 'Await it.' : undefined
  must('images', holds && !ArrayBuffer.isView(images), 'a list or another iterable of pictures', images, hint)
}

/** A picture of many that is read when its turn comes. */
export function checkLazyImage({ read, name }: { read: unknown; name?: unknown }): void {
  must('images', isFunction(read), 'pictures whose `read` is a function', read)
  must('images', name === undefined || isString(name), 'pictures whose `name` is a text', name)
}

const member = (value: object, name: symbol) => (value as Record<symbol, unknown>)[name]
const isPromise = (value: unknown) => isRecord(value) && isFunction(value['then'])
