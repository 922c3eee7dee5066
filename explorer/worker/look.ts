/** @file Runs the networks on a picture. */
import { fileInfo } from 'adzus'
import type { StoredFacts } from '../engine/calls.ts'
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
    ...{
      view: session.add(view),
      width,
      height,
      parameters,
      layers,
      grid: finest.grid,
      notes: [],
      stored: await storedFacts(picture),
      took,
    },
    image: new Uint8Array(image.data),
  }
}

/** What a header tells of the picture that was looked at, the first in its file. */
async function storedFacts(picture: Blob): Promise<StoredFacts | undefined> {
  const source = {
    name: 'picture',
    size: picture.size,
    read: async (first: number, length: number) => new Uint8Array(await picture.slice(first, first + length).arrayBuffer()),
  }
  const info = await fileInfo(source).catch(() => undefined)
  if (!info) return undefined
  const [{ type, channels, channelNames, window }] = info.images
  return { type, channels, channelNames, window }
}
