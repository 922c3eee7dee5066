/** @file Where one pixel looks, in every layer and in all of them together. */
import type { Method } from './methods.ts'

export const rows: Method<'rows'> = async ({ view: id, choice, x, y }, { session, signal }) => {
  const view = session.view(id)
  const { timesteps } = choice
  const layers = []
  for (const { name, kind } of view.layers()) {
    signal.throwIfAborted()
    if (kind === 'self') layers.push(await view.attention({ x, y, layer: name, timesteps }))
  }
  return { layers, all: await view.attention({ ...choice, x, y }) }
}
