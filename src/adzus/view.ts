/// <reference lib="esnext.disposable" preserve="true" />
/**
 * @file A look at a picture: the networks have run once, their attention stays on the device, and
 * any number of questions are answered from it.
 */

import { must } from '../arguments.ts'
import type { RgbRaster } from '../image/raster.ts'
import type { Grid } from '../tensor/index.ts'
import { findForeground, joinAttention, segmentationOf, takesSegments } from './answer.ts'
import { type AttentionQuestion, type CellAttention, cellQuestion, keptQuestion } from './cell-attention.ts'
import { checkAggregation } from './check-options.ts'
import { collectAttention } from './collect-attention.ts'
import type { Exclusively } from './exclusively.ts'
import type { Foreground } from './foreground.ts'
import type { Parameters } from './options.ts'
import { sceneOf } from './scene-of.ts'
import type { Segmentation } from './segmentation.ts'
import { type RunStage, Stages } from './stages.ts'
import { Answering, type Seen } from './view/answering.ts'
import { type NoiseShares, networkInput, type ResolutionWeight, resolutionWeights } from './view/inside.ts'
import { KeptLook, type Latent } from './view/kept-look.ts'
import { type AttentionMapOf, type MapQuestion, mapQuestion } from './view/map-question.ts'
import { type ProminenceMap, prominenceOf } from './view/prominence.ts'
import { type Merges, mergesOf, type Proposals, proposalsOf } from './view/proposals.ts'
import { type Aggregation, aggregatedBy, type Question } from './view/question.ts'
import { Sights } from './view/sights.ts'
import { type PromptToken, promptTokens } from './view/tokens.ts'

/** An attention layer, as far as it can be asked. */
export interface LayerInfo {
  /** Its path in the checkpoint. */
  name: string
  /** Self-attention looks at the picture's own cells, cross-attention at the prompt's tokens. */
  kind: 'self' | 'cross'
  grid: Grid
  heads: number
}

/** A picture that has been looked at (`adzus.look`): its attention, kept on the device. */
export class View {
  readonly #seen: Seen
  readonly #answering: Answering

  private constructor(seen: Seen, exclusively: Exclusively) {
    this.#seen = seen
    this.#answering = new Answering(seen, exclusively)
  }

  /**
   * Runs the networks, and keeps their attention.
   * @internal
   */
  static async open(seen: Pick<Seen, 'model' | 'picture' | 'parameters'>, run: RunStage, exclusively: Exclusively): Promise<View> {
    const { model, picture, parameters } = seen
    const kept = new KeptLook()
    const [attention] = await collectAttention(model, [picture.values], parameters, run, kept)
    const sight = await joinAttention(model, attention, parameters, run)
    const { tensor, words } = sight.context
    const tokens = promptTokens(tensor.shape[1], words, await model.conditioning.texts(parameters.prompt))
    return new View({ ...seen, sights: new Sights(model, sight, parameters, kept), kept, tokens }, exclusively)
  }

  /** Width of the picture, in pixels. */
  get width(): number {
    return this.#seen.picture.raster.width
  }

  /** Height of the picture, in pixels. */
  get height(): number {
    return this.#seen.picture.raster.height
  }

  /** The picture itself, as 8-bit RGB. */
  get image(): RgbRaster {
    return this.#seen.picture.raster
  }

