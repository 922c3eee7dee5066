/** @file The segments alone, for whoever does not want to wait for the mask. */
import { stagesOf } from './clock.ts'
import type { Method } from './methods.ts'

/** The rule that costs least: the mask itself is sought by another call, which finds the segments here. */
const ANY_MASK = { foreground: 'all', objects: 'none' } as const

export const labels: Method<'labels'> = async ({ view, question }, { session, signal, onProgress }) => {
  const clock = stagesOf(onProgress)
  const onStage = (stage: string) => (stage === 'foreground' ? clock.end() : clock.begin(stage))
  const known = await session.view(view).segment({ ...question, ...ANY_MASK, signal, onProgress: onStage })
  const { width, height, timings } = known
  return { width, height, labels: known.labels.slice(), segments: known.segments.map((one) => ({ ...one, foreground: false })), timings }
}
