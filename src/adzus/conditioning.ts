/**
 * @file What the UNet is told besides the picture: the context of a text for its cross-attention
 * and, for SDXL, the text's pooled embedding and the picture's sizes.
 *
 * Stable Diffusion 1 and 2 take the text encoder's last hidden state. SDXL takes the last but one
 * of two encoders, side by side, and the second encoder's projected pooled output. Encoders are
 * loaded only while they are needed; contexts are kept.
 */
import type { AppCache } from '#platform'
import { checkFinite, weightsHint } from '../attention/finite.ts'
import { Config } from '../checkpoint/config.ts'
import { exists, type Files } from '../checkpoint/files.ts'
import type { WishedDtype } from '../checkpoint/variants.ts'
import { check } from '../errors.ts'
import { loadPart } from '../part.ts'
import { type Backend, concat, full, keep, Tensor } from '../tensor/index.ts'
import { ClipText, releaseOutput } from '../text/clip.ts'
import { Tokenizer } from '../text/tokenizer.ts'
import { TIME_IDS, type UNetConfig } from '../unet/config.ts'
import type { AddedConditions } from '../unet/unet.ts'
import type { ContextCache } from './context-cache.ts'
import type { EmptyPrompt } from './empty-prompt.ts'

/** What the cross-attention sees. */
export interface Context {
  /** [1, tokens, width]; belongs to the model. */
  tensor: Tensor
  /** Which tokens are the text's words. */
  words: number[]
  /** SDXL: the text as one vector. */
  pooled?: Float32Array
}

export interface TextOptions {
  dtype?: WishedDtype
  /** Where encoded texts are kept between runs. */
  cache?: AppCache
}

/** Length of every Stable Diffusion's context. */
const TOKENS = 77

export class Conditioning {
  /** What the checkpoint asks for where there is no text. */
  readonly emptyPrompt: EmptyPrompt
  readonly #files: Files
  readonly #backend: Backend
  readonly #config: UNetConfig
  readonly #dtype?: WishedDtype
  readonly #kept?: ContextCache
  readonly #contexts = new Map<string, Context>()

  private constructor(
    files: Files,
    backend: Backend,
    config: UNetConfig,
    emptyPrompt: EmptyPrompt,
    dtype?: WishedDtype,
    kept?: ContextCache,
  ) {
    this.#files = files
    this.#backend = backend
    this.#dtype = dtype
    this.#config = config
    this.emptyPrompt = emptyPrompt
    this.#kept = kept
  }

  /** @param config of the UNet that is to be conditioned */
  static async open(files: Files, backend: Backend, config: UNetConfig, { dtype, cache }: TextOptions = {}): Promise<Conditioning> {
    const index = (await exists(files, 'model_index.json')) ? await Config.read(files, 'model_index.json') : undefined
    const zeros = config.added !== undefined && (index?.bool('force_zeros_for_empty_prompt', true) ?? true)
    const kept = cache && (await contextCache(cache, files, partsOf(config), dtype))
    return new Conditioning(files, backend, config, zeros ? 'zeros' : 'encoded', dtype, kept)
  }

