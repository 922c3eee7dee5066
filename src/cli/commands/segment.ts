/**
 * @file `adzus segment`: images in, label maps, masks, overlays and JSON out. A file that fails is reported and the others go on.
 */
import { dirname, join } from 'node:path'
import { embeddedModel, totalMemory } from '#platform'
import type { DownloadProgress } from '../../checkpoint/hub/meter.ts'
import type { Note } from '../../checkpoint/notes.ts'
import { DTYPES } from '../../checkpoint/variants.ts'
import { AdzusError } from '../../errors.ts'
import {
  Adzus,
  type Backend,
  debugLevel,
  type LoadOptions,
  MAX_BATCH,
  MAX_THREADS,
  misfit,
  openBackend,
  parseForeground,
} from '../../index.ts'
import { memorySize, printable } from '../../messages.ts'
import { describeOptions, numbers, type Options, oneOf, type Parsed, parseArguments, UsageError, whole, words } from '../arguments.ts'
import { makeWritable, sweep } from '../files.ts'
import { downloading } from '../format.ts'
import { findInputs, type Inputs } from '../inputs.ts'
import { jsonLine } from '../output.ts'
import { Progress } from '../progress.ts'
import { explain } from '../segment/explain.ts'
import { Observation } from '../segment/observation.ts'
import { resultPaths } from '../segment/results.ts'
import { type Choices, Run } from '../segment/run.ts'
import { delivered, stoppable } from '../signals.ts'

const OPTIONS: Options = {
  output: { value: 'FOLDER', short: 'o', help: 'where the results go (default: out)' },
  model: {
    value: 'MODEL',
    short: 'm',
    help: 'a Stable Diffusion 1, 2 or XL checkpoint: folder, .safetensors file or hub id (default: the embedded one)',
  },
  dtype: { value: 'TYPE', help: 'how weights are stored on the device: auto (as in the file), f16 or f32' },
  variant: { value: 'NAME', help: 'weights with this name before the extension, for example fp16' },
  vae: { value: 'MODEL', help: 'take the VAE from another folder, file or hub id' },
  base: { value: 'MODEL', help: 'take what the model lacks (text encoders, VAE) from this one' },
  backend: { value: 'NAME', help: 'auto, webgpu or cpu (default: auto, WebGPU where there is an adapter)' },
  threads: { value: 'N', help: 'threads of the CPU backend, 1 to 256 (default: ADZUS_THREADS, else all cores)' },
  foreground: { value: 'RULE', help: 'auto, all, center, point=x,y, box=x0,y0,x1,y1 or text=words (default: auto)' },
  size: { value: 'N|WxH', help: 'pixels that images are resized to for the network' },
  timesteps: { value: 'T,…', help: 'time steps whose attention is averaged' },
  thresholds: { value: 'D,…', help: 'divergence below which maps merge, one a round; higher gives fewer segments' },
  threshold: { value: 'D', help: 'the same divergence for each of three rounds' },
  anchors: { value: 'N', help: 'anchors a side' },
  refine: { help: 'refine the segments by k-means of all attention maps' },
  noise: { value: 'SEED', help: 'add the schedule’s noise to the latent' },
  denoise: { value: 'N', help: 'reach each time step from noise by N DDIM steps' },
  resolutions: { value: 'N,…', help: 'only attention of these grids (longer side in cells)' },
  layers: { value: 'NAME,…', help: 'only attention layers whose path contains one of these' },
  heads: { value: 'N,…', help: 'only these heads' },
  grid: { value: 'N', help: 'aggregate on a grid of this longer side (default: the finest that has self-attention)' },
  'tile-vae': { help: 'encode the image in overlapping tiles: less memory, nearly the same (default: where the device needs it)' },
  'empty-prompt': { value: 'NAME', help: 'what stands for no text: zeros or encoded (default: the model’s choice)' },
  'no-cache': { help: 'keep no encoded texts between runs (they hold nothing of the images)' },
  tune: { help: 'measure which kernels are fastest on this WebGPU adapter and remember it (default: once, except on software adapters)' },
  'no-tune': { help: 'use the kernels’ defaults, whatever was measured' },
  batch: { value: 'N', help: 'images that go through the networks at once, up to 64; fewer where memory is short (default: 1)' },
  resume: { help: 'skip images whose results are there, made of the same picture with the same model and parameters' },
  overwrite: { help: 'replace files that are called like results but are none (never an input; default: the image fails)' },
  explain: { help: 'print what would run, with work and memory, and do nothing; images are not needed; each step with --verbose' },
  profile: { help: 'say on standard error which kernels took the time of the images; with --json also as a last line' },
  trace: { value: 'FILE', help: 'write when which stage and kernel ran, for ui.perfetto.dev or chrome://tracing' },
  json: { help: 'one line of JSON an image on standard output' },
  quiet: { short: 'q', help: 'no progress and no warnings' },
  verbose: { help: 'say what is known of the model: its kind, tensors that are ignored' },
  help: { short: 'h', help: 'this text' },
}

