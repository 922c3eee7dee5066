/** @file Two settings side by side: the present result is kept, and compared with what comes later. */
import { fill, h } from '../../../dom.ts'
import type { Explorer } from '../../../explorer.ts'
import type { Stage } from '../../../stage/stage.ts'
import { withStrokes } from '../../../strokes.ts'
import { text } from '../../../text/index.ts'
import { type Difference, differenceOf } from './difference.ts'
import { makeDivider } from './divider.ts'
import { isKept, KeptResult } from './kept-result.ts'
import { saySettings } from './say.ts'
import { Split } from './split.ts'

const words = text.change.compare

export interface Compare {
  element: HTMLElement
  open(): void
  close(): void
}

export function makeCompare(explorer: Explorer, stage: Stage): Compare {
  const source = new KeptResult(explorer)
  const split = new Split(stage)
  const divider = makeDivider((place) => {
    split.place = place
    divider.show(place)
  })
  const keep = h('button', { type: 'button', className: 'main', onclick: () => source.keep() }, words.keep)
  const drop = h('button', { type: 'button', onclick: () => source.drop() }, words.drop)
  const about = h('div', { className: 'differences' })
  let isOpen = false
  const pane = stage.canvases.picture.parentElement!

  const present = () => {
    const { grouped, result, strokes } = explorer.value
    if (!grouped || !result) return undefined
    return { grouped, mask: withStrokes(result.mask as Uint8Array<ArrayBuffer>, result.width, strokes) }
  }
  const paint = () => {
    const { kept } = source.value
    const now = present()
    if (isOpen && kept && now && fits(kept.result, stage)) {
      split.show({ grouped: kept.result, mask: kept.mask }, now)
      if (!divider.element.isConnected) pane.append(divider.element)
    } else divider.element.remove()
  }
  const restore = () => {
    const now = present()
    // The kept side goes, the present one comes back whole.
    if (divider.element.isConnected && now) split.show(now, now)
    divider.element.remove()
  }
  const show = () => {
    const { kept: settings, result, grouped } = explorer.value
    const { kept, fault } = source.value
    keep.disabled = !result
    drop.hidden = !isKept(settings)
    const now = present()
    if (!isKept(settings)) fill(about, h('p', { className: 'hint' }, words.hint))
    else if (fault) fill(about, h('p', { className: 'wrong', role: 'alert' }, fault))
    else if (kept && now && grouped === result) {
      const { look, question } = explorer.value
      const difference = differenceOf(
        { segments: kept.result.segments.length, mask: kept.mask },
        { segments: now.grouped.segments.length, mask: now.mask },
      )
      fill(about, tableOf(saySettings(settings), saySettings({ look, question }), difference))
    }
  }
  explorer.watch(['grouped', 'result', 'strokes', 'kept'], () => {
    if (isOpen) paint()
    show()
  })
  source.watch(['kept', 'fault'], ({ kept }) => {
    if (kept) paint()
    else restore()
    show()
  })
  return {
    element: h('div', {}, h('p', { className: 'buttons' }, keep, drop), about),
    open() {
      isOpen = true
      source.wanted = true
      paint()
    },
    close() {
      isOpen = false
      source.wanted = false
      restore()
    },
  }
}

/** A result of the picture before may have another size. */
function fits({ width, height }: { width: number; height: number }, stage: Stage): boolean {
  return width === stage.width && height === stage.height
}

function tableOf(kept: string, now: string, { segments, foreground, overlap, apart }: Difference): HTMLElement {
  const row = (label: string, ...cells: string[]) =>
    h('tr', {}, h('th', { scope: 'row' }, label), ...cells.map((cell) => h('td', {}, cell)))
  const both = (label: string, value: string) => h('tr', {}, h('th', { scope: 'row' }, label), h('td', { colSpan: 2 }, value))
  const head = h('tr', {}, h('td'), h('th', { scope: 'col' }, words.kept), h('th', { scope: 'col' }, words.now))
  return h(
    'table',
    { className: 'comparison' },
    h('caption', { className: 'only-read' }, words.title),
    h('thead', {}, head),
    h(
      'tbody',
      {},
      row(words.settings, kept, now),
      row(words.segments, ...segments.map(String)),
      row(words.foreground, ...foreground.map(words.percent)),
      both(words.dice, words.number(overlap.dice)),
      both(words.iou, words.number(overlap.iou)),
      both(words.apart, words.percent(apart)),
    ),
  )
}
