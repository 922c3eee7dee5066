/// <reference lib="esnext.disposable" preserve="true" />
/**
 * @file A look at a picture: the networks have run once, their attention stays on the device, and
 * any number of questions are answered from it.
 */

import { must } from '../arguments.ts'
import { check } from '../errors.ts'
import type { MergeTree } from '../grouping/diffseg/merge.ts'
import { groupingOf, type Method } from '../grouping/grouping.ts'
import type { RgbRaster } from '../image/raster.ts'
import type { Grid } from '../tensor/index.ts'
import { findForeground, forget, type Grouped, groupPixels, joinAttention, type Sight, segmentationOf, takesSegments } from './answer.ts'
import { type AttentionQuestion, type AttentionView, type CellAttention, cellQuestion, keptQuestion } from './cell-attention.ts'
import { checkQuestion } from './check-options.ts'
import { collectAttention } from './collect-attention.ts'
import type { Foreground } from './foreground.ts'
import type { Model } from './model.ts'
import { type ObjectChoice, type Parameters, resolveMethod, resolveObjects, resolveRule, type SegmentOptions } from './options.ts'
import type { Picture } from './picture.ts'
import { sceneOf } from './scene-of.ts'
import type { Segmentation } from './segmentation.ts'
import { type RunStage, Stages } from './stages.ts'
import { type NoiseShares, networkInput, type ProposalMaps, type ResolutionWeight, resolutionWeights } from './view/inside.ts'
import { KeptLook, type Latent } from './view/kept-look.ts'
import { type AttentionMapOf, type MapQuestion, mapQuestion } from './view/map-question.ts'
import { type PromptToken, promptTokens } from './view/tokens.ts'

/** What may differ from question to question: everything behind the networks. */
export type Question = Pick<
  SegmentOptions,
  'method' | 'thresholds' | 'anchors' | 'refine' | 'foreground' | 'wholeSegments' | 'edges' | ObjectChoice | 'signal' | 'onProgress'
>

/** An attention layer, as far as it can be asked. */
export interface LayerInfo {
  /** Its path in the checkpoint. */
  name: string
  /** Self-attention looks at the picture's own cells, cross-attention at the prompt's tokens. */
  kind: 'self' | 'cross'
  grid: Grid
  heads: number
}

/** What stands out, cell by cell. */
export interface ProminenceMap {
  grid: Grid
  /** One a cell, 0 to 1. */
  values: Float32Array
}

/** Of the prominences that a scene has: neither small nor large objects are favoured. */
const MIDDLE_SIGMA = 0.5

interface Seen {
  model: Model
  picture: Picture
  sight: Sight
  kept: KeptLook
  tokens: PromptToken[]
  parameters: Parameters
}

/** Runs something when nobody else uses the backend; fails where the model is gone. */
type Exclusively = <T>(work: () => Promise<T>) => Promise<T>

/** A picture that has been looked at (`adzus.look`): its attention, kept on the device. */
export class View {
  readonly #seen: Seen
  readonly #exclusively: Exclusively
  /** The label map of each method that was asked for. */
  readonly #grouped = new Map<string, Grouped>()
  #disposal: Promise<void> | undefined

