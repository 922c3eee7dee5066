/** @file Opens a file of a picture. */
import type { Method } from './methods.ts'

export const open: Method<'open'> = async ({ picture, name, page = 0 }, { session, onProgress }) => {
  const since = performance.now()
  onProgress({ stage: 'decode', timings: {} })
  const opened = await session.open(picture, name)
  if (page >= opened.images.length) throw new Error(`${name} has ${opened.images.length} images, and no image ${page + 1}`)
  const notes = [...(await opened.check(page))]
  session.opened = opened
  const pages = opened.images.map(({ name: title = '', width, height }) => ({ name: title, width, height }))
  return { opened: opened.id, pages, notes, milliseconds: performance.now() - since }
}
