/** @file The segments alone, for whoever does not want to wait for the mask. */
import { stagesOf } from './clock.ts'
import type { Method } from './methods.ts'

export const labels: Method<'labels'> = async ({ view, question }, { session, signal, onProgress }) => {
  // A mask of all segments costs nothing.
  const known = await session.view(view).segment({ ...question, foreground: 'all', signal, onProgress: stagesOf(onProgress) })
  const { width, height, segments, timings } = known
  return { width, height, labels: known.labels.slice(), segments, timings }
}
