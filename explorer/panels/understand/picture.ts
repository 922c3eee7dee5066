/** @file Stage picture: what went into the network. */
import { h } from '../../dom.ts'
import { text } from '../../text/index.ts'
import type { Chapter } from './chapter.ts'
import { copyOf, figure, rgbPicture } from './drawing.ts'

const words = text.understand.picture

export const picture: Chapter = async (material) => {
  const { width, height } = material.looked
  const input = await material.ask('input', {})
  const seen = rgbPicture(input)
  const facts = words.facts(input, { width, height })
  return { thumbnail: copyOf(seen), facts, element: h('div', {}, figure(seen, words.caption(input), facts)) }
}
