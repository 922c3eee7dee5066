/** @file The options of `adzus evaluate`: their help, and what they ask for. */
import { DTYPES } from '../../checkpoint/variants.ts'
import { FACTORS, type Factor } from '../../evaluation/ablations.ts'
import type { Baseline } from '../../evaluation/baselines/baseline.ts'
import { BASELINES } from '../../evaluation/baselines/index.ts'
import { NO_METHODS, parseMethods, type RuleMethod, refuseTwice } from '../../evaluation/methods.ts'
import { MAX_THREADS } from '../../index.ts'
import { describeExamples, describeOptions, numbers, type Options, oneOf, type Parsed, UsageError, whole, words } from '../arguments.ts'
import { type DefaultNumbers, defaultNumbers, NO_NUMBERS } from '../defaults.ts'
import type { Choices } from '../segment/choices.ts'
import { choicesOf } from '../segment/choices.ts'
import { BACKENDS, optionsOf as segmentOptions } from '../segment/options.ts'

const COMMAND = 'evaluate'
const FOLDER = 'report'
const METHODS = 'auto,center'
const ALL = 'all'
/** Pixels, or millimetres. */
const TOLERANCE = 2
const MAX_CLICKS = 100

/** What both commands have in common. */
const MODEL = ['model', 'dtype', 'variant', 'vae', 'base', 'backend', 'threads']
const NETWORK = [
  'window',
  'channel',
  'size',
  'timesteps',
  'anchors',
  'refine',
  'noise',
  'denoise',
  'resolutions',
  'layers',
  'heads',
  'weights',
  'grid',
  'tile-vae',
  'empty-prompt',
  'no-cache',
]

/** What the arguments ask for. */
export interface Call extends Pick<Parsed, 'values' | 'switches'> {
  data?: string
  masks?: string
  predictions: ReadonlyMap<string, string>
  /** The folder of the report. */
  folder: string
  methods: readonly RuleMethod[]
  clicks: number
  baselines: readonly Baseline[]
  factors: readonly Factor[]
  sets?: readonly string[]
  limit?: number
  tolerance: number
  seed: number
  /** Names what belongs together, for example a patient. */
  group?: RegExp
  /** Value → name of a class. */
  classes?: Record<number, string>
  choices: Choices
  backend: (typeof BACKENDS)[number]
  threads?: number
  dtype?: (typeof DTYPES)[number]
}

function optionsOf(defaults: DefaultNumbers): Options {
  const all = segmentOptions(defaults)
  const some = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, all[name]]))
  return {
    output: { value: 'FOLDER', short: 'o', help: `where the report goes (default: ${FOLDER})` },
    methods: {
      value: 'RULE,…',
      help: `rules and presets of adzus segment, or ${NO_METHODS} (default: ${METHODS}; none with --masks): auto, all, center, text=words, preset=NAME, …`,
    },
    thresholds: {
      value: 'D,…',
      help: `divergences below which maps merge: each makes methods of its own, as auto@0.2${defaults.thresholds}`,
    },
    baselines: { value: 'NAME,…', help: `${ALL}, or some of ${BASELINES.map(({ name }) => name).join(', ')} (default: none)` },
    clicks: { value: 'N', help: `simulated clicks, 1 to ${MAX_CLICKS}: they use the true masks (default: none)` },
    oracles: { help: 'what the best choice by the true masks would reach: bounds, no results' },
    ablate: { value: 'FACTOR,…', help: `vary one factor at a time: ${FACTORS.join(', ')}` },
    masks: { value: 'FOLDER', help: 'true masks, or folders of them, instead of DATA: for --predictions without pictures' },
    predictions: { value: 'NAME=FOLDER', help: 'masks of another program, of the same names; once for each program' },
    labels: { value: 'N=NAME,…', help: 'masks are maps of classes: which value is which' },
    instances: { help: 'masks are maps of objects: compare them one by one as well' },
    sets: { value: 'NAME,…', help: 'only these sets (default: all)' },
    limit: { value: 'N', help: 'only the first N pictures of each set (default: all)' },
    tolerance: { value: 'T', help: `of the surface Dice, in mm where files tell it, else in pixels (default: ${TOLERANCE})` },
    group: {
      value: 'REGEX',
      help: 'what of a picture’s name tells the patient (its first group): resampled together (default: each alone)',
    },
    seed: { value: 'N', help: 'of the resampling (default: 0)' },
    ...some([...MODEL, ...NETWORK]),
    resume: { help: 'go on with an evaluation that was ended, of the same pictures and parameters' },
    overwrite: { help: 'replace files that are called like a report’s but are of another origin' },
    json: { help: 'the summary as one line of JSON on standard output, instead of tables' },
    quiet: { short: 'q', help: 'no progress and no warnings' },
    verbose: { help: 'say what is known of the model' },
    help: { short: 'h', help: 'this text' },
  }
}

export async function evaluateHelp(): Promise<string> {
  return `adzus evaluate DATA [options]

Compares masks with true ones. DATA has the folders images and masks, or a folder with both for each
set; a mask’s name and size are its picture’s. It prints tables and writes cases.csv (a line for each
picture and method), summary.json (means with 95 % intervals) and report.html.

${describeOptions(optionsOf(await defaultNumbers()))}

${describeExamples([
  'adzus evaluate data/nuclei -o report --methods auto,center --baselines all',
  'adzus evaluate --masks data/nuclei/masks --predictions sam=out1 --predictions cellpose=out2',
])}

Exit code: 0 all done, 1 some pictures failed, 2 wrong call; 130, 143 or 129 after Ctrl-C (SIGINT),
SIGTERM or SIGHUP: what is done by then is kept for --resume.`
}

