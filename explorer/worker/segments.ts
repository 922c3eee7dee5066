/** @file The segments of a picture that was looked at, before its mask is sought. */
import { stagesOf } from './clock.ts'
import type { Method } from './methods.ts'

export const segments: Method<'segments'> = async ({ view, question }, { session, signal, onProgress }) => {
  const clock = stagesOf(onProgress)
  // The cheapest rule: the mask of the question itself is another call, which finds the segments here.
  const cheap = { ...question, foreground: 'all', objects: 'none', wholeSegments: true } as const
  // That rule is no stage of its own.
  const begin = (stage: string) => (stage === 'foreground' ? clock.end() : clock.begin(stage))
  const found = await session.view(view).segment({ ...cheap, signal, onProgress: begin })
  const { width, height, labels, timings } = found
  return { width, height, labels: labels.slice(), segments: found.segments.map((one) => ({ ...one, foreground: false })), timings }
}
