/** @file A whole attention map, so that the page can follow the pointer by itself. */
import type { Method } from './methods.ts'

export const map: Method<'map'> = async ({ view, ...question }, { session }) => {
  const { values, ...known } = await session.view(view).map(question)
  return { ...known, values: new Float32Array(values) }
}
