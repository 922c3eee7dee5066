/** @file Stage prominence: how much every cell stands out. */
import { h } from '../../dom.ts'
import { text } from '../../text/index.ts'
import type { Chapter } from './chapter.ts'
import { canvasOf, copyOf, figure, heatPicture, markCell, paintOver } from './drawing.ts'
import { cellAt, peakOf } from './numbers.ts'

const words = text.understand.prominence

export const prominence: Chapter = async (material) => {
  const { small, looked } = material
  const { grid, values } = await material.ask('prominence', { choice: material.choice })
  const over = canvasOf(small.width, small.height)
  const facts = words.facts(peakOf(values, grid), grid)
  const here = h('p', { className: 'hint' })
  const follow = () => {
    const cell = cellAt(material.at, looked, grid)
    paintOver(over, small, values, grid)
    markCell(over, cell, grid)
    here.textContent = words.here(values[cell])
  }
  follow()
  const alone = heatPicture(values, grid, 1)
  const pictures = [figure(over, words.over, facts), figure(alone, words.alone, facts)]
  return { thumbnail: copyOf(alone), facts, element: h('div', {}, here, h('div', { className: 'figures large' }, ...pictures)), follow }
}
