/**
 * @file The noise schedule of a diffusion model: how much of a latent is signal and how much noise
 * at each time step.
 *
 * β_t is the variance of the noise added at step t, ᾱ_t = Π (1 − β_s) what is left of the signal's:
 * x_t = √ᾱ_t·x₀ + √(1 − ᾱ_t)·ε. Sums and products run in f32, as PyTorch's do, so that the table is
 * the same number for number.
 */
import { Config } from '../checkpoint/config.ts'
import { exists, type Files } from '../checkpoint/files.ts'
import { check } from '../errors.ts'

export type PredictionType = (typeof PREDICTIONS)[number]

/** next = x·(this step's latent) + output·(the model's output). */
export interface Step {
  x: number
  output: number
}

const { fround, sqrt } = Math

/** torch.linspace in f32: from the start in the first half, from the end in the second. */
function linspace(start: number, end: number, count: number): Float32Array {
  const step = fround((fround(end) - fround(start)) / (count - 1))
  return Float32Array.from({ length: count }, (_, i) =>
    i < count / 2 ? fround(fround(start) + fround(step * i)) : fround(fround(end) - fround(step * (count - 1 - i))),
  )
}

const BETAS = { above: 0, below: 1 }
/** Ten times what published models have; fewer are no schedule. */
const STEPS = { from: 2, to: 10_000 }
const PREDICTIONS = ['epsilon', 'v_prediction', 'sample'] as const
const SCHEDULES = ['linear', 'scaled_linear', 'squaredcos_cap_v2'] as const
const SPACINGS = ['leading', 'trailing', 'linspace'] as const

function betasOf(config: Config, count: number): Float32Array {
  if (config.has('trained_betas')) {
    const betas = config.numbers('trained_betas', undefined, BETAS)
    if (betas.length !== count) throw config.wrong('trained_betas', `${count} numbers, as num_train_timesteps says`, `${betas.length}`)
    return Float32Array.from(betas)
  }
  const kind = config.choice('beta_schedule', SCHEDULES, 'scaled_linear')
  if (kind === 'squaredcos_cap_v2') {
    const bar = (t: number) => Math.cos(((t + 0.008) / 1.008) * (Math.PI / 2)) ** 2
    return Float32Array.from({ length: count }, (_, i) => Math.min(1 - bar((i + 1) / count) / bar(i / count), 0.999))
  }
  const start = config.number('beta_start', 0.00085, BETAS)
  const end = config.number('beta_end', 0.012, BETAS)
  if (start > end) throw config.wrong('beta_end', `at least beta_start, ${start}`, `${end}`)
  if (kind === 'linear') return linspace(start, end, count)
  return linspace(sqrt(start), sqrt(end), count).map((b) => fround(b * b))
}

/**
 * Shifts √ᾱ so that the last step has no signal left, keeping the first (arXiv 2305.08891,
 * algorithm 1).
 */
function rescaleToZeroSnr(alphasBar: Float32Array): Float32Array {
  const roots = alphasBar.map((a) => sqrt(a))
  const [first, last] = [roots[0], roots.at(-1)!]
  return roots.map((r) => (((r - last) * first) / (first - last)) ** 2)
}

export class NoiseSchedule {
  /** ᾱ_t for t = 0 … steps − 1. */
  readonly alphasBar: Float32Array
  readonly prediction: PredictionType
  /** ᾱ "before" step 0, for the last step of a sampler. */
  readonly #finalAlphaBar: number
  readonly #offset: number
  readonly #spacing: (typeof SPACINGS)[number]

  constructor(config: Config) {
    const count = config.int('num_train_timesteps', 1000, STEPS)
    const betas = betasOf(config, count)
    let product = 1
    let bars: Float32Array = betas.map((b) => (product = fround(product * fround(1 - b))))
    // Betas may be so small, or so large together, that f32 knows of no noise, or of no signal.
    if (!(0 < product && product < bars[0] && bars[0] < 1))
      throw config.wrong(
        'beta_schedule',
        'betas that leave signal and noise at every step',
        `shares of signal from ${bars[0]} to ${product}`,
      )
    if (config.bool('rescale_betas_zero_snr', false)) bars = rescaleToZeroSnr(bars)
    this.alphasBar = bars
    this.prediction = config.choice('prediction_type', PREDICTIONS, 'epsilon')
    this.#finalAlphaBar = config.bool('set_alpha_to_one', false) ? 1 : bars[0]
    this.#offset = config.int('steps_offset', 1, { from: 0, below: count })
    this.#spacing = config.choice('timestep_spacing', SPACINGS, 'leading')
  }

