/** @file What options ask of the segmentation. */
import {
  MAX_BATCH,
  type ManyOptions,
  OBJECT_RULES,
  parseChannels,
  parseForeground,
  parseWeights,
  parseWindow,
  presetNamed,
} from '../../index.ts'
import { numbers, oneOf, type Parsed, UsageError, whole, words } from '../arguments.ts'

const EMPTY_PROMPTS = ['zeros', 'encoded'] as const
const EDGES = ['none', 'guided', 'cut'] as const

/** What the call asks of the segmentation. */
export type Choices = Omit<ManyOptions, 'onProgress' | 'signal'>

/** Reads it from the arguments; `command` is what errors call it. */
export function choicesOf({ values, switches }: Pick<Parsed, 'values' | 'switches'>, command = 'segment'): Choices {
  const list = (name: string) => (values[name] === undefined ? undefined : numbers(command, name, values[name]))
  const one = (name: string) => {
    const found = list(name)
    if (found && found.length !== 1) throw new UsageError({ what: command, where: `--${name}`, expected: 'one number', got: values[name]! })
    return found?.[0]
  }
  if (values.threshold !== undefined && values.thresholds !== undefined)
    throw new UsageError({ what: command, where: '--threshold', expected: 'it or --thresholds', got: 'both' })
  const same = one('threshold')
  return {
    size: values.size === undefined ? undefined : readSize(command, values.size),
    timesteps: list('timesteps'),
    thresholds: same === undefined ? list('thresholds') : [same, same, same],
    anchors: one('anchors'),
    refine: switches.refine,
    noise: one('noise'),
    denoise: one('denoise'),
    resolutions: list('resolutions'),
    layers: values.layers === undefined ? undefined : words(command, 'layers', values.layers),
    heads: list('heads'),
    weights: values.weights === undefined ? undefined : parseWeights(values.weights),
    grid: one('grid'),
    tileVae: switches['tile-vae'],
    emptyPrompt: values['empty-prompt'] === undefined ? undefined : oneOf(command, 'empty-prompt', values['empty-prompt'], EMPTY_PROMPTS),
    prompt: values.prompt,
    foreground: values.foreground === undefined ? undefined : parseForeground(values.foreground),
    edges: values.edges === undefined ? undefined : oneOf('segment', 'edges', values.edges, EDGES),
    wholeSegments: switches['whole-segments'],
    preset: values.preset === undefined ? undefined : presetNamed(values.preset).name,
    objects: values.objects === undefined ? undefined : oneOf('segment', 'objects', values.objects, OBJECT_RULES),
    minSize: values['min-size'] === undefined ? undefined : whole('segment', 'min-size', values['min-size'], 0, 2 ** 31),
    fillHoles: switches['no-fill-holes'] ? false : switches['fill-holes'],
    excludeBorder: switches['exclude-border'],
    window: values.window === undefined ? undefined : parseWindow(values.window),
    channel: values.channel === undefined ? undefined : parseChannels(values.channel),
    orient: switches.orient,
    batch: values.batch === undefined ? undefined : whole(command, 'batch', values.batch, 1, MAX_BATCH),
  }
}

/** `N` or `WxH` in pixels. */
export function readSize(command: string, text: string): [number, number] {
  const match = /^(\d+)(?:[x×](\d+))?$/.exec(text)
  if (!match) throw new UsageError({ what: command, where: '--size', expected: 'N or WIDTHxHEIGHT in pixels', got: text })
  return [Number(match[1]), Number(match[2] ?? match[1])]
}
