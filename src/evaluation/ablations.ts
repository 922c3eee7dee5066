/**
 * @file Ablations: one factor at a time differs from the parameters of the run, over levels that
 * follow from the model.
 */
import type { Parameters, SegmentOptions } from '../adzus/options.ts'
import type { LayerInfo } from '../adzus/view.ts'

/** Factors that the network sees, so that it runs again, come first. */
export const FACTORS = ['layers', 'resolutions', 'timesteps', 'noise', 'anchors'] as const

export type Factor = (typeof FACTORS)[number]

/** One level of a factor. */
export interface Variant {
  factor: Factor
  /** `anchors=8`. */
  name: string
  /** What differs from the options of the run. */
  options: Pick<SegmentOptions, Factor>
  /** Whether the network has to run again; otherwise one look answers it. */
  network: boolean
}

const TIMESTEPS = [1, 100, 200, 300, 500, 700, 900]
const SEEDS = [0, 1, 2]
const ANCHORS = [4, 8, 16, 32]

/**
 * The levels of factors, without the one that the run has.
 * @param layers the attention layers of the model at the run's size
 */
export function variantsOf(factors: readonly Factor[], parameters: Parameters, layers: readonly LayerInfo[]): Variant[] {
  const self = layers.filter(({ kind }) => kind === 'self')
  const levels: Record<Factor, () => SegmentOptions[Factor][]> = {
    layers: () => [...new Set(self.map(({ name }) => blockOf(name)))].map((block) => [block]),
    resolutions: () => [...new Set(self.map(({ grid }) => Math.max(grid.h, grid.w)))].sort((a, b) => b - a).map((side) => [side]),
    timesteps: () => TIMESTEPS.map((step) => [step]),
    noise: () => [null, ...SEEDS],
    anchors: () => ANCHORS,
  }
  const own = { ...parameters, anchors: parameters.method.anchors }
  const order = FACTORS.filter((factor) => factors.includes(factor))
  return order.flatMap((factor) =>
    levels[factor]()
      .filter((level) => JSON.stringify(level) !== JSON.stringify(own[factor]))
      .map((level) => ({
        factor,
        name: `${factor}=${level === null ? 'none' : level}`,
        options: { [factor]: level },
        network: factor !== 'anchors',
      })),
  )
}

/** `down_blocks.1`, `mid_block`: the part of a path that says where in the UNet a layer is. */
function blockOf(name: string): string {
  return /^[a-z]+_block(s\.\d+)?/.exec(name)?.[0] ?? name
}
