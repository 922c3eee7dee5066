/**
 * @file The comparisons behind `goldens.ts`, one a kind of case.
 *
 * Tolerance 2e-4, absolute: sums of thousands of f32 products in another order than PyTorch's, through a hundred layers, leave errors of some 1e-5 on values of
 * order 1 to 10. Aggregated maps hold probabilities of order 1e-3, so their error is taken relative to the largest of them. Labels: at most
 * 0.1 % of pixels may differ (ties and divergences within rounding of a threshold).
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { aggregate, type ResolutionMap } from '../../src/adzus/aggregate.ts'
import { anchorGrid } from '../../src/adzus/anchors.ts'
import { labelPixels } from '../../src/adzus/labels.ts'
import { merge } from '../../src/adzus/merge.ts'
import { refine } from '../../src/adzus/refine.ts'
import { Config } from '../../src/checkpoint/config.ts'
import { openDirectory } from '../../src/platform/directory.ts'
import { NoiseSchedule } from '../../src/scheduler/schedule.ts'
import { add, addAttentionMap, type AttentionScores, type Backend, full, permute, release, type Shape, Tensor } from '../../src/tensor/index.ts'
import { ClipText, releaseOutput } from '../../src/text/clip.ts'
import { Tokenizer } from '../../src/text/tokenizer.ts'
import { UNet } from '../../src/unet/unet.ts'
import type { AttentionLayer } from '../../src/unet/taps.ts'
import { Vae } from '../../src/vae/vae.ts'
import type { Golden } from './goldens.ts'

export const TOLERANCE = 2e-4
export const LABEL_TOLERANCE = 1e-3
export type Report = (quantity: string, error: number, tolerance: number) => void

/** The largest |a − b|; Infinity where lengths differ. */
export function maxError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity
  let error = 0
  // Written so that a NaN on either side stays.
  for (let i = 0; i < a.length; i++) {
    const d = Math.abs(a[i] - b[i])
    if (!(d <= error)) error = d
  }
  return error
}

const largest = (a: Float32Array) => a.reduce((m, v) => Math.max(m, Math.abs(v)), 0)

/** The share of unequal entries. */
function differing(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity
  let count = 0
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) count++
  return count / a.length
}

/** Channels-first goldens to channels-last tensors, and back. */
async function toNHWC(golden: Golden, name: string, backend: Backend): Promise<Tensor> {
  const x = Tensor.from(backend, await golden.floats(name), golden.shape(name), name)
  const out = permute(x, [0, 2, 3, 1])
  x.dispose()
  return out
}

async function compareNHWC(x: Tensor, golden: Golden, name: string, report: Report): Promise<void> {
  const turned = permute(x, [0, 3, 1, 2])
  report(name, maxError(await turned.floats(), await golden.floats(name)), TOLERANCE)
  turned.dispose()
}

