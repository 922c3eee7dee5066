/** @file Stage anchors: the cells whose maps merging starts from. */
import { h } from '../../dom.ts'
import { text } from '../../text/index.ts'
import type { Chapter } from './chapter.ts'
import { canvasOf, copyOf, figure, markDot } from './drawing.ts'

const words = text.understand.anchors

export const anchors: Chapter = async (material) => {
  const { small, result } = material
  const { method } = result.parameters
  const { tree, proposals } = await material.ask('merging', { choice: material.choice, method })
  const [{ grid }] = proposals
  const picture = canvasOf(small.width, small.height)
  picture.getContext('2d')!.drawImage(small, 0, 0)
  for (const cell of tree.anchors) markDot(picture, cell, grid, '#ffd60a', Math.max(1.5, small.width / 180))
  const rows = new Set(tree.anchors.map((cell) => Math.floor(cell / grid.w))).size
  const columns = tree.anchors.length / rows
  const facts = words.facts({ columns, rows }, grid)
  return { thumbnail: copyOf(picture), facts, element: h('div', {}, figure(picture, words.caption(columns, rows), facts)) }
}