const HELP = `adzus segment INPUT… [options]

INPUT is a PNG or JPEG file, a folder (searched recursively) or a glob. For each image the
output folder gets NAME.labels.png (segments 1…n), NAME.mask.png (0/255), NAME.overlay.png
and NAME.json, all of the image's own width and height.

${describeOptions(OPTIONS)}

ADZUS_DEBUG=1 in the environment prints a line on standard error for each stage, =2 also for
each kernel, =3 also the kernels' sources. Like --profile and --trace, from 2 on it makes a run
slower: each kernel is waited for or measured.

Of an option that is given twice the last counts.

Exit code: 0 all done, 1 some images failed, 2 wrong call; 130, 143 or 129 after Ctrl-C (SIGINT),
SIGTERM or SIGHUP: the image in hand is then finished or dropped whole.`

const EMPTY_PROMPTS = ['zeros', 'encoded'] as const
const BACKENDS = ['auto', 'webgpu', 'cpu'] as const

export async function segment(args: string[]): Promise<number> {
  const parsed = parseArguments('segment', args, OPTIONS)
  const { inputs: patterns, values, switches } = parsed
  if (switches.help) {
    console.log(HELP)
    return 0
  }
  if (patterns.length === 0 && !switches.explain)
    throw new UsageError({ what: 'segment', expected: 'files, folders or globs', got: 'no input', hint: 'See adzus segment --help.' })
  const call: Call = {
    patterns,
    values,
    switches,
    options: segmentOptions(parsed),
    backend: oneOf('segment', 'backend', values.backend ?? 'auto', BACKENDS),
    threads: values.threads === undefined ? undefined : whole('segment', 'threads', values.threads, 1, MAX_THREADS),
    dtype: values.dtype === undefined ? undefined : oneOf('segment', 'dtype', values.dtype, DTYPES),
  }
  if (switches.tune && switches['no-tune'])
    throw new UsageError({ what: 'segment', where: '--tune', expected: 'it or --no-tune', got: 'both' })
  return stoppable((signal) => perform(call, signal))
}

/** What the arguments ask for. */
interface Call extends Pick<Parsed, 'values' | 'switches'> {
  patterns: readonly string[]
  options: Choices
  backend: (typeof BACKENDS)[number]
  threads?: number
  dtype?: (typeof DTYPES)[number]
}

async function perform({ patterns, values, switches, options, backend, threads, dtype }: Call, signal: AbortSignal): Promise<number> {
  const { inputs, notes }: Inputs = switches.explain ? { inputs: [], notes: [] } : await findInputs(patterns)
  const output = values.output ?? 'out'
  if (!switches.explain) {
    await makeWritable(output)
    await sweep(new Set([output, dirname(values.trace ?? output), ...inputs.map(({ name }) => dirname(join(output, name)))]))
  }
  // Lines of debugging go where progress is shown.
  const progress = new Progress(switches.quiet === true || debugLevel() > 0)
  const { variant, vae, base, model } = values
  const onNote: Note = (text, kind) => {
    if (kind === 'detail' ? !switches.verbose : switches.quiet) return
    progress.clear()
    console.error(`adzus: ${printable(text)}`)
  }
  for (const note of notes) onNote(note, 'warning')
  progress.show('loading the model …')
  const checkpoint = {
    cache: !switches['no-cache'],
    dtype,
    variant,
    vae,
    base,
    onNote,
    signal,
    hub: { onProgress: (p: DownloadProgress) => progress.show(downloading(p)), onNote },
  }
  const device = await openBackend(backend, { threads })
  const observation = new Observation(device, { profile: switches.profile === true, trace: values.trace, json: switches.json === true })
  try {
    if (switches.explain) {
      const plan = await Adzus.plan(model ?? embeddedModel(), device, checkpoint, options, options.batch)
      await delivered()
      signal.throwIfAborted()
      progress.clear()
      console.log(switches.json ? jsonLine(plan) : explain(plan, switches.verbose === true))
      return 0
    }
    await observation.begin(
      inputs.map(({ path }) => path),
      inputs.flatMap(({ name }) => Object.values(resultPaths(join(output, name)))),
    )
    await checkMemory(model ?? embeddedModel(), device, checkpoint, options)
    const adzus = await Adzus.load(model, { ...checkpoint, backend: device, tune: switches['no-tune'] ? false : 'auto', expect: options })
    try {
      if (switches.tune) await tune(adzus, options, onNote)
      observation.imagesBegin()
      const code = await new Run(adzus, options, { inputs, output, switches, progress, signal }).all().catch((error) => {
        // What has been seen of a run that was ended is still said.
        if (signal.aborted) return 1
        throw error
      })
      progress.clear()
      observation.end()
      return code
    } finally {
      await adzus.dispose()
    }
  } finally {
    progress.clear()
    observation.abandon()
    await device.dispose()
  }
}