  private constructor(seen: Seen, exclusively: Exclusively) {
    this.#seen = seen
    this.#exclusively = exclusively
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
    return new View({ ...seen, sight, kept, tokens }, exclusively)
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
   * @throws AdzusError for options out of range, and for words that the look was not told
   *   (`prompt`)
   * @example
   * const fine = await view.segment({ thresholds: [0.2, 0.2, 0.2], foreground: 'center' })
   */
  async segment(question: Question = {}): Promise<Segmentation> {
    const asked = this.#resolve(question)
    return this.#ask(async () => {
      const { model, picture, sight } = this.#seen
      const { backend } = model
      backend.resetPeak()
      const clock = new Stages(backend, question)
      const parameters = { ...this.parameters, ...asked }
      const grouped = await this.#group(parameters.method, clock)
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
    const asked = this.#resolve({ ...question, foreground })
    return this.#ask(async () => {
      const { model, picture, sight } = this.#seen
      const clock = new Stages(model.backend, question)
      const parameters = { ...this.parameters, ...asked }
      const grouped = takesSegments(parameters) ? await this.#group(parameters.method, clock) : undefined
      return (await findForeground(sight, picture, grouped, parameters, clock.run)).mask
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
    const asked = cellQuestion(question, this.#asView())
    return this.#ask(async () => {
      const {
        kept: { scores },
        sight,
      } = this.#seen
      const { layer, query, key } = asked
      if (!layer) return { ...asked.known, values: query === undefined ? await sight.map.column(key!) : await sight.map.row(query) }
      const which = keptQuestion(layer, asked)
      return { ...asked.known, values: query === undefined ? await scores.column(key!, which) : await scores.row(query, which) }
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
    const asked = mapQuestion(question, this.#asView())
    return this.#ask(async () => {
      const { kept, sight } = this.#seen
      const values = asked.layer ? await kept.scores.map(keptQuestion(asked.layer, asked)) : await sight.map.floats()
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
    return this.#ask(async () => {
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
   * each counts (DiffSeg, arXiv 2308.12469, §3.2: in proportion to its side).
   * @example
   * for (const { grid, weight } of view.resolutionWeights()) console.log(grid.w, weight)
   */
  resolutionWeights(): ResolutionWeight[] {
    const { model, parameters } = this.#seen
    return resolutionWeights(model.layers(parameters.size), parameters)
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
   * @returns one number a cell, 0 to 1, row-major
   * @example
   * const { grid, values } = await view.prominence()
   */
  async prominence(): Promise<ProminenceMap> {
    return this.#ask(async () => {
      const { sight, picture } = this.#seen
      const { grid, prominences } = await sceneOf(sight, picture.raster)
      const { cells } = prominences.find(({ sigma }) => sigma === MIDDLE_SIGMA)!
      return { grid: { ...grid }, values: cells.slice() }
    })
  }

  /** Every attention layer, in the order in which they run. */
  layers(): LayerInfo[] {
    const { model, parameters } = this.#seen
    return model.layers(parameters.size).map(({ name, kind, grid, heads }) => ({ name, kind, grid, heads }))
  }

  /**
   * How the proposals came about: which anchors there were, and who joined whom at which
   * divergence.
   * @example
   * const { rounds } = await view.merges()
   * for (const { threshold, groups } of rounds) console.log(threshold, groups.length)
   */
  async merges(question: Omit<Question, 'foreground'> = {}): Promise<MergeTree> {
    const { method } = this.#resolve(question)
    return this.#ask(async () => {
      const tree: MergeTree = { anchors: [], rounds: [] }
      const proposals = await groupingOf(method).propose(this.#seen.sight.map, method, tree)
      proposals.dispose()
      return tree
    })
  }

  /**
   * The attention maps that merging ends with, of which every pixel gets the one that is largest
   * there. With fewer `thresholds` they are those after as many rounds.
   * @throws AdzusError for options out of range
   * @example
   * const { count } = await view.proposals({ thresholds: [0.4] }) // one an anchor
   */
  async proposals(question: Omit<Question, 'foreground'> = {}): Promise<ProposalMaps> {
    const { method } = this.#resolve(question)
    return this.#ask(async () => {
      const { map } = this.#seen.sight
      const proposals = await groupingOf(method).propose(map, method)
      const values = await proposals.floats()
      const [count] = proposals.shape
      proposals.dispose()
      return { grid: { ...map.grid }, count, values }
    })
  }

  /** Gives the device's memory back. Questions that are under way end first; later ones fail. */
  dispose(): Promise<void> {
    this.#disposal ??= this.#exclusively(async () => {
      forget(this.#seen.sight)
      this.#seen.kept.dispose()
    })
    return this.#disposal
  }

  /** For `await using view = await adzus.look(image)`, where the runtime has it. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose()
  }

  /** Runs a question, unless the view or its model is gone. */
  async #ask<T>(work: () => Promise<T>): Promise<T> {
    check(this.#disposal === undefined, () => ({ what: 'View', expected: 'a view in use', got: 'one that was disposed' }))
    return this.#exclusively(work)
  }

  #resolve(question: Question): Pick<Parameters, 'method' | 'foreground' | 'wholeSegments' | 'edges' | ObjectChoice> {
    checkQuestion(question)
    const { method, prompt, foreground, wholeSegments, edges } = this.parameters
    const rule = resolveRule(question.foreground ?? foreground, prompt)
    this.#seen.model.checkRule(rule)
    return {
      method: resolveMethod(question, method),
      foreground: rule,
      wholeSegments: question.wholeSegments ?? wholeSegments,
      edges: question.edges ?? edges,
      ...resolveObjects(question, rule, this.parameters),
    }
  }

  async #group(method: Method, { run }: Stages): Promise<Grouped> {
    const key = JSON.stringify(method)
    const known = this.#grouped.get(key)
    if (known) return known
    const { sight, picture } = this.#seen
    const grouped = await groupPixels(sight, picture.raster, method, run)
    // The last one is what the next question is likely to be about.
    this.#grouped.clear()
    this.#grouped.set(key, grouped)
    return grouped
  }

  #asView(): AttentionView {
    const { model, parameters, sight } = this.#seen
    const { width, height } = this
    const tokens = sight.context.tensor.shape[1]
    return { width, height, tokens, layers: model.layers(parameters.size), grid: sight.map.grid, timesteps: parameters.timesteps }
  }
}
