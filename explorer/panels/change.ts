/** @file The panel Change: other settings, and what they do to the picture at once. */
import { fill, h } from '../dom.ts'
import { text } from '../text/index.ts'
import { makeAttention } from './change/attention.ts'
import { makeBefore } from './change/before.ts'
import { shortForm } from './change/choices.ts'
import { makeCompare } from './change/compare/compare.ts'
import { makeMask } from './change/mask.ts'
import { makeMerging } from './change/merging.ts'
import { makePart } from './change/parts.ts'
import { makeSegmentList } from './change/segment-list.ts'
import { makeSpent } from './change/spent.ts'
import { makeTree } from './change/tree/tree.ts'
import type { MakePanel } from './panel.ts'

const words = text.change
/** The choices of each part, to count those that differ. */
const MERGING = ['thresholds', 'anchors', 'refine'] as const
const WEIGHTS = ['resolutions', 'layers', 'heads', 'timesteps', 'weights'] as const
const MASK = ['foreground', 'wholeSegments', 'edges', 'objects', 'minSize', 'fillHoles', 'excludeBorder'] as const

export const makePanel: MakePanel = ({ explorer, stage }) => {
  const list = makeSegmentList(explorer, stage)
  const compare = makeCompare(explorer, stage)
  const tree = makeTree(explorer, stage)
  const merging = makePart({ title: words.merging.title, name: 'merging', open: true }, makeMerging(explorer))
  const mask = makePart({ title: words.mask.title, name: 'mask', open: true }, makeMask(explorer))
  const weights = makePart({ title: words.weights.title, name: 'weights' }, makeAttention(explorer))
  const before = makePart({ title: words.before.title, name: 'before' }, makeBefore(explorer))
  let isOpen = false
  const treePart = makePart(
    { title: words.tree.title, name: 'tree', onToggle: (open) => (open && isOpen ? tree.open() : tree.close()) },
    tree.element,
  )
  const comparison = makePart({ title: words.compare.title, name: 'compare', open: true }, compare.element)
  const segments = makePart({ title: words.segments.title, name: 'segments', open: true }, list.element)
  const reset = h('button', { type: 'button', onclick: () => explorer.set({ question: {}, look: {} }) }, words.allBack)
  explorer.watch(['question', 'look'], ({ question, look }) => {
    const short = shortForm(question)
    const tell = (names: readonly (keyof typeof short)[]) => words.changes(names.filter((name) => short[name] !== undefined).length)
    merging.tell(tell(MERGING))
    mask.tell(tell(MASK))
    weights.tell(tell(WEIGHTS))
    before.tell(words.changes(Object.keys(look).length))
    reset.disabled = Object.keys(question).length + Object.keys(look).length === 0
  })
  const parts = [merging, treePart, mask, weights, before, comparison, segments].map((part) => part.element)
  const content = h('div', {}, h('p', {}, words.intro), makeSpent(explorer), h('p', { className: 'buttons' }, reset), ...parts)
  const empty = h('p', {}, words.empty)
  const element = h('div', { className: 'change' }, empty)
  explorer.watch(['picture'], ({ picture }) => fill(element, picture ? content : empty))
  return {
    element,
    open() {
      isOpen = true
      stage.tool = { press: ({ x, y }) => list.chooseAt(y * stage.width + x) }
      if (treePart.element.open) tree.open()
      compare.open()
      list.paint()
    },
    close() {
      isOpen = false
      tree.close()
      compare.close()
      stage.clear('marks')
    },
  }
}
