/** @file Stage aggregated: all layers as one map, the crosshair's row of it and the whole. */
import { h } from '../../dom.ts'
import type { Matrix, Rows } from '../../engine/way.ts'
import { text } from '../../text/index.ts'
import type { Chapter } from './chapter.ts'
import { canvasOf, copyOf, figure, heatPicture, markCell, paintOver } from './drawing.ts'
import { followRows } from './follow-rows.ts'
import { cellAt, peakOf, percent, spreadOf } from './numbers.ts'

const words = text.understand.aggregated
/** Of the matrix as a picture, in pixels. */
const MOST = 512

export const aggregated: Chapter = async (material) => {
  const { looked, small } = material
  const matrix = await material.ask('matrix', { choice: material.choice, most: MOST })
  const cells = matrix.grid.h * matrix.grid.w
  const square = { h: matrix.side, w: matrix.side }
  const whole = heatPicture(matrix.values, square)
  const row = canvasOf(small.width, small.height)
  const marked = canvasOf(whole.width, whole.height)
  const rowFigure = figure(row, words.row, '')
  const matrixFigure = figure(marked, words.matrix(cells), words.matrixWords(cells))
  const paint = ({ all: { values, grid } }: Rows, at: typeof material.at) => {
    const cell = cellAt(at, looked, grid!)
    paintOver(row, small, values, grid!)
    markCell(row, cell, grid!)
    row.setAttribute('aria-label', words.rowWords(peakOf(values, grid!), spreadOf(values), values.length))
    const brush = marked.getContext('2d')!
    brush.drawImage(whole, 0, 0)
    brush.fillStyle = '#fff'
    brush.fillRect(0, Math.floor((cell * marked.height) / cells), marked.width, 1)
  }
  const { follow } = await followRows(material, paint)
  return {
    thumbnail: copyOf(whole),
    facts: words.facts(
      cells,
      matrix.weights.map(({ grid, weight }) => ({ ...grid, weight })),
    ),
    element: h(
      'div',
      {},
      h('p', { className: 'formula' }, words.formula),
      weightTable(matrix.weights),
      h('div', { className: 'figures large' }, rowFigure, matrixFigure),
    ),
    follow,
  }
}

function weightTable(weights: Matrix['weights']): HTMLElement {
  const cell = (content: string) => h('td', {}, content)
  return h(
    'table',
    {},
    h('caption', {}, words.table.caption),
    h('thead', {}, h('tr', {}, ...words.table.head.map((title) => h('th', { scope: 'col' }, title)))),
    h(
      'tbody',
      {},
      ...weights.map(({ grid, layers, weight }) =>
        h('tr', {}, h('th', { scope: 'row' }, `${grid.w} × ${grid.h}`), cell(`${layers.length}`), cell(percent(weight))),
      ),
    ),
  )
}
