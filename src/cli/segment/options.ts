/** @file The options of `adzus segment`: what they are called, and their help. */
import { CUTS, formatNames, MAX_BATCH, MAX_THREADS } from '../../index.ts'
import { attentionPicture } from '../../output/attention.ts'
import { isOfImage, type Output } from '../../output/output.ts'
import { defaultOutputs, outputs } from '../../output/registry.ts'
import { defaultVolumeOutputs } from '../../output/volume/registry.ts'
import { describeExamples, describeOptions, type Options } from '../arguments.ts'
import { type DefaultNumbers, defaultNumbers, NO_NUMBERS } from '../defaults.ts'
import { OUT_OF_TIME } from './report.ts'
import { TILE_OPTIONS } from './tiles.ts'

export const BACKENDS = ['auto', 'webgpu', 'cpu'] as const
export const FOLDER = 'out'

/** The options of `adzus segment`; others take some of them. */
export function optionsOf({ size, timesteps, thresholds, anchors }: DefaultNumbers): Options {
  const always = defaultOutputs.filter((output) => !isOfImage(output) || !output.isMadeFor)
  const where = defaultOutputs.filter((output) => !always.includes(output))
  const names = (list: readonly Output[]) => list.map(({ name }) => name).join(',')
  return {
    output: { value: 'FOLDER', short: 'o', help: `where the results go (default: ${FOLDER})` },
    save: { value: 'KIND,…', help: `what is saved, see above (default: ${names(always)}, and ${names(where)} where many are seen)` },
    model: {
      value: 'MODEL',
      short: 'm',
      help: 'a Stable Diffusion 1, 2 or XL checkpoint: folder, .safetensors file or hub id (default: the embedded one)',
    },
    dtype: { value: 'TYPE', help: 'how weights are stored on the device: auto (as in the file), f16 or f32 (default: auto)' },
    variant: { value: 'NAME', help: 'weights with this name before the extension, for example fp16' },
    vae: { value: 'MODEL', help: 'take the VAE from another folder, file or hub id' },
    base: { value: 'MODEL', help: 'take what the model lacks (text encoders, VAE) from this one' },
    backend: { value: 'NAME', help: 'auto, webgpu or cpu (default: auto, WebGPU where there is a graphics card)' },
    threads: { value: 'N', help: `threads of the CPU backend, 1 to ${MAX_THREADS} (default: ADZUS_THREADS, else all cores)` },
    foreground: {
      value: 'RULE',
      help: 'auto, all, center, point=x,y;x,y;-x,y (- for background), box=x0,y0,x1,y1, text or text=words (default: auto)',
    },
    'whole-segments': { help: 'points and boxes choose whole segments (default: the object, with an outline of its own)' },
    edges: { value: 'NAME', help: 'outlines of auto: none (smooth), guided (along edges nearby) or cut (GrabCut) (default: guided)' },
    preset: { value: 'NAME', help: 'settings for a kind of image, see adzus presets; options that are given win (default: none)' },
    objects: { value: 'RULE', help: 'many: objects like nuclei, each by itself; none; auto: many where it seems so (default: auto)' },
    'min-size': { value: 'N', help: 'leave out objects of fewer pixels (default: 15)' },
    'fill-holes': { help: 'fill holes of many objects, if smaller than the objects are (the default)' },
    'no-fill-holes': { help: 'keep them' },
    'exclude-border': { help: 'leave out objects that the edge of the image cuts' },
    prompt: {
      value: 'WORDS',
      help: 'what is looked for, which conditions the network; --foreground text takes what they look at (default: none)',
    },
    window: {
      value: 'WINDOW',
      help: 'which samples become black and white: auto (8 bits as they are, others by the file or by percentiles), full, LO,HI or p0.5,p99.5 (default: auto)',
    },
    channel: {
      value: 'NAME|N,…',
      help: 'which channels are taken, by name or number from 1: one as grey, two or three as red, green, blue (default: the colours; of stains the first)',
    },
    orient: { help: 'turn images and results as EXIF says (default: pixels as they are stored)' },
    size: { value: 'N|WxH', help: `pixels that images are resized to for the network${size}` },
    timesteps: { value: 'T,…', help: `time steps whose attention is averaged, 0 to 999${timesteps}` },
    thresholds: { value: 'D,…', help: `divergence below which maps merge, one a round; higher gives fewer segments${thresholds}` },
    threshold: { value: 'D', help: 'the same divergence for each of three rounds' },
    anchors: { value: 'N', help: `anchors a side, 2 to 1024${anchors}` },
    refine: { help: 'refine the segments by k-means of all attention maps' },
    noise: { value: 'SEED', help: 'add the schedule’s noise to the latent (default: none)' },
    denoise: { value: 'N', help: 'reach each time step from noise by N DDIM steps (default: not)' },
    resolutions: { value: 'N,…', help: 'only attention of these grids, by their longer side in cells (default: all)' },
    layers: {
      value: 'NAME,…',
      help: 'only attention layers whose path contains one of these, see adzus layers (default: the model’s own, else all)',
    },
    heads: { value: 'N,…', help: 'only these heads, from 0 (default: all)' },
    weights: {
      value: 'NAME=F,…',
      help: 'factors on what a grid (32=2), layers (up_blocks.3=0.5) or a head (head1=0) count (default: 1 each)',
    },
    grid: { value: 'N', help: 'aggregate on a grid of this longer side (default: the finest that has self-attention)' },
    'tile-vae': { help: 'encode the image in overlapping tiles: less memory, nearly the same (default: where the device needs it)' },
    'empty-prompt': { value: 'NAME', help: 'what stands for no text: zeros or encoded (default: the model’s choice)' },
    'no-cache': { help: 'keep no encoded texts between runs (they hold nothing of the images)' },
    tune: { help: 'measure which kernels are fastest on this WebGPU adapter and remember it (default: once, except on software adapters)' },
    'no-tune': { help: 'use the kernels’ defaults, whatever was measured' },
    page: {
      value: 'N|all',
      help: 'which image of files that have several (pages, frames, planes), from 1, or each by itself: results NAME.pN (default: the first)',
    },
    slices: {
      value: 'NAME',
      help: `which slices of volumes: ${CUTS.join(', ')} (as stored), or none, to take files as pictures (default: as scanned, else axial)`,
    },
    every: { value: 'N', help: 'only every Nth slice of a volume goes through the network, the others are interpolated (default: 1)' },
    ...TILE_OPTIONS,
    batch: { value: 'N', help: `images that go through the networks at once, 1 to ${MAX_BATCH}; fewer where memory is short (default: 1)` },
    shard: {
      value: 'I/N',
      help: 'do the I-th of N parts of equal work, for adzus status and merge; auto: as Slurm, Kubernetes, AWS Batch, SGE, PBS or LSF say (default: all)',
    },
    'time-limit': {
      value: 'MIN',
      help: 'stop in time: begin no image that may take longer than is left of so many minutes (default: none)',
    },
    resume: { help: 'skip images whose results are there, made of the same picture with the same model and parameters' },
    overwrite: { help: 'replace files that are called like results but are none (never an input; default: the image fails)' },
    explain: { help: 'print what would run, with work and memory, and do nothing; images are not needed; each step with --verbose' },
    profile: { help: 'say on standard error which kernels took the time of the images; with --json also as a last line' },
    trace: { value: 'FILE', help: 'write when which stage and kernel ran, for ui.perfetto.dev or chrome://tracing' },
    attention: {
      value: 'X,Y',
      help: `instead: where this pixel of one image looks, as a heat map in ${attentionPicture.help} that -o names; with --json its values`,
    },
    json: { help: 'one line of JSON an image on standard output' },
    quiet: { short: 'q', help: 'no progress and no warnings' },
    verbose: { help: 'say what is known of the model: its kind, tensors that are ignored' },
    help: { short: 'h', help: 'this text' },
  }
}

