/**
 * @file UNet2DConditionModel: predicts noise from a latent, a time step and a context; for us, a
 * machine that computes attention.
 *
 * Order: time embedding → conv_in → down path → middle → up path → norm, SiLU, conv_out. Skip
 * connections: after conv_in, after every stage and after every downsampler; popped in reverse
 * order by the up path.
 */
import { Config } from '../checkpoint/config.ts'
import type { Files } from '../checkpoint/files.ts'
import type { WishedDtype } from '../checkpoint/variants.ts'
import { Weights, type WeightView } from '../checkpoint/weights.ts'
import { check } from '../errors.ts'
import { Conv2d, GroupNorm } from '../nn/layers.ts'
import { Loader } from '../nn/loader.ts'
import { add, type Backend, concat, release, show, Tensor } from '../tensor/index.ts'
import { DownBlock, MidBlock, UpBlock } from './blocks.ts'
import { readUNetConfig, type UNetConfig } from './config.ts'
import type { Pass } from './pass.ts'
import type { AttentionLayer, AttentionTap } from './taps.ts'
import { Embedding, sinusoids } from './time-embedding.ts'
import type { Transformer } from './transformer.ts'

/** SDXL's extra conditioning. */
export interface AddedConditions {
  /** Pooled text [N, size]. */
  textEmbeds: Float32Array
  /** [N, 6]: original height and width, crop top and left, target height and width. */
  timeIds: Float32Array
}

export interface UNetOptions {
  added?: AddedConditions
  tap?: AttentionTap
  /**
   * Shown the result of every block under its name (`down_blocks.0`, `mid_block`, …). It may return
   * a tensor of the same shape, which then takes the result's place and belongs to the UNet; the
   * tensor shown is never the observer's.
   */
  observe?: (name: string, result: Tensor) => Tensor | undefined
}

interface Parts {
  config: UNetConfig
  convIn: Conv2d
  time: Embedding
  added?: Embedding
  down: DownBlock[]
  mid: MidBlock
  up: UpBlock[]
  normOut: GroupNorm
  convOut: Conv2d
}

export class UNet {
  readonly config: UNetConfig
  readonly #backend: Backend
  readonly #parts: Parts
  readonly #owned: Tensor[]

  private constructor(backend: Backend, parts: Parts, owned: Tensor[]) {
    this.config = parts.config
    this.#backend = backend
    this.#parts = parts
    this.#owned = owned
  }

  /** Loads config.json and weights of a folder in diffusers layout. */
  static async load(files: Files, folder: string, backend: Backend, dtype?: WishedDtype): Promise<UNet> {
    const config = readUNetConfig(await Config.read(files, folder ? `${folder}/config.json` : 'config.json'))
    return UNet.build(config, await Weights.open(files, folder), backend, dtype)
  }

  /** Builds the model that a configuration describes; closes the weights. */
  static async build(config: UNetConfig, weights: WeightView, backend: Backend, dtype?: WishedDtype): Promise<UNet> {
    const { model, owned } = await Loader.run(weights, backend, (at) => loadParts(at, config), dtype)
    return new UNet(backend, model, owned)
  }

  /**
   * @param sample latent [N, h, w, channels]
   * @param timestep 0 … 999
   * @param context [N or 1, tokens, size]
   * @returns the predicted noise (or velocity) [N, h, w, out channels]; the caller disposes it
   */
  forward(sample: Tensor, timestep: number, context: Tensor, { added, tap, observe }: UNetOptions = {}): Tensor {
    const { normOut, convOut } = this.#parts
    const pass = this.#begin(sample, timestep, context, added)
    const state = this.#blocks(sample, { ...pass, tap }, observe)!
    const normed = normOut.forward(state, { silu: true })
    const out = convOut.forward(normed)
    release(state, normed, pass.time, pass.context)
    return out
  }

  /**
   * A pass for its attention alone: as `forward`, but it ends with the last layer that the tap
   * wants, and nothing is predicted.
   */
  attend(sample: Tensor, timestep: number, context: Tensor, tap: AttentionTap, added?: AddedConditions): void {
    const [, h, w] = sample.shape
    const last = this.layers(h, w)
      .filter((layer) => tap.wants(layer))
      .at(-1)?.name
    if (last === undefined) return
    const pass = this.#begin(sample, timestep, context, added)
    this.#blocks(sample, { ...pass, tap, last })
    release(pass.time, pass.context)
  }

  /** The inputs that all blocks of a pass share; the caller disposes them. */
  #begin(sample: Tensor, timestep: number, context: Tensor, added?: AddedConditions): Pick<Pass, 'time' | 'context'> {
    const { config } = this.#parts
    const batch = sample.shape[0]
    check(sample.shape.length === 4 && sample.shape[3] === config.inChannels, () => ({
      what: 'unet: sample',
      expected: `[N, h, w, ${config.inChannels}]`,
      got: show(sample.shape),
    }))
    return { context: repeat(context, batch), time: this.#embed(timestep, batch, added) }
  }

