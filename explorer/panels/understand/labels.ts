/** @file Stage labels: every pixel with the segment whose proposal is largest there. */

import { segmentColour } from 'adzus'
import { h } from '../../dom.ts'
import { text } from '../../text/index.ts'
import type { Chapter } from './chapter.ts'
import { copyOf, cssColour, figure, painted } from './drawing.ts'
import { percent } from './numbers.ts'

const words = text.understand.labels
/** Segments in the legend. */
const LISTED = 10
/** The longer side of the picture in pixels. */
const SIDE = 480

export const labels: Chapter = async ({ result }) => {
  const { width, height, labels: of, segments } = result
  const scale = Math.min(1, SIDE / Math.max(width, height))
  const [w, rows] = [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))]
  const colours = segments.map(({ id }) => segmentColour(id))
  const picture = painted(w, rows, (rgba, i) => {
    const [x, y] = [Math.floor((((i % w) + 0.5) * width) / w), Math.floor(((Math.floor(i / w) + 0.5) * height) / rows)]
    rgba.set(colours[of[y * width + x] - 1])
  })
  const shareOf = (area: number) => percent(area / (width * height))
  const largest = [...segments].sort((a, b) => b.area - a.area)
  const facts = words.facts(segments.length, { id: largest[0].id, share: shareOf(largest[0].area) })
  const legend = largest.slice(0, LISTED).map(({ id, area }) => {
    const swatch = h('span', { className: 'swatch', 'aria-hidden': true })
    swatch.style.background = cssColour(id)
    return h('li', {}, swatch, words.segment(id, shareOf(area)))
  })
  const more = segments.length - legend.length
  return {
    thumbnail: copyOf(picture),
    facts,
    element: h(
      'div',
      {},
      figure(picture, words.caption, facts),
      h('ul', { className: 'legend' }, ...legend),
      more > 0 && h('p', { className: 'hint' }, words.more(more)),
    ),
  }
}