/** Measures kernels for these options; a line each at --verbose. */
async function tune(adzus: Adzus, options: Choices, onNote: Note): Promise<void> {
  const { kind, description } = adzus.backend
  if (kind !== 'webgpu') return onNote(`--tune measures kernels of WebGPU, and this is ${description}`, 'warning')
  onNote(`measuring kernels on ${description} …`, 'warning')
  await adzus.tune({
    ...options,
    onAnswer: ({ key, best, times }) => {
      const shown = [...times.values()].map((ms) => ms?.toFixed(2) ?? 'wrong').join(' / ')
      onNote(`${key}: ${best} (${shown} ms)`, 'detail')
    },
  })
}

/** Fails before anything is loaded where the device cannot hold what the model needs; says at --verbose how much that is. */
async function checkMemory(model: string, device: Backend, checkpoint: LoadOptions, options: Choices): Promise<void> {
  const estimate = await Adzus.estimate(model, device, { ...checkpoint, onNote: undefined }, options)
  const { weights, peak, largest } = estimate
  checkpoint.onNote?.(
    `${device.description}: weights ${memorySize(weights)}, peak ${memorySize(peak)}, largest tensor ${memorySize(largest.bytes)} (${largest.label})`,
    'detail',
  )
  const fault = misfit(estimate, device, device.usesMainMemory ? totalMemory() : undefined)
  if (fault)
    throw new AdzusError({
      what: 'memory',
      where: `${model} on ${device.description}`,
      ...fault,
      hint: 'Choose a smaller --size, --dtype f16, or another --backend; adzus doctor tells what fits.',
    })
}

function segmentOptions({ values, switches }: Parsed): Choices {
  const list = (name: string) => (values[name] === undefined ? undefined : numbers('segment', name, values[name]))
  const one = (name: string) => {
    const found = list(name)
    if (found && found.length !== 1)
      throw new UsageError({ what: 'segment', where: `--${name}`, expected: 'one number', got: values[name]! })
    return found?.[0]
  }
  if (values.threshold !== undefined && values.thresholds !== undefined)
    throw new UsageError({ what: 'segment', where: '--threshold', expected: 'it or --thresholds', got: 'both' })
  const same = one('threshold')
  const options: Choices = {
    size: values.size === undefined ? undefined : readSize(values.size),
    timesteps: list('timesteps'),
    thresholds: same === undefined ? list('thresholds') : [same, same, same],
    anchors: one('anchors'),
    refine: switches.refine,
    noise: one('noise'),
    denoise: one('denoise'),
    resolutions: list('resolutions'),
    layers: values.layers === undefined ? undefined : words('segment', 'layers', values.layers),
    heads: list('heads'),
    grid: one('grid'),
    tileVae: switches['tile-vae'],
    emptyPrompt: values['empty-prompt'] === undefined ? undefined : oneOf('segment', 'empty-prompt', values['empty-prompt'], EMPTY_PROMPTS),
    foreground: values.foreground === undefined ? undefined : parseForeground(values.foreground),
    batch: values.batch === undefined ? undefined : whole('segment', 'batch', values.batch, 1, MAX_BATCH),
  }
  return options
}

function readSize(text: string): [number, number] {
  const match = /^(\d+)(?:[x×](\d+))?$/.exec(text)
  if (!match) throw new UsageError({ what: 'segment', where: '--size', expected: 'N or WIDTHxHEIGHT in pixels', got: text })
  return [Number(match[1]), Number(match[2] ?? match[1])]
}
