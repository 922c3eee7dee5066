/** @file Segments a picture that was looked at. */
import { stagesOf } from './clock.ts'
import type { Method } from './methods.ts'

export const segment: Method<'segment'> = async ({ view, question }, { session, signal, onProgress }) => {
  const clock = stagesOf(onProgress)
  const { image: _, ...result } = await session.view(view).segment({ ...question, signal, onProgress: clock.begin })
  clock.end()
  // What the view keeps for the next question stays here.
  return { ...result, labels: result.labels.slice(), mask: result.mask.slice() }
}
