/**
 * @file What a question chooses of everything behind the networks, and what it leaves as it was.
 */
import { must } from '../../arguments.ts'
import { countedLayers } from '../../attention/weights.ts'
import type { AttentionLayer } from '../../unet/taps.ts'
import { type AggregationChoice, resolveAggregation } from '../aggregation.ts'
import type { Parameters, SegmentOptions } from '../options.ts'
import { type ObjectChoice, resolveMethod, resolveObjects, resolveRule } from '../resolve-options.ts'

/**
 * What the aggregated map is made of: by default what the look chose, and else anything that the
 * network attended to, at all or some of the look's time steps.
 */
export type Aggregation = Pick<SegmentOptions, AggregationChoice | 'timesteps'>

/** What may differ from question to question: everything behind the networks. */
export type Question = Aggregation &
  Pick<
    SegmentOptions,
    'method' | 'thresholds' | 'anchors' | 'refine' | 'foreground' | 'wholeSegments' | 'edges' | ObjectChoice | 'signal' | 'onProgress'
  >

/** The options of a look with a question's choice of what is aggregated. */
export function aggregatedBy(question: Aggregation, look: Parameters, layers: readonly AttentionLayer[]): Parameters {
  const { timesteps = look.timesteps } = question
  const isSome = timesteps.length > 0 && timesteps.every((t) => look.timesteps.includes(t))
  must('timesteps', isSome, `some of the look's: ${look.timesteps.join(', ')}`, timesteps, 'Other time steps need a look of their own.')
  must('timesteps', new Set(timesteps).size === timesteps.length || timesteps === look.timesteps, 'each once', timesteps)
  const parameters = { ...look, ...resolveAggregation(question, look), timesteps: [...timesteps] }
  countedLayers(layers, parameters)
  return parameters
}

/** The options of a look with a question's choices. */
export function askedBy(question: Question, look: Parameters, layers: readonly AttentionLayer[]): Parameters {
  const foreground = resolveRule(question.foreground ?? look.foreground, look.prompt)
  return {
    ...aggregatedBy(question, look, layers),
    method: resolveMethod(question, look.method),
    foreground,
    wholeSegments: question.wholeSegments ?? look.wholeSegments,
    edges: question.edges ?? look.edges,
    ...resolveObjects(question, foreground, look),
  }
}
