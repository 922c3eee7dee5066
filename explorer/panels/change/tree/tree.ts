/** @file The tree of merging: a line that one drags is the threshold. */
import { fill, h } from '../../../dom.ts'
import type { Explorer } from '../../../explorer.ts'
import type { Stage } from '../../../stage/stage.ts'
import { text } from '../../../text/index.ts'
import { chooseThresholds, thresholdsOf } from '../thresholds.ts'
import { divergenceAt, drawTree, leafAt, topOf } from './draw.ts'
import { TreeSource } from './follow.ts'
import { type Leaf, layoutRound, type Scale, scaleOf, segmentsOf } from './layout.ts'
import { LeafView } from './leaf-view.ts'
import { makeLine } from './line.ts'

const words = text.change.tree

export interface Tree {
  element: HTMLElement
  close(): void
  open(): void
}

export function makeTree(explorer: Explorer, stage: Stage): Tree {
  const source = new TreeSource(explorer)
  const canvas = h('canvas', { className: 'tree', role: 'img', 'aria-label': words.picture })
  const rounds = h('select', { id: 'change-tree-round' })
  const along = h('input', { type: 'checkbox', id: 'change-tree-along', checked: true })
  const facts = h('p', { className: 'hint' })
  let round = 0
  let drawn: { leaves: Leaf[]; scale: Scale; segments: number[]; total: number } | undefined
  const leaf = new LeafView(explorer, stage, source, () => draw())

  const line = makeLine({
    label: () => words.line(round + 2),
    // While it is dragged the scale stays, else the line would run away from the pointer.
    onEnd: () => layout(),
    choose(threshold) {
      const thresholds = thresholdsOf(explorer)
      chooseThresholds(
        explorer,
        thresholds.map((old, i) => (i === round + 1 || (along.checked && i > round + 1) ? threshold : old)),
      )
    },
    topOf: (divergence) => (drawn ? topOf(drawn.scale, divergence, canvas.clientHeight) : 0),
    divergenceAt: (top) => (drawn ? divergenceAt(drawn.scale, top, canvas.clientHeight) : 0),
  })

  const draw = () => {
    if (!drawn || canvas.clientWidth === 0) return
    const threshold = thresholdsOf(explorer)[round + 1]
    drawTree(canvas, { ...drawn, threshold, chosen: leaf.chosen })
    const { grouped } = explorer.value
    line.show({ threshold, most: drawn.scale.most, segments: grouped?.segments.length })
  }
  const layout = () => {
    const { merges } = source.value
    const found = merges?.rounds[Math.min(round, merges.rounds.length - 1)]
    if (!merges || !found) {
      drawn = undefined
      return
    }
    const leaves = layoutRound(found)
    const total = Math.sqrt(found.divergences.length)
    const scale = line.isDragged && drawn ? drawn.scale : scaleOf(leaves, found.threshold)
    // K-means may have moved proposals from segment to segment.
    const refined = merges.segments.length !== merges.rounds.at(-1)!.groups.length
    const segments = refined ? [] : segmentsOf(merges.rounds, merges.segments)[round]
    drawn = { leaves, scale, segments, total }
    const overlapping = leaves.filter(({ others }) => others > 0).length
    fill(facts, words.facts({ proposals: total, groups: found.groups.length, overlapping }))
    leaf.show(leaves, round, merges, segments)
    draw()
  }
  const listRounds = () => {
    const count = thresholdsOf(explorer).length - 1
    round = Math.max(0, Math.min(round, count - 1))
    fill(rounds, ...Array.from({ length: count }, (_, i) => h('option', { value: `${i}` }, words.round(i + 2, count + 1))))
    rounds.value = `${round}`
    element.classList.toggle('single', count < 1)
  }
  rounds.addEventListener('change', () => {
    round = Number(rounds.value)
    layout()
  })
  const pointed = ({ clientX }: PointerEvent) => {
    if (!drawn) return
    const { left, width } = canvas.getBoundingClientRect()
    leaf.choose(drawn.leaves[leafAt(clientX - left, drawn.leaves.length, width)].proposal)
  }
  canvas.addEventListener('pointermove', pointed)
  canvas.addEventListener('pointerdown', pointed)
  canvas.addEventListener('pointerleave', () => leaf.choose(undefined))
  const plot = h('div', { className: 'tree-plot' }, canvas, line.element)
  const chooseRound = h('p', { className: 'buttons' }, h('label', { htmlFor: 'change-tree-round' }, words.rounds), rounds)
  const moveAlong = h('p', {}, along, h('label', { htmlFor: 'change-tree-along' }, ` ${words.along}`))
  const many = h('div', { className: 'many' }, chooseRound, plot, moveAlong, facts, leaf.element)
  const element = h(
    'div',
    { className: 'tree-part' },
    h('p', { className: 'hint' }, words.hint),
    many,
    h('p', { className: 'one' }, words.single),
  )
  explorer.watch(['question', 'looked', 'model'], listRounds)
  explorer.watch(['question', 'grouped'], draw)
  source.watch(['merges'], layout)
  new ResizeObserver(draw).observe(plot)
  return {
    element,
    open() {
      source.wanted = true
    },
    close() {
      source.wanted = false
      leaf.choose(undefined)
    },
  }
}
