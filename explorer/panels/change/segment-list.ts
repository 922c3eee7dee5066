/** @file The segments with their areas; a press on one shows it in the picture. */
import { fill, h } from '../../dom.ts'
import type { Explorer } from '../../explorer.ts'
import { paintOutline } from '../../stage/outline.ts'
import { swatchOf } from '../../stage/segments.ts'
import type { Stage } from '../../stage/stage.ts'
import { text } from '../../text/index.ts'

const words = text.change.segments
/** Rows at once: a picture may have thousands of segments. */
const MOST = 50

export interface SegmentList {
  element: HTMLElement
  /** Chooses the segment at a pixel, as a press on the picture does. */
  chooseAt(place: number): void
  /** Paints what is chosen, while the panel is open. */
  paint(): void
}

export function makeSegmentList(explorer: Explorer, stage: Stage): SegmentList {
  const rows = h('tbody')
  const count = h('p', { className: 'hint', role: 'status' })
  const turn = (label: string, step: number) => h('button', { type: 'button', onclick: () => turnTo(first + step * MOST) }, label)
  const [before, after] = [turn(words.before, -1), turn(words.after, 1)]
  let first = 0
  let chosen: number | undefined
  const turnTo = (row: number) => {
    first = row
    show()
  }
  const choose = (id: number | undefined) => {
    chosen = id
    show()
    paint()
  }
  const paint = () => {
    const { grouped } = explorer.value
    if (grouped && chosen !== undefined) paintOutline(stage, grouped.labels, chosen)
    else stage.clear('marks')
  }
  const show = () => {
    const { grouped, result } = explorer.value
    const segments = [...(grouped?.segments ?? [])].sort((a, b) => b.area - a.area)
    first = Math.max(0, Math.min(first, segments.length - 1))
    first -= first % MOST
    const pixels = grouped ? grouped.width * grouped.height : 1
    const shown = segments.slice(first, first + MOST).map(({ id, area, foregroundShare }) => {
      const share = area / pixels
      const press = () => choose(id === chosen ? undefined : id)
      const name = h(
        'button',
        { type: 'button', 'aria-pressed': id === chosen, onclick: press },
        h('i', { className: 'swatch' }),
        words.one(id),
      )
      name.querySelector('i')!.style.background = swatchOf(id)
      const bar = h('i', { className: 'bar' })
      bar.style.inlineSize = `${100 * share}%`
      const foreground = grouped === result ? words.share(foregroundShare) : words.unknown
      return h('tr', {}, h('th', { scope: 'row' }, name), h('td', {}, words.share(share), bar), h('td', {}, foreground))
    })
    const hadFocus = rows.contains(document.activeElement)
    fill(rows, ...shown)
    if (hadFocus) rows.querySelector<HTMLElement>('[aria-pressed="true"]')?.focus()
    fill(count, words.count(segments.length, first + 1, first + shown.length))
    before.hidden = after.hidden = segments.length <= MOST
    before.disabled = first === 0
    after.disabled = first + MOST >= segments.length
  }
  // Other segments have the same numbers.
  explorer.watch(['grouped'], ({ grouped, result }) => (grouped === result ? show() : choose(undefined)))
  const head = h('tr', {}, ...words.columns.map((column) => h('th', { scope: 'col' }, column)))
  const table = h('table', { className: 'segment-list' }, h('caption', { className: 'only-read' }, words.title), h('thead', {}, head), rows)
  return {
    element: h('div', {}, count, table, h('p', { className: 'buttons' }, before, after)),
    chooseAt(place) {
      const { grouped } = explorer.value
      if (!grouped) return
      const id = grouped.labels[place]
      const rank = [...grouped.segments].sort((a, b) => b.area - a.area).findIndex((segment) => segment.id === id)
      first = rank - (rank % MOST)
      choose(id === chosen ? undefined : id)
    },
    paint,
  }
}