  /** conv_in and all blocks; undefined where the pass ends before. */
  #blocks(sample: Tensor, pass: Pass, observe?: UNetOptions['observe']): Tensor | undefined {
    const { convIn, down, mid, up } = this.#parts
    const shown = (name: string, result: Tensor) => {
      const other = observe?.(name, result)
      if (!other) return result
      result.dispose()
      return other
    }
    const skips = [convIn.forward(sample)]
    let state = skips[0]
    for (const [i, block] of down.entries()) {
      if (!block.forward(state, pass, skips)) return ended(skips)
      // A block's result is its last skip connection.
      state = shown(`down_blocks.${i}`, skips.pop()!)
      skips.push(state)
    }
    const middle = mid.forward(state, pass)
    if (!middle) return ended(skips)
    state = shown('mid_block', middle)
    for (const [i, block] of up.entries()) {
      const next = block.forward(state, pass, skips)
      if (!next) return ended(skips)
      state = shown(`up_blocks.${i}`, next)
    }
    return state
  }

  /** Every attention layer for a latent of that size, in order of execution. */
  layers(h: number, w: number): AttentionLayer[] {
    const { down, mid, up } = this.#parts
    const of = (transformer: Transformer | undefined, grid: { h: number; w: number }) =>
      transformer?.attentions.map(({ layer }) => ({ ...layer, grid })) ?? []
    const grids = [{ h, w }]
    const layers = down.flatMap((block) => {
      const grid = grids.at(-1)!
      grids.push(block.next(grid))
      return block.stages.flatMap((s) => of(s.transformer, grid))
    })
    layers.push(...of(mid.transformer, grids.pop()!))
    // The up path meets the resolutions of the down path in reverse.
    up.forEach((block, i) => {
      const grid = grids[grids.length - 1 - i]
      layers.push(...block.stages.flatMap((s) => of(s.transformer, grid)))
    })
    return layers
  }

  /** Whether any weight is stored as f16. */
  get holdsHalf(): boolean {
    return this.#owned.some(({ dtype }) => dtype === 'f16')
  }

  dispose(): void {
    release(...this.#owned)
  }

  #embed(timestep: number, batch: number, added?: AddedConditions): Tensor {
    const { config, time, added: addedEmbedding } = this.#parts
    const options = { flip: config.flipSinToCos, shift: config.freqShift }
    const size = config.down[0].channels
    const waves = Tensor.from(this.#backend, sinusoids(Array(batch).fill(timestep), size, options), [batch, size], 'time step')
    const embedded = time.forward(waves)
    waves.dispose()
    check((addedEmbedding !== undefined) === (added !== undefined), () => ({
      what: 'unet: added conditions',
      expected: addedEmbedding ? 'text embeddings and time ids (this is an SDXL model)' : 'none',
      got: added ? 'some' : 'none',
    }))
    if (!added || !addedEmbedding || !config.added) return embedded
    const { timeSize, inputs } = config.added
    const ids = added.timeIds.length / batch
    const text = added.textEmbeds.length / batch
    check(text + ids * timeSize === inputs, () => ({
      what: 'unet: added conditions',
      expected: `${inputs} values an image`,
      got: `${text} of text and ${ids} × ${timeSize} of time ids`,
    }))
    const times = sinusoids(added.timeIds, timeSize, options)
    const joined = new Float32Array(batch * inputs)
    for (let i = 0; i < batch; i++) {
      joined.set(added.textEmbeds.subarray(i * text, (i + 1) * text), i * inputs)
      joined.set(times.subarray(i * ids * timeSize, (i + 1) * ids * timeSize), i * inputs + text)
    }
    const conditions = Tensor.from(this.#backend, joined, [batch, inputs], 'added conditions')
    const extra = addedEmbedding.forward(conditions)
    const sum = add(embedded, extra)
    release(conditions, extra, embedded)
    return sum
  }
}

/** Disposes skips of blocks that will not run. */
function ended(skips: readonly Tensor[]): undefined {
  release(...skips)
}

/** One context for a whole batch. The result is a share of its own. */
function repeat(context: Tensor, batch: number): Tensor {
  check(context.shape.length === 3 && (context.shape[0] === batch || context.shape[0] === 1), () => ({
    what: 'unet: context',
    expected: `[${batch} or 1, tokens, size]`,
    got: show(context.shape),
  }))
  let all = context.reshape(context.shape)
  while (all.shape[0] < batch) {
    const next = concat(all, context, 0)
    all.dispose()
    all = next
  }
  return all
}

async function loadParts(at: Loader, config: UNetConfig): Promise<Parts> {
  const first = config.down[0].channels
  const time = 4 * first
  const common = { config, time }
  const convIn = await Conv2d.load(at.at('conv_in'), { inputs: config.inChannels, outputs: first, kernel: 3, padding: 1 })
  const embedding = await Embedding.load(at.at('time_embedding'), first, time)
  const added = config.added && (await Embedding.load(at.at('add_embedding'), config.added.inputs, time))
  const skips = [first]
  const down: DownBlock[] = []
  let width = first
  for (const [i, level] of config.down.entries()) {
    const last = i === config.down.length - 1
    down.push(await DownBlock.load(at.at('down_blocks').at(i), common, level, width, last))
    width = level.channels
    skips.push(...Array(level.resnets + (last ? 0 : 1)).fill(width))
  }
  const mid = await MidBlock.load(at.at('mid_block'), common, config.mid)
  const up: UpBlock[] = []
  for (const [i, level] of config.up.entries()) {
    up.push(await UpBlock.load(at.at('up_blocks').at(i), common, level, width, skips, i === config.up.length - 1))
    width = level.channels
  }
  const normOut = await GroupNorm.load(at.at('conv_norm_out'), first, config.groups, config.eps)
  const convOut = await Conv2d.load(at.at('conv_out'), { inputs: first, outputs: config.outChannels, kernel: 3, padding: 1 })
  return { config, convIn, time: embedding, added, down, mid, up, normOut, convOut }
}