  /** The folders that texts are encoded with. */
  get parts(): string[] {
    return partsOf(this.#config)
  }

  /** The context of a text, encoded once. */
  async context(text: string, empty: EmptyPrompt = this.emptyPrompt): Promise<Context> {
    const key = text === '' && empty === 'zeros' ? ZEROS : `text:${text}`
    const known = this.#contexts.get(key)
    if (known) return known
    const context = key === ZEROS ? this.#zeros() : ((await this.#remembered(text)) ?? (await this.#encoded(text)))
    const [width, wanted] = [context.tensor.shape[2], this.#config.mid.contextSize]
    if (width !== wanted) context.tensor.dispose()
    check(width === wanted, () => ({
      what: 'model',
      where: this.#files.root,
      expected: `text encoders for the UNet's context of ${wanted} channels`,
      got: `${width} channels`,
    }))
    // A call that fails later on must not take it along.
    keep(context.tensor)
    this.#contexts.set(key, context)
    return context
  }

  /** What the words of a text's context stand for, one text each. */
  async texts(text: string): Promise<string[]> {
    return text === '' ? [] : (await Tokenizer.open(this.#files, 'tokenizer')).texts(text)
  }

  /**
   * The UNet's added conditions for `count` pictures of that size in pixels; undefined where it has
   * none.
   */
  added({ pooled }: Context, [width, height]: readonly [number, number], count = 1): AddedConditions | undefined {
    const timeIds = [height, width, 0, 0, height, width]
    return pooled && { textEmbeds: repeated(pooled, count), timeIds: repeated(timeIds, count) }
  }

  dispose(): void {
    for (const { tensor } of this.#contexts.values()) tensor.dispose()
    this.#contexts.clear()
  }

  #zeros(): Context {
    const { added, mid } = this.#config
    return {
      tensor: full(this.#backend, [1, TOKENS, mid.contextSize], 0, 'empty context'),
      words: [],
      pooled: added && new Float32Array(added.inputs - TIME_IDS * added.timeSize),
    }
  }

  async #remembered(text: string): Promise<Context | undefined> {
    const kept = await this.#kept?.get(text)
    if (!kept) return undefined
    const { values, shape, words, pooled } = kept
    if (![...values, ...(pooled ?? [])].every(Number.isFinite)) return undefined
    return { tensor: Tensor.from(this.#backend, values, [1, ...shape], 'context'), words, pooled }
  }

  async #encoded(text: string): Promise<Context> {
    const context = this.#config.added ? await this.#both(text) : await this.#last(text)
    const { tensor, words, pooled } = context
    const values = await tensor.floats()
    const source = { stage: 'text', model: this.#files.root, hint: weightsHint(this.#dtype !== 'f32', 'text') }
    checkFinite(values, { ...source, what: 'the context' })
    checkFinite(pooled ?? [], { ...source, what: 'the pooled context' })
    await this.#kept?.put(text, { values, shape: tensor.shape.slice(1), words, pooled })
    return context
  }

  async #last(text: string): Promise<Context> {
    const { ids, words } = await this.#tokens('tokenizer', text)
    return this.#encode('text_encoder', async (encoder) => {
      const output = encoder.forward(ids)
      releaseOutput(output, output.lastHiddenState)
      return { tensor: output.lastHiddenState, words }
    })
  }

  async #both(text: string): Promise<Context> {
    const first = await this.#tokens('tokenizer', text)
    const second = await this.#tokens('tokenizer_2', text)
    const narrow = await this.#encode('text_encoder', async (encoder) => {
      const output = encoder.forward(first.ids)
      const state = output.hiddenStates.at(-2)!
      releaseOutput(output, state)
      return state
    })
    try {
      return await this.#encode('text_encoder_2', async (encoder) => {
        const output = encoder.forward(second.ids)
        const { textEmbeds } = output
        check(textEmbeds !== undefined, () => ({
          what: 'model',
          where: `${this.#files.root}/text_encoder_2`,
          expected: 'a text encoder with projection (text_projection.weight)',
          got: 'one without',
        }))
        const tensor = concat(narrow, output.hiddenStates.at(-2)!)
        const pooled = await textEmbeds.floats()
        releaseOutput(output)
        return { tensor, words: first.words, pooled }
      })
    } finally {
      narrow.dispose()
    }
  }

  async #tokens(folder: string, text: string): Promise<{ ids: Int32Array; words: number[] }> {
    const tokenizer = await Tokenizer.open(this.#files, folder)
    return { ids: tokenizer.encodePadded(text), words: tokenizer.positions(text) }
  }

  /**
   * Loads an encoder for as long as it is used; its memory goes back to the device, since no
   * picture needs as much again.
   */
  async #encode<T>(folder: string, use: (encoder: ClipText) => Promise<T>): Promise<T> {
    const { profile } = this.#backend
    const encoder = await profile.stage(`load ${folder}`, () => ClipText.load(this.#files, folder, this.#backend, this.#dtype))
    try {
      const result = await use(encoder)
      await this.#backend.flush()
      return result
    } finally {
      encoder.dispose()
      this.#backend.trim()
    }
  }
}

function partsOf({ added }: UNetConfig): string[] {
  const parts = ['text_encoder', 'tokenizer']
  return added ? [...parts, 'text_encoder_2', 'tokenizer_2'] : parts
}

async function contextCache(cache: AppCache, files: Files, parts: string[], dtype?: WishedDtype): Promise<ContextCache> {
  const { ContextCache } = await loadPart('cache of texts', () => import('./context-cache.ts'))
  return new ContextCache(cache, files, parts, `weights ${dtype ?? 'auto'}`)
}

function repeated(values: ArrayLike<number>, count: number): Float32Array {
  const all = new Float32Array(values.length * count)
  for (let i = 0; i < count; i++) all.set(values, i * values.length)
  return all
}

const ZEROS = 'zeros'
