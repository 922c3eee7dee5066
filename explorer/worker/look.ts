/** @file Runs the networks on a picture. */
import { stagesOf } from './clock.ts'
import type { Method } from './methods.ts'

export const look: Method<'look'> = async ({ picture, options, keep = [] }, { session, signal, onProgress }) => {
  await session.keep(keep)
  const since = performance.now()
  const view = await session.model.look(picture, { ...options, signal, onProgress: stagesOf(onProgress) })
  const { width, height, image, parameters } = view
  const layers = view.layers()
  const finest = layers.filter(({ kind }) => kind === 'self').sort((a, b) => b.grid.h - a.grid.h)[0]
  return {
    ...{ view: session.add(view), width, height, parameters, layers, grid: finest.grid, notes: [], took: performance.now() - since },
    image: new Uint8Array(image.data),
  }
}