/** Keeps copies of tensors that are only lent. */
class Kept {
  readonly #copies = new Map<string, Tensor>()
  keep = (name: string, x: Tensor): void => {
    this.#copies.set(`mid.${name}`, permute(x, [0, 3, 1, 2]))
  }
  async compare(golden: Golden, report: Report): Promise<void> {
    for (const name of golden.names('mid.')) {
      const copy = this.#copies.get(name)
      report(name, copy ? maxError(await copy.floats(), await golden.floats(name)) : Infinity, TOLERANCE)
    }
    release(...this.#copies.values())
  }
}

export async function unet(path: string, golden: Golden, backend: Backend, report: Report): Promise<void> {
  const model = await UNet.load(await openDirectory(path), '', backend)
  const sample = await toNHWC(golden, 'in.sample', backend)
  const context = Tensor.from(backend, await golden.floats('in.context'), golden.shape('in.context'))
  const [timestep] = await golden.ints('in.timestep')
  const added = golden.has('in.text_embeds')
    ? { textEmbeds: await golden.floats('in.text_embeds'), timeIds: await golden.floats('in.time_ids') }
    : undefined
  const kept = new Kept()
  const [batch, h, w] = sample.shape
  const expected = model.layers(h, w)
  const maps = new Map<string, { heads: Tensor[]; mean: Tensor }>()
  const seen: AttentionLayer[] = []
  const tap = {
    wants: (layer: AttentionLayer) => {
      seen.push(layer)
      return golden.has(`attn.${layer.name}`)
    },
    take: (layer: AttentionLayer, scores: AttentionScores) => {
      const shape: Shape = [batch, scores.q.shape[1], scores.k.shape[1]]
      const one = (weights: number[]) => {
        const map = full(backend, shape, 0)
        addAttentionMap(map, scores, weights)
        return map
      }
      const heads = Array.from({ length: layer.heads }, (_, i) => one(Array.from({ length: layer.heads }, (_, j) => (i === j ? 1 : 0))))
      maps.set(layer.name, { heads, mean: one(Array(layer.heads).fill(1 / layer.heads)) })
    },
  }
  const out = model.forward(sample, timestep, context, { added, tap, observe: kept.keep })
  await compareNHWC(out, golden, 'out.sample', report)
  await kept.compare(golden, report)
  for (const name of golden.names('attn.')) {
    const map = maps.get(name.slice('attn.'.length))
    const [n, heads, queries, keys] = golden.shape(name)
    const probabilities = await golden.floats(name)
    const cells = queries * keys
    let error = map && map.heads.length === heads ? 0 : Infinity
    const mean = new Float32Array(n * cells)
    for (let head = 0; map && head < heads; head++) {
      const got = await map.heads[head].floats()
      for (let b = 0; b < n; b++) {
        const at = (b * heads + head) * cells
        error = Math.max(error, maxError(got.subarray(b * cells, (b + 1) * cells), probabilities.subarray(at, at + cells)))
        for (let i = 0; i < cells; i++) mean[b * cells + i] += probabilities[at + i] / heads
      }
    }
    if (map) error = Math.max(error, maxError(await map.mean.floats(), mean))
    report(name, error, TOLERANCE)
    if (map) release(...map.heads, map.mean)
  }
  const same = expected.length === seen.length && expected.every((l, i) => JSON.stringify(l) === JSON.stringify(seen[i]))
  report('list of layers', same ? 0 : 1, 0)
  release(sample, context, out)
  model.dispose()
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
  const model = await Tokenizer.open(await openDirectory(path), '')
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
  report('out.alphas_cumprod', maxError(make('epsilon').alphasBar.map((a, i) => a / bars[i]), bars.map(() => 1)), 1e-6)
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
  const maps: ResolutionMap[] = []
  for (const name of golden.names('in.attention.')) {
    const side = Number(name.slice('in.attention.'.length))
    maps.push({ grid: { h: side, w: side }, map: Tensor.from(backend, await golden.floats(name), golden.shape(name)) })
  }
  const side = Math.max(...maps.map((m) => m.grid.h))
  const grid = { h: side, w: side }
  const map = aggregate(maps, grid)
  await compareMap(map, golden, 'out.aggregated', report)
  const anchors = await golden.ints('out.anchors')
  const perSide = Math.sqrt(anchors.length)
  report('out.anchors', differing(anchorGrid(grid, perSide), anchors), 0)
  for (const name of golden.names('out.').filter((n) => n.endsWith('.proposals'))) {
    const threshold = Number(name.slice('out.'.length, -'.proposals'.length))
    const proposals = await merge(map, grid, { thresholds: [threshold, threshold, threshold], anchors: perSide })
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
  release(map, ...maps.map((m) => m.map))
}

async function compareMap(map: Tensor, golden: Golden, name: string, report: Report): Promise<void> {
  const expected = await golden.floats(name)
  report(`${name} (relative)`, maxError(await map.floats(), expected) / largest(expected), TOLERANCE)
}

async function compareLabels(proposals: Tensor, grid: { h: number; w: number }, golden: Golden, name: string, report: Report): Promise<void> {
  const [height, width] = golden.shape(name)
  report(`${name} (share of pixels)`, differing(await labelPixels(proposals, grid, { width, height }), await golden.ints(name)), LABEL_TOLERANCE)
}

/** The embedded model end to end on a picture of its own size. */
export async function picture(_file: string, _golden: Golden, _backend: Backend, _report: Report): Promise<void> {
  throw new Error('not yet')
}