export const OPTIONS = optionsOf(NO_NUMBERS)

/** @throws AdzusError for options that contradict each other */
export function readCall({ inputs, values, every, switches }: Parsed): Call {
  const { masks, group, clicks, limit, seed, sets, ablate } = values
  const [data, ...others] = inputs
  const wrong = (where: string, expected: string, got: string) => new UsageError({ what: COMMAND, where, expected, got })
  if (others.length > 0) throw new UsageError({ what: COMMAND, expected: 'one folder', got: `${inputs.length}` })
  if ((data === undefined) === (masks === undefined))
    throw new UsageError({
      what: COMMAND,
      expected: 'DATA or --masks',
      got: data === undefined ? 'none' : 'both',
      hint: 'See adzus evaluate --help.',
    })
  const predictions = readPredictions(every['predictions'] ?? [])
  const thresholds = values.thresholds === undefined ? [] : numbers(COMMAND, 'thresholds', values.thresholds)
  const methods = parseMethods(values.methods ?? (data === undefined ? NO_METHODS : METHODS), thresholds)
  const chosen = readBaselines(values.baselines)
  refuseTwice([...methods, ...chosen, ...[...predictions.keys()].map((name) => ({ name }))].map(({ name }) => name))
  if (data === undefined) {
    if (predictions.size === 0) throw wrong('--masks', '--predictions NAME=FOLDER beside it', 'none')
    if (methods.length > 0 || chosen.length > 0 || switches.oracles || clicks !== undefined || ablate !== undefined)
      throw wrong('--masks', 'predictions alone, since there are no pictures', 'methods that see pictures')
  }
  if (ablate !== undefined && methods.length === 0) throw wrong('--ablate', 'methods that it varies', `--methods ${NO_METHODS}`)
  const { labels } = values
  if (labels !== undefined && switches.instances) throw wrong('--labels', 'it or --instances', 'both')
  return {
    values,
    switches,
    data,
    masks,
    predictions,
    folder: values.output ?? FOLDER,
    methods,
    clicks: clicks === undefined ? 0 : whole(COMMAND, 'clicks', clicks, 1, MAX_CLICKS),
    baselines: chosen,
    factors: ablate === undefined ? [] : words(COMMAND, 'ablate', ablate).map((word) => oneOf(COMMAND, 'ablate', word, FACTORS)),
    sets: sets === undefined ? undefined : words(COMMAND, 'sets', sets),
    limit: limit === undefined ? undefined : whole(COMMAND, 'limit', limit, 1, 2 ** 31),
    tolerance: readTolerance(values.tolerance),
    seed: seed === undefined ? 0 : whole(COMMAND, 'seed', seed, 0, 2 ** 32 - 1),
    group: group === undefined ? undefined : readPattern(group),
    classes: labels === undefined ? undefined : readClasses(labels),
    choices: choicesOf({ values: { ...values, thresholds: undefined }, switches }, COMMAND),
    backend: oneOf(COMMAND, 'backend', values.backend ?? 'auto', BACKENDS),
    threads: values.threads === undefined ? undefined : whole(COMMAND, 'threads', values.threads, 1, MAX_THREADS),
    dtype: values.dtype === undefined ? undefined : oneOf(COMMAND, 'dtype', values.dtype, DTYPES),
  }
}

function readPredictions(list: readonly string[]): Map<string, string> {
  const found = list.map((text): [string, string] => {
    const [, name, folder] = /^([^=]+)=(.+)$/s.exec(text) ?? []
    if (name === undefined) throw new UsageError({ what: COMMAND, where: '--predictions', expected: 'NAME=FOLDER', got: text })
    return [name, folder]
  })
  refuseTwice(found.map(([name]) => name))
  return new Map(found)
}

function readBaselines(text: string | undefined): readonly Baseline[] {
  if (text === undefined) return []
  if (text === ALL) return BASELINES
  const names = words(COMMAND, 'baselines', text).map((word) =>
    oneOf(
      COMMAND,
      'baselines',
      word,
      BASELINES.map(({ name }) => name),
    ),
  )
  return BASELINES.filter(({ name }) => names.includes(name))
}

function readTolerance(text: string | undefined): number {
  const [value, ...more] = text === undefined ? [TOLERANCE] : numbers(COMMAND, 'tolerance', text)
  if (more.length === 0 && value >= 0) return value
  throw new UsageError({ what: COMMAND, where: '--tolerance', expected: 'one number from 0 on', got: text! })
}

function readPattern(text: string): RegExp {
  try {
    return new RegExp(text, 'u')
  } catch (cause) {
    throw new UsageError({ what: COMMAND, where: '--group', expected: 'a regular expression', got: (cause as Error).message })
  }
}

function readClasses(text: string): Record<number, string> {
  const pairs = words(COMMAND, 'labels', text).map((part) => {
    const [, value, name] = /^(\d+)=(.+)$/s.exec(part) ?? []
    if (value === undefined || Number(value) === 0)
      throw new UsageError({ what: COMMAND, where: '--labels', expected: 'N=NAME, with N from 1 on', got: part })
    return [Number(value), name] as const
  })
  refuseTwice(pairs.map(([value]) => `${value}`))
  refuseTwice(pairs.map(([, name]) => name))
  return Object.fromEntries(pairs)
}