  /** Reads `folder/scheduler_config.json`; without one, Stable Diffusion's values. */
  static async open(files: Files, folder: string): Promise<NoiseSchedule> {
    const path = `${folder}/scheduler_config.json`
    return new NoiseSchedule((await exists(files, path)) ? await Config.read(files, path) : new Config('default schedule', {}))
  }

  /** Number of training steps. */
  get steps(): number {
    return this.alphasBar.length
  }

  /** √ᾱ_t and √(1 − ᾱ_t): the shares of signal and noise at step t. */
  noiseShares(t: number): { signal: number; noise: number } {
    const bar = this.#bar(t)
    return { signal: sqrt(bar), noise: sqrt(1 - bar) }
  }

  /** x₀ from a noisy latent and the model's output at step t. */
  predictedOriginal(t: number): Step {
    const { signal, noise } = this.noiseShares(t)
    if (this.prediction === 'sample') return { x: 0, output: 1 }
    check(this.prediction !== 'epsilon' || signal > 0, () => ({
      what: 'schedule: time step',
      expected: 'one with a share of signal, for a model that predicts noise',
      got: `${t}, which rescale_betas_zero_snr leaves without`,
    }))
    return this.prediction === 'epsilon' ? { x: 1 / signal, output: -noise / signal } : { x: signal, output: -noise }
  }

  /** ε from a noisy latent and the model's output at step t. */
  predictedNoise(t: number): Step {
    const { signal, noise } = this.noiseShares(t)
    if (this.prediction === 'epsilon') return { x: 0, output: 1 }
    return this.prediction === 'sample' ? { x: 1 / noise, output: -signal / noise } : { x: noise, output: signal }
  }

  /**
   * One deterministic DDIM step (arXiv 2010.02502, eq. 12 with σ = 0) between two time steps; `to`
   * −1 is the clean latent.
   */
  ddimStep(from: number, to: number): Step {
    const bar = to < 0 ? this.#finalAlphaBar : this.#bar(to)
    const original = this.predictedOriginal(from)
    const noise = this.predictedNoise(from)
    return {
      x: sqrt(bar) * original.x + sqrt(1 - bar) * noise.x,
      output: sqrt(bar) * original.output + sqrt(1 - bar) * noise.output,
    }
  }

  /**
   * The time steps of a sampler with `n` steps, falling, as diffusers' DDIMScheduler spaces them.
   */
  timesteps(n: number): number[] {
    const count = this.steps
    check(Number.isInteger(n) && n > 0 && n <= count, () => ({ what: 'schedule', expected: `1 … ${count} steps`, got: `${n}` }))
    if (this.#spacing === 'linspace')
      return Array.from({ length: n }, (_, i) => Math.round((i * (count - 1)) / Math.max(1, n - 1))).reverse()
    if (this.#spacing === 'trailing') return Array.from({ length: n }, (_, i) => Math.round(count - (i * count) / n) - 1)
    const ratio = Math.floor(count / n)
    return Array.from({ length: n }, (_, i) => i * ratio + this.#offset).reverse()
  }

  /** From pure noise (the last step) to step t in n equal strides: n + 1 falling time steps. */
  denoisePath(t: number, n: number): number[] {
    const last = this.steps - 1
    check(Number.isInteger(n) && n > 0 && n <= last - t, () => ({
      what: 'schedule: denoise',
      expected: `1 … ${last - t} steps down to time step ${t}`,
      got: `${n}`,
    }))
    return Array.from({ length: n + 1 }, (_, i) => Math.round(last - (i * (last - t)) / n))
  }

  #bar(t: number): number {
    check(Number.isInteger(t) && t >= 0 && t < this.steps, () => ({
      what: 'schedule: time step',
      expected: `a whole number 0 … ${this.steps - 1}`,
      got: `${t}`,
    }))
    return this.alphasBar[t]
  }
}
