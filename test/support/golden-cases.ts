/**
 * @file The comparisons behind `goldens.ts`, one a kind of case, but for the UNet's (`golden-unet.ts`).
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Adzus } from '../../src/adzus/adzus.ts'
import { forget, groupPixels, joinAttention } from '../../src/adzus/answer.ts'
import { collectAttention } from '../../src/adzus/collect-attention.ts'
import { Model } from '../../src/adzus/model.ts'
import type { SegmentOptions } from '../../src/adzus/options.ts'
import { preparePicture } from '../../src/adzus/picture.ts'
import { relabel } from '../../src/adzus/segments.ts'
import type { RunStage } from '../../src/adzus/stages.ts'
import { aggregate } from '../../src/attention/aggregate.ts'
import { BandedMap } from '../../src/attention/banded-map.ts'
import { Config } from '../../src/checkpoint/config.ts'
import { anchorGrid } from '../../src/grouping/diffseg/anchors.ts'
import { merge } from '../../src/grouping/diffseg/merge.ts'
import { refine } from '../../src/grouping/diffseg/refine.ts'
import { groupingOf } from '../../src/grouping/grouping.ts'
import { labelPixels } from '../../src/grouping/label-pixels.ts'
import { decodeImage } from '../../src/image/decode.ts'
import { embeddedModel, openDirectory } from '../../src/platform/directory.ts'
import { NoiseSchedule } from '../../src/scheduler/schedule.ts'
import { add, type Backend, permute, release, Tensor } from '../../src/tensor/index.ts'
import { ClipText, releaseOutput } from '../../src/text/clip.ts'
import { Tokenizer } from '../../src/text/tokenizer.ts'
import { Vae } from '../../src/vae/vae.ts'
import {
  compareNHWC,
  differing,
  LABEL_TOLERANCE,
  largest,
  maxError,
  type Report,
  scaledError,
  TOLERANCE,
  toNHWC,
} from './golden-compare.ts'
import type { Golden } from './goldens.ts'
import { weighted } from './maps.ts'

/** Keeps copies of tensors that are only lent. */
class Kept {
  readonly #copies = new Map<string, Tensor>()
  keep = (name: string, x: Tensor): void => {
    this.#copies.set(`mid.${name}`, permute(x, [0, 3, 1, 2]))
  }
  async compare(golden: Golden, report: Report): Promise<void> {
    for (const name of golden.names('mid.')) {
      const copy = this.#copies.get(name)
      report(name, scaledError(await copy?.floats(), await golden.floats(name)), TOLERANCE)
    }
    release(...this.#copies.values())
  }
}

export async function vae(path: string, golden: Golden, backend: Backend, report: Report): Promise<void> {
  const model = await Vae.load(await openDirectory(path), '', backend, { decoder: true })
  const image = await toNHWC(golden, 'in.image', backend)
  const kept = new Kept()
  const { mean, logvar } = model.encode(image, kept.keep)
  await compareNHWC(mean, golden, 'out.mean', report)
  await compareNHWC(logvar, golden, 'out.logvar', report)
  const decoded = model.decode(mean, kept.keep)
  await compareNHWC(decoded, golden, 'out.decoded', report)
  await kept.compare(golden, report)
  const scaled = model.scale(mean)
  const back = model.unscale(scaled)
  report('scale and back', maxError(await back.floats(), await mean.floats()), 1e-5)
  release(image, mean, logvar, decoded, scaled, back)
  model.dispose()
}

export async function clip(path: string, golden: Golden, backend: Backend, report: Report): Promise<void> {
  const model = await ClipText.load(await openDirectory(path), '', backend)
  const output = model.forward(await golden.ints('in.ids'), golden.shape('in.ids')[1])
  const results = new Map<string, Tensor | undefined>([
    ['out.last_hidden_state', output.lastHiddenState],
    ['out.pooler_output', output.pooled],
    ['out.text_embeds', output.textEmbeds],
    ...output.hiddenStates.map((h, i) => [`mid.hidden_states.${i}`, h] as const),
  ])
  for (const name of golden.names().filter((n) => !n.startsWith('in.'))) {
    const result = results.get(name)
    report(name, result ? maxError(await result.floats(), await golden.floats(name)) : Infinity, TOLERANCE)
  }
  releaseOutput(output)
  model.dispose()
}

export async function tokenizer(path: string, report: Report): Promise<void> {
  const own = await openDirectory(path)
  const model = await Tokenizer.open((await own.list()).includes('vocab.json') ? own : await openDirectory('weights/clip-tokenizer'), '')
  const prompts = JSON.parse(await readFile(join(path, 'prompts.json'), 'utf8')) as { text: string; ids: number[]; padded: number[] }[]
  for (const { text, ids, padded } of prompts) {
    const wrong = differing(model.encode(text), ids) + differing(model.encodePadded(text), padded)
    report(`ids of ${JSON.stringify(text.slice(0, 40))}`, wrong, 0)
  }
}

/** Results of the schedule, `alphas_cumprod` relative to itself. */
export async function schedule(golden: Golden, backend: Backend, report: Report): Promise<void> {
  const x = Tensor.from(backend, await golden.floats('in.sample'), golden.shape('in.sample'))
  const y = Tensor.from(backend, await golden.floats('in.noise_or_output'), golden.shape('in.sample'))
  const make = (kind: string) => new NoiseSchedule(new Config('schedule', { prediction_type: kind }))
  const bars = await golden.floats('out.alphas_cumprod')
  report(
    'out.alphas_cumprod',
    maxError(
      make('epsilon').alphasBar.map((a, i) => a / bars[i]),
      bars.map(() => 1),
    ),
    1e-6,
  )
  for (const name of golden.names('out.timesteps_')) {
    const n = Number(name.slice('out.timesteps_'.length))
    report(name, differing(make('epsilon').timesteps(n), await golden.ints(name)), 0)
  }
  const stride = 50 // diffusers' set_timesteps(20) of 1000
  for (const name of golden.names('out.')) {
    const [, first, ...rest] = name.split('.')
    const t = Number(rest.at(-1))
    const s = make(first === 'v_prediction' ? first : 'epsilon')
    const kind = first === 'add_noise' ? first : rest[0]
    const step =
      kind === 'add_noise'
        ? { x: s.noiseShares(t).signal, output: s.noiseShares(t).noise }
        : kind === 'ddim_step'
          ? s.ddimStep(t, t - stride)
          : kind === 'x0'
            ? s.predictedOriginal(t)
            : undefined
    if (!step) continue
    const result = add(x, y, step.x, step.output)
    report(name, maxError(await result.floats(), await golden.floats(name)), TOLERANCE)
    result.dispose()
  }
  release(x, y)
}

export async function diffseg(golden: Golden, backend: Backend, report: Report): Promise<void> {
  const maps: BandedMap[] = []
  for (const name of golden.names('in.attention.')) {
    const side = Number(name.slice('in.attention.'.length))
    maps.push(BandedMap.of({ h: side, w: side }, Tensor.from(backend, await golden.floats(name), golden.shape(name))))
  }
  const side = Math.max(...maps.map((m) => m.grid.h))
  const grid = { h: side, w: side }
  const map = aggregate(weighted(maps), grid)
  await compareMap(map, golden, 'out.aggregated', report)
  const anchors = await golden.ints('out.anchors')
  const perSide = Math.sqrt(anchors.length)
  report('out.anchors', differing(anchorGrid(grid, perSide), anchors), 0)
  for (const name of golden.names('out.').filter((n) => n.endsWith('.proposals'))) {
    const threshold = Number(name.slice('out.'.length, -'.proposals'.length))
    const proposals = await merge(map, { thresholds: [threshold, threshold, threshold], anchors: perSide })
    await compareMap(proposals, golden, name, report)
    await compareLabels(proposals, grid, golden, `out.${threshold}.labels`, report)
    const refined = `out.${threshold}.labels_kmeans`
    if (golden.has(refined)) {
      const means = await refine(map, proposals)
      await compareLabels(means, grid, golden, refined, report)
      means.dispose()
    }
    proposals.dispose()
  }
  map.dispose()
}

/** Compares a map with a stored one, which may hold every nth row only. */
async function compareMap(map: Tensor | BandedMap, golden: Golden, name: string, report: Report): Promise<void> {
  const expected = await golden.floats(name)
  const [, columns] = golden.shape(name)
  const values = await map.floats()
  const every = values.length / expected.length
  const rows = every === 1 ? values : everyRow(values, columns, every)
  report(`${name} (relative)`, maxError(rows, expected) / largest(expected), TOLERANCE)
}

/** Rows 0, n, 2n, … of a matrix. */
function everyRow(values: Float32Array, columns: number, n: number): Float32Array {
  return values.filter((_, i) => Math.floor(i / columns) % n === 0)
}

async function compareLabels(
  proposals: Tensor,
  grid: { h: number; w: number },
  golden: Golden,
  name: string,
  report: Report,
): Promise<void> {
  const [height, width] = golden.shape(name)
  report(
    `${name} (share of pixels)`,
    differing(await labelPixels(proposals, grid, { width, height }), await golden.ints(name)),
    LABEL_TOLERANCE,
  )
}

/** The embedded model end to end on a picture of its own size: the networks, then the pipeline. */
export async function picture(file: string, golden: Golden, backend: Backend, report: Report): Promise<void> {
  const model = await Model.load(await openDirectory(embeddedModel()), backend)
  const bytes = await readFile(file)
  const { width, height } = await decodeImage(bytes, file)
  // As the reference does, which knows nothing of the model's own choice.
  const options: SegmentOptions = { size: [width, height], layers: null }
  const parameters = model.parameters(options)
  const { values, raster } = await preparePicture(bytes, parameters, file)
  const image = Tensor.from(backend, values, [1, height, width, 3])
  const { mean, logvar } = model.vae.encode(image)
  const latent = model.vae.scale(mean)
  await compareNHWC(latent, golden, 'out.latent', report)
  const { tensor: context } = await model.conditioning.context('')
  report('out.context', scaledError(await context.floats(), await golden.floats('out.context')), TOLERANCE)
  const sample = model.unet.forward(latent, parameters.timesteps[0], context)
  await compareNHWC(sample, golden, 'out.sample', report)
  const run: RunStage = (_stage, work) => work()
  const [attention] = await collectAttention(model, [values], parameters, run)
  const sight = await joinAttention(model, attention, parameters, run)
  await compareMap(sight.map, golden, 'out.aggregated', report)
  const proposals = await groupingOf(parameters.method).propose(sight.map, parameters.method)
  await compareMap(proposals, golden, 'out.proposals', report)
  // Segments are numbered consecutively, proposals are not.
  for (const [name, thresholds] of [
    ['out.labels', parameters.method.thresholds],
    ['out.0.2.labels', [0.2, 0.2, 0.2]],
  ] as const) {
    const { labels } = await groupPixels(sight, raster, { ...parameters.method, thresholds: [...thresholds] }, run)
    const expected = relabel(await golden.ints(name)).labels
    report(`${name} (share of pixels)`, differing(labels, expected), LABEL_TOLERANCE)
  }
  // The same through the front door.
  const adzus = await Adzus.load(undefined, { backend })
  const { labels } = await adzus.segment(bytes, options)
  const expected = relabel(await golden.ints('out.labels'))
  report('Adzus.segment labels (share of pixels)', differing(labels, expected.labels), LABEL_TOLERANCE)
  await adzus.dispose()
  release(image, mean, logvar, latent, sample, proposals)
  forget(sight)
  model.dispose()
}
