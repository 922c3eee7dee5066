/** @file Runs the networks on a picture. */
import { stagesOf } from './clock.ts'
import type { Method } from './methods.ts'

export const look: Method<'look'> = async ({ picture, name, page = 0, opened, options, keep = [] }, { session, signal, onProgress }) => {
  const file = session.opened && session.opened.id === opened ? session.opened : await session.open(picture, name)
  await session.keep(keep)
  const since = performance.now()
  const clock = stagesOf(onProgress)
  const view = await session.model.look(file.image(page), { ...options, name, signal, onProgress: clock.begin })
  clock.end()
  const took = performance.now() - since
  const { width, height, image, parameters } = view
  const layers = view.layers()
  const finest = layers.filter(({ kind }) => kind === 'self').sort((a, b) => b.grid.h - a.grid.h)[0]
  return {
    ...{ view: session.add(view), width, height, parameters, layers, grid: finest.grid, notes: [], took },
    stored: file.images[page].facts,
    image: new Uint8Array(image.data),
  }
}