  /** The picture as the networks saw it: 8-bit RGB of their size (`parameters.size`). */
  get input(): RgbRaster {
    return networkInput(this.#seen.picture.values, this.parameters.size)
  }

  /** The options of the look, with nothing left open. */
  get parameters(): Parameters {
    return this.#seen.parameters
  }

  /**
   * Segments the picture by what was seen: labels, mask and segments as `Adzus.segment` gives them.
   * With another choice of layers, heads, resolutions, time steps or weights the attention is
   * aggregated anew, and kept for the questions that follow.
   * @throws AdzusError for options out of range, and for words that the look was not told
   *   (`prompt`)
   * @example
   * const fine = await view.segment({ thresholds: [0.2, 0.2, 0.2], foreground: 'center' })
   */
  async segment(question: Question = {}): Promise<Segmentation> {
    const parameters = this.#answering.resolve(question)
    return this.#answering.alone(async () => {
      const { model, picture, sights } = this.#seen
      const { backend } = model
      backend.resetPeak()
      const clock = new Stages(backend, question)
      const named = await sights.of(parameters, clock.run)
      const { sight } = named
      const grouped = await this.#answering.group(named, parameters.method, clock)
      const found = await findForeground(sight, picture, grouped, parameters, clock.run)
      return segmentationOf(picture, grouped, found, { parameters, timings: clock.timings(), peakBytes: backend.memory.peak })
    })
  }

  /**
   * The mask by a rule, of the picture's size: 255 in the foreground, else 0.
   * @example
   * const mask = await view.mask({ point: [120, 80] })
   */
  async mask(foreground: Foreground = 'auto', question: Omit<Question, 'foreground'> = {}): Promise<Uint8Array> {
    const parameters = this.#answering.resolve({ ...question, foreground })
    return this.#answering.alone(async () => {
      const { model, picture, sights } = this.#seen
      const clock = new Stages(model.backend, question)
      const named = await sights.of(parameters, clock.run)
      const grouped = takesSegments(parameters) ? await this.#answering.group(named, parameters.method, clock) : undefined
      return (await findForeground(named.sight, picture, grouped, parameters, clock.run)).mask
    })
  }

  /**
   * Where one pixel looks, or who looks there: a row or a column of an attention map.
   * @returns one number a cell (or a token of the prompt), together 1 for a row
   * @throws AdzusError for places outside the picture, and for layers, heads and steps that are
   *   none
   * @example
   * const layer = 'up_blocks.3.attentions.2'
   * const { values, grid } = await view.attention({ x: 120, y: 80, layer, head: 0 })
   */
  async attention(question: AttentionQuestion): Promise<CellAttention> {
    const asked = cellQuestion(question, this.#answering.asView())
    return this.#answering.ofSight(question, async (sightOf) => {
      const { layer, query, key } = asked
      const { scores } = this.#seen.kept
      if (layer) {
        const which = keptQuestion(layer, asked)
        return { ...asked.known, values: query === undefined ? await scores.column(key!, which) : await scores.row(query, which) }
      }
      const { map } = await sightOf()
      return { ...asked.known, values: query === undefined ? await map.column(key!) : await map.row(query) }
    })
  }

  /**
   * A whole attention map at once, for whoever asks about many cells: of all layers together or of
   * one, of all of its heads or of one. At 64 × 64 cells it takes 64 MiB.
   * @throws AdzusError for layers, heads and steps that are none
   * @example
   * const { grid, values } = await view.map({ layer: 'up_blocks.3.attentions.2', head: 0 })
   * const cells = grid.h * grid.w
   * const fifth = values.subarray(5 * cells, 6 * cells) // where cell 5 looks
   */
  async map(question: MapQuestion = {}): Promise<AttentionMapOf> {
    const asked = mapQuestion(question, this.#answering.asView())
    return this.#answering.ofSight(question, async (sightOf) => {
      const { layer } = asked
      const values = layer ? await this.#seen.kept.scores.map(keptQuestion(layer, asked)) : await (await sightOf()).map.floats()
      return { ...asked.known, values }
    })
  }

  /**
   * The latent that the VAE made of the picture, or what the UNet saw of it at a time step: the
   * same, unless the look adds noise.
   * @param timestep one of the look's
   * @throws AdzusError for a time step that is none of the look's
   * @example
   * const { grid, channels, values } = await view.latent()
   */
  async latent(timestep?: number): Promise<Latent> {
    const { kept, parameters } = this.#seen
    const { timesteps } = parameters
    must('timestep', timestep === undefined || timesteps.includes(timestep), `one of ${timesteps.join(', ')}`, timestep)
    return this.#answering.alone(async () => {
      const latent = timestep === undefined ? kept.latent : kept.state(timestep)
      return { ...latent, grid: { ...latent.grid }, values: latent.values.slice() }
    })
  }

  /**
   * The shares of signal and noise that the model's schedule has at a time step, whether or not
   * the look adds noise: √ᾱ_t and √(1 − ᾱ_t) of DDPM (arXiv 2006.11239, eq. 4).
   * @param timestep from 0, any of the schedule's
   * @throws AdzusError for a time step that is none of the schedule's
   * @example
   * const { signal, noise } = view.noiseShares(300)
   */
  noiseShares(timestep: number): NoiseShares {
    return this.#seen.model.schedule.noiseShares(timestep)
  }

  /**
   * The resolutions of self-attention that enter the aggregated map, the finest first, and what
   * each counts (DiffSeg, arXiv 2308.12469, §3.2: in proportion to its side, times its factor).
   * @param question what is aggregated; by default what the look chose
   * @throws AdzusError for a choice of what is not there
   * @example
   * for (const { grid, weight } of view.resolutionWeights()) console.log(grid.w, weight)
   */
  resolutionWeights(question: Aggregation = {}): ResolutionWeight[] {
    checkAggregation(question, [])
    const { model, parameters } = this.#seen
    const layers = model.layers(parameters.size)
    return resolutionWeights(layers, aggregatedBy(question, parameters, layers))
  }

  /**
   * The tokens of the prompt in order, start, end and padding included: what cross-attention looks
   * at.
   * @example
   * const words = view.tokens().filter(({ isWord }) => isWord)
   */
  tokens(): PromptToken[] {
    return this.#seen.tokens.map((token) => ({ ...token }))
  }

  /**
   * What stands out by the walk along attention (docs/masks.md), which the mask of `auto` begins
   * with: of its three strengths of absorption the middle one, σ = 0.5.
   * @throws AdzusError for a choice of layers, heads, resolutions or time steps that are none
   * @example
   * const { grid, values } = await view.prominence()
   */
  async prominence(question: Aggregation = {}): Promise<ProminenceMap> {
    checkAggregation(question, [])
    return this.#answering.ofSight(question, async (sightOf) => prominenceOf(await sceneOf(await sightOf(), this.image)))
  }

  /** Every attention layer, in the order in which they run. */
  layers(): LayerInfo[] {
    return this.#answering.layers().map(({ name, kind, grid, heads }) => ({ name, kind, grid, heads }))
  }

  /**
   * How the proposals came about: which anchors there were, how far apart their proposals are, and
   * who joined whom at which divergence, and which segment became of it.
   * @example
   * const { rounds } = await view.merges()
   * for (const { threshold, groups } of rounds) console.log(threshold, groups.length)
   */
  async merges(question: Omit<Question, 'foreground'> = {}): Promise<Merges> {
    return this.#answering.ofProposals(question, ({ map }, { method }) => mergesOf(map, this.image, method))
  }

  /**
   * The proposals themselves, each a map of where its members look: those of every pixel's segment.
   * @example
   * // After the first round:
   * const { count, values, grid } = await view.proposals({ thresholds: [0.4] })
   * const fifth = values.subarray(4 * grid.h * grid.w, 5 * grid.h * grid.w)
   */
  async proposals(question: Omit<Question, 'foreground'> = {}): Promise<Proposals> {
    return this.#answering.ofProposals(question, ({ map }, { method }) => proposalsOf(map, method))
  }

  /** Gives the device's memory back. Questions that are under way end first; later ones fail. */
  dispose(): Promise<void> {
    return this.#answering.dispose()
  }

  /** For `await using view = await adzus.look(image)`, where the runtime has it. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose()
  }
}
