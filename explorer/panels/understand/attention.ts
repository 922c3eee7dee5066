/** @file Stage attention: where the crosshair's cell looks, in every layer of self-attention. */
import { h } from '../../dom.ts'
import type { Rows } from '../../engine/way.ts'
import { text } from '../../text/index.ts'
import type { Chapter } from './chapter.ts'
import { canvasOf, copyOf, figure, markCell, paintOver } from './drawing.ts'
import { followRows } from './follow-rows.ts'
import { cellAt, peakOf, shortName, spreadOf } from './numbers.ts'

const words = text.understand.attention
/** The longer side of a layer's picture in pixels. */
const SIDE = 144

export const attention: Chapter = async (material) => {
  const { looked, small } = material
  const layers = looked.layers.filter(({ kind }) => kind === 'self')
  const scale = SIDE / Math.max(small.width, small.height)
  const pictures = layers.map(() => canvasOf(Math.round(small.width * scale), Math.round(small.height * scale)))
  const figures = layers.map(({ name, grid, heads }, i) => {
    const one = figure(pictures[i], words.caption(shortName(name), grid, heads), '')
    one.title = name
    return one
  })
  const spread = layers.map(() => h('span', { className: 'spread' }))
  for (const [i, one] of figures.entries()) one.querySelector('figcaption')!.append(h('br'), spread[i])
  const paint = ({ layers: rows }: Rows, at: typeof material.at) => {
    rows.forEach(({ values, grid }, i) => {
      const cells = grid!
      paintOver(pictures[i], small, values, cells)
      markCell(pictures[i], cellAt(at, looked, cells), cells)
      const over = spreadOf(values)
      spread[i].textContent = words.spread(over, values.length)
      pictures[i].setAttribute('aria-label', words.words(layers[i].name, peakOf(values, cells), over, values.length))
    })
  }
  const { follow } = await followRows(material, paint)
  const grids = [...new Set(layers.map(({ grid }) => `${grid.w} × ${grid.h}`))]
  return {
    thumbnail: copyOf(pictures[layers.length - 1]),
    facts: words.facts(
      layers.length,
      grids,
      layers.reduce((sum, { heads }) => sum + heads, 0),
    ),
    element: h('div', {}, h('p', { className: 'hint' }, words.follow), h('div', { className: 'figures layers' }, ...figures)),
    follow,
  }
}
