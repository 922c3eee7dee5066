/**
 * @file The UNet against diffusers: its output, the result of every block, every attention map.
 *
 * Random networks can amplify rounding: in some of them PyTorch itself, run in f64 instead of f32 (or on another CPU), moves late blocks by a hundred times
 * the tolerance, and a free run says nothing about correctness. So a quantity that is not within tolerance in a free run is compared again
 *
 *   1. *block by block*: every block starts from the reference's result of the block before, so that errors cannot add up over blocks;
 *   2. with the *condition* of the block in mind: the same run with every input moved by one unit in the last place (relative 2⁻²³). What that moves a
 *      quantity is what no f32 arithmetic can be expected to reproduce; some `ULPS` of it are allowed, and never more than `WORST`.
 *
 * The printed line says which of these its error and its tolerance come from.
 */
import { openDirectory } from '../../src/platform/directory.ts'
import { addAttentionMap, type Backend, full, permute, release, type ScoreInputs, Tensor } from '../../src/tensor/index.ts'
import type { AttentionLayer } from '../../src/unet/taps.ts'
import { UNet } from '../../src/unet/unet.ts'
import { type Report, scaledError, TOLERANCE } from './golden-compare.ts'
import type { Golden } from './goldens.ts'
import { random } from './random.ts'

/** Rounding of a block's hundreds of operations against one rounding of its input. */
const ULPS = 16
/** However sensitive a network is: a larger error means a mistake. */
const WORST = 1e-2

type Results = Map<string, Float32Array>

export async function unet(path: string, golden: Golden, backend: Backend, report: Report): Promise<void> {
  const model = await UNet.load(await openDirectory(path), '', backend)
  const expected = await references(golden)
  const free = await run(model, golden, backend, {})
  const within = (name: string) => scaledError(free.get(name), expected.get(name)!) <= TOLERANCE
  const stable = [...expected.keys()].every(within)
  const forced = stable ? free : await run(model, golden, backend, { forced: true })
  const shaken = stable ? free : await run(model, golden, backend, { forced: true, shaken: true })
  for (const [name, reference] of expected) {
    const error = scaledError(free.get(name), reference)
    if (error <= TOLERANCE) {
      report(name, error, TOLERANCE)
      continue
    }
    const condition = scaledError(shaken.get(name), forced.get(name)!)
    const tolerance = Math.min(WORST, Math.max(TOLERANCE, ULPS * condition))
    report(
      `${name} (block by block; free run ${error.toExponential(1)}, one ulp ${condition.toExponential(1)})`,
      scaledError(forced.get(name), reference),
      tolerance,
    )
  }
  model.dispose()
}

/** What the golden holds, and the head mean of every attention map, which is what a segmentation uses. */
async function references(golden: Golden): Promise<Results> {
  const all: Results = new Map()
  for (const name of ['out.sample', ...golden.names('mid.')]) all.set(name, await golden.floats(name))
  for (const name of golden.names('attn.')) {
    const heads = await golden.floats(name)
    const [batch, count, queries, keys] = golden.shape(name)
    all.set(name, heads)
    const mean = new Float32Array(batch * queries * keys)
    const cells = queries * keys
    heads.forEach((p, i) => {
      mean[Math.floor(i / (count * cells)) * cells + (i % cells)] += p / count
    })
    all.set(`${name} head mean`, mean)
  }
  return all
}

/** Runs the model; `forced` replaces every block's result by the reference's, `shaken` moves all inputs by one unit in the last place. */
async function run(model: UNet, golden: Golden, backend: Backend, { forced = false, shaken = false }): Promise<Results> {
  const { next } = random(1)
  const read = async (name: string) => {
    const data = await golden.floats(name)
    const x = Tensor.from(backend, shaken ? data.map((v) => v * (1 + (next() < 0.5 ? -1 : 1) * 2 ** -23)) : data, golden.shape(name), name)
    if (golden.shape(name).length < 4) return x
    const turned = permute(x, [0, 2, 3, 1])
    x.dispose()
    return turned
  }
  const sample = await read('in.sample')
  const context = await read('in.context')
  const [timestep] = await golden.ints('in.timestep')
  const added = golden.has('in.text_embeds')
    ? { textEmbeds: await golden.floats('in.text_embeds'), timeIds: await golden.floats('in.time_ids') }
    : undefined
  const substitutes = new Map<string, Tensor>()
  if (forced) for (const name of golden.names('mid.')) substitutes.set(name, await read(name))
  const kept = new Map<string, Tensor>()
  const tap = new KeepEveryHead(golden, backend)
  const out = model.forward(sample, timestep, context, {
    added,
    tap,
    observe: (name, x) => {
      kept.set(`mid.${name}`, permute(x, [0, 3, 1, 2]))
      return substitutes.get(`mid.${name}`)
    },
  })
  kept.set('out.sample', permute(out, [0, 3, 1, 2]))
  const results: Results = new Map()
  for (const [name, x] of kept) results.set(name, await x.floats())
  await tap.collect(results)
  const [, h, w] = sample.shape
  if (JSON.stringify(model.layers(h, w)) !== JSON.stringify(tap.seen)) throw new Error('UNet.layers does not list the layers that ran')
  release(sample, context, out, ...kept.values())
  return results
}

/** A tap that keeps every head of every layer, and the head mean. */
class KeepEveryHead {
  readonly seen: AttentionLayer[] = []
  readonly #golden: Golden
  readonly #backend: Backend
  readonly #maps = new Map<string, { heads: Tensor[]; mean: Tensor }>()

  constructor(golden: Golden, backend: Backend) {
    this.#golden = golden
    this.#backend = backend
  }

  wants(layer: AttentionLayer): boolean {
    this.seen.push(layer)
    return this.#golden.has(`attn.${layer.name}`)
  }

  take({ name, heads }: AttentionLayer, scores: ScoreInputs): void {
    const weighted = (weights: number[]) => {
      const map = full(this.#backend, [scores.q.shape[0], scores.q.shape[1], scores.k.shape[1]], 0)
      addAttentionMap(map, scores, weights)
      return map
    }
    const only = (head: number) => Array.from({ length: heads }, (_, i) => (i === head ? 1 : 0))
    this.#maps.set(`attn.${name}`, {
      heads: Array.from({ length: heads }, (_, head) => weighted(only(head))),
      mean: weighted(Array(heads).fill(1 / heads)),
    })
  }

  async collect(results: Results): Promise<void> {
    for (const [name, { heads, mean }] of this.#maps) {
      results.set(`${name} head mean`, await mean.floats())
      const [batch, queries, keys] = mean.shape
      const cells = queries * keys
      const all = new Float32Array(batch * heads.length * cells)
      for (const [head, map] of heads.entries()) {
        const values = await map.floats()
        for (let b = 0; b < batch; b++) all.set(values.subarray(b * cells, (b + 1) * cells), (b * heads.length + head) * cells)
      }
      results.set(name, all)
      release(...heads, mean)
    }
  }
}
