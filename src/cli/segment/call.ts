/** @file What the arguments of `adzus segment` ask for. */
import { environment } from '#platform'
import { DTYPES } from '../../checkpoint/variants.ts'
import { CUTS, MAX_THREADS, type VolumeOptions } from '../../index.ts'
import { attentionPicture } from '../../output/attention.ts'
import type { Output } from '../../output/output.ts'
import { chooseOutputs, defaultOutputs, recordOutput } from '../../output/registry.ts'
import { numbers, oneOf, type Parsed, UsageError, whole, words } from '../arguments.ts'
import { readShard, type Shard } from '../fleet/shard.ts'
import { type Choices, choicesOf } from './choices.ts'
import { BACKENDS, FOLDER } from './options.ts'
import type { PageChoice } from './pages.ts'
import { type TileChoices, tilesOf } from './tiles.ts'

/** What the arguments ask for. */
export interface Call extends Pick<Parsed, 'values' | 'switches'> {
  patterns: readonly string[]
  /** The folder of the results, and what is saved there. */
  folder: string
  outputs: readonly Output[]
  choices: Choices
  /** What is chosen about tiles, where all images go that way. */
  tiles?: TileChoices
  backend: (typeof BACKENDS)[number]
  threads?: number
  dtype?: (typeof DTYPES)[number]
  /** The part of the inputs that is done. */
  shard?: Shard
  /** Milliseconds after the start of the process at which the run has to be over. */
  deadline?: number
  /** The pixel whose attention is asked for instead of segments. */
  attention?: readonly [x: number, y: number]
  /** Which pages of files; nothing where the first is taken. */
  page?: PageChoice
  /** How volumes are cut; nothing where their files are taken for pictures (`none`). */
  volumes?: Pick<VolumeOptions, 'slices' | 'every'>
}

/** @throws AdzusError for options that contradict each other, or that no model could follow */
export function readCall({ inputs: patterns, values, switches }: Parsed): Call {
  const call: Call = {
    patterns,
    values,
    switches,
    folder: values.output ?? FOLDER,
    outputs: values.save === undefined ? defaultOutputs : chooseOutputs(words('segment', 'save', values.save)),
    choices: choicesOf({ values, switches }),
    tiles: tilesOf({ values, switches }),
    backend: oneOf('segment', 'backend', values.backend ?? 'auto', BACKENDS),
    threads: values.threads === undefined ? undefined : whole('segment', 'threads', values.threads, 1, MAX_THREADS),
    dtype: values.dtype === undefined ? undefined : oneOf('segment', 'dtype', values.dtype, DTYPES),
    shard: values.shard === undefined ? undefined : readShard(values.shard, environment().variables),
    deadline: values['time-limit'] === undefined ? undefined : readMinutes(values['time-limit']),
    attention: values.attention === undefined ? undefined : readPixel(values.attention),
    page: values.page === undefined ? undefined : values.page === 'all' ? 'all' : whole('segment', 'page', values.page, 1, 2 ** 31),
    // Pages and pixels are those of pictures.
    volumes: values.page === undefined && values.attention === undefined ? readVolumes(values) : undefined,
  }
  const wrong = (where: string, expected: string, got: string, hint?: string) =>
    new UsageError({ what: 'segment', where, expected, got, hint })
  if (patterns.length === 0 && !switches.explain)
    throw new UsageError({ what: 'segment', expected: 'files, folders or globs', got: 'no input', hint: 'See adzus segment --help.' })
  if (call.attention && !values.output?.toLowerCase().endsWith(attentionPicture.suffix))
    throw wrong('--output', `${attentionPicture.help} for the heat map (heat${attentionPicture.suffix})`, values.output ?? 'nothing')
  if (call.attention && (patterns.length !== 1 || switches.resume || switches.explain || values.save !== undefined))
    throw wrong(
      '--attention',
      'one image, without --resume, --explain and --save',
      patterns.length === 1 ? 'more options' : `${patterns.length} inputs`,
    )
  if (values.page !== undefined && (values.every !== undefined || (values.slices ?? 'none') !== 'none'))
    throw wrong('--page', 'it, or --slices and --every for volumes', 'both')
  if (values.page === 'all' && call.attention) throw wrong('--page', 'one page with --attention', 'all')
  if (switches['fill-holes'] && switches['no-fill-holes']) throw wrong('--fill-holes', 'it or --no-fill-holes', 'both')
  if (switches.tune && switches['no-tune']) throw wrong('--tune', 'it or --no-tune', 'both')
  const vouching = switches.resume ? '--resume' : call.shard && '--shard'
  if (vouching && !call.outputs.includes(recordOutput))
    throw wrong(
      vouching,
      `${recordOutput.name} among what is saved, since that tells how results were made`,
      `--save ${values.save}`,
      `Add ${recordOutput.name} to --save.`,
    )
  return call
}

/** Minutes as milliseconds. */
function readMinutes(text: string): number {
  const minutes = Number(text)
  if (text.trim() === '' || !(minutes > 0) || !Number.isFinite(minutes))
    throw new UsageError({ what: 'segment', where: '--time-limit', expected: 'minutes, more than 0', got: text })
  return minutes * 60_000
}

/** Of volumes; nothing where there are to be none. */
function readVolumes({ slices, every }: Parsed['values']): Call['volumes'] {
  const cut = slices === undefined ? undefined : oneOf('segment', 'slices', slices, [...CUTS, 'none'] as const)
  const number = every === undefined ? undefined : whole('segment', 'every', every, 1, 2 ** 31)
  return cut === 'none' ? undefined : { slices: cut, every: number }
}

function readPixel(text: string): [number, number] {
  const [x, y, ...more] = numbers('segment', 'attention', text)
  if (y === undefined || more.length > 0)
    throw new UsageError({ what: 'segment', where: '--attention', expected: 'X,Y in pixels', got: text })
  return [x, y]
}
