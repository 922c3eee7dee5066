/**
 * @file The plan of a segmentation, as data: every op with its shapes, work and memory, found by a
 * dry run. Shapes are known once the picture's size for the network is.
 *
 * It follows a picture to the mask, but for what depends on values: of the merging the first round
 * only, and every anchor counts as a proposal when pixels are labelled, at the network's size.
 */
import type { DryBackend, Step } from '../tensor/dry.ts'
import type { Backend } from '../tensor/index.ts'
import type { Estimate } from './estimate.ts'

/**
 * Bytes. But for the `Estimate` all without the model's weights, and with those of the text
 * encoders, which come and go.
 */
export interface PlanMemory extends Estimate {
  /**
   * Tensors that come and go, and what they would take together, were each given memory of its own.
   */
  tensors: number
  sum: number
  /** The most that exists at one step: no reuse of any kind needs less. */
  least: number
  /** What the backend's pool holds for them at most; on the CPU without the kernels' own memory. */
  held: number
}

/** The ops of a stage and their work. */
export interface PlannedStage {
  name: string
  steps: number
  /** Floating-point operations; a multiply-add counts as two. */
  flops: number
  /** Every operand of every op once. */
  bytes: number
  /** The most that exists at one of its steps, without the model's weights. */
  peak: number
}

/** What a picture would take: every op with its shapes, and how memory is used. */
export interface Plan {
  /** Path of the model. */
  model: string
  backend: Backend['kind']
  /** Of the network's picture, in pixels. */
  size: readonly [width: number, height: number]
  memory: PlanMemory
  stages: PlannedStage[]
  /** In the order in which they run; `live` without the model's weights. */
  steps: Step[]
}

/** What has been followed since only the weights were there. */
export function planOf(
  dry: DryBackend,
  { model, size }: Pick<Plan, 'model' | 'size'>,
  before: { weights: number; count: number; bytes: number },
): Plan {
  const { weights, count, bytes } = before
  const steps = dry.steps.map((step) => ({ ...step, live: step.live - weights }))
  const stages = [...new Set(steps.map((s) => s.stage))].map((name) => stageOf(name, steps))
  const { peak } = dry.memory
  const memory = {
    weights,
    peak,
    largest: dry.largest,
    tensors: dry.allocated.count - count,
    sum: dry.allocated.bytes - bytes,
    least: peak - weights,
    held: dry.mostHeld - weights,
  }
  return { model, backend: dry.kind, size, memory, stages, steps }
}

function stageOf(name: string, steps: readonly Step[]): PlannedStage {
  const own = steps.filter((s) => s.stage === name)
  return {
    name,
    steps: own.length,
    flops: own.reduce((sum, s) => sum + s.flops, 0),
    bytes: own.reduce((sum, s) => sum + s.bytes, 0),
    peak: Math.max(...own.map((s) => s.live)),
  }
}
