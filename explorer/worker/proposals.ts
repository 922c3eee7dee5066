/** @file The maps that become segments, so that the page can show one of them under the pointer. */
import type { Method } from './methods.ts'

export const proposals: Method<'proposals'> = async ({ view, question }, { session }) => {
  const { values, ...known } = await session.view(view).proposals(question)
  return { ...known, values: values.slice() }
}