export async function segmentHelp(): Promise<string> {
  const saved = outputs.map((output) => [output.name, output.per === 'run' ? output.file : `NAME${output.suffix}`, output.help])
  const widths = [0, 1].map((column) => Math.max(...saved.map((row) => row[column].length)))
  return `adzus segment INPUT… [options]

INPUT is a ${formatNames()} file, a folder (searched recursively) or a glob. What can be saved of each
image (--save), all of its own width and height. Files of volumes, and folders with the slices
of one, become one result each (by default ${defaultVolumeOutputs.map(({ name }) => name).join(', ')}):

${saved.map(([name, file, help]) => `  ${name.padEnd(widths[0])}  ${file.padEnd(widths[1])}  ${help}`).join('\n')}

${describeOptions(optionsOf(await defaultNumbers()))}

${describeExamples(['adzus segment photo.png', 'adzus segment slides/ -o masks/ --save mask,json --foreground center --batch 8 --resume'])}

ADZUS_DEBUG=1 in the environment prints a line on standard error for each stage, =2 also for
each kernel, =3 also the kernels' sources. Like --profile and --trace, from 2 on it makes a run
slower: each kernel is waited for or measured.

Of an option that is given twice the last counts.

Exit code: 0 all done, 1 some images failed, 2 wrong call, ${OUT_OF_TIME} images left at --time-limit;
130, 143 or 129 after Ctrl-C (SIGINT), SIGTERM or SIGHUP: the image in hand is then finished
(SIGTERM) or dropped whole.`
}

export const OPTIONS = optionsOf(NO_NUMBERS)
