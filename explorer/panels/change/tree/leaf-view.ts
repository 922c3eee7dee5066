/** @file A proposal of the tree, shown over the picture as the map that it is. */
import type { Merges } from 'adzus'
import { h } from '../../../dom.ts'
import type { Explorer } from '../../../explorer.ts'
import { Heat, scaleEnd } from '../../../stage/heat.ts'
import type { Stage } from '../../../stage/stage.ts'
import { text } from '../../../text/index.ts'
import type { TreeSource } from './follow.ts'
import type { Leaf } from './layout.ts'

const words = text.change.tree

/** Chosen by the pointer above the tree, or by a slider below it. */
export class LeafView {
  readonly element: HTMLElement
  readonly #explorer: Explorer
  readonly #stage: Stage
  readonly #source: TreeSource
  readonly #onChoice: () => void
  readonly #slider = h('input', { type: 'range', id: 'change-tree-leaf', min: '0', step: '1', value: '0' })
  readonly #about = h('output', { htmlFor: 'change-tree-leaf' as never })
  readonly #heat = new Heat()
  #leaves: readonly Leaf[] = []
  #segments: readonly number[] = []
  #anchors: readonly number[] = []
  #round = 0
  #chosen: number | undefined

  constructor(explorer: Explorer, stage: Stage, source: TreeSource, onChoice: () => void) {
    this.#explorer = explorer
    this.#stage = stage
    this.#source = source
    this.#onChoice = onChoice
    this.#slider.addEventListener('input', () => this.choose(this.#leaves[this.#slider.valueAsNumber]?.proposal))
    this.#slider.addEventListener('blur', () => this.choose(undefined))
    const label = h('label', { htmlFor: 'change-tree-leaf' }, words.leaf)
    this.element = h('div', { className: 'leaf' }, label, this.#slider, this.#about)
  }

  /** The proposal that is chosen. */
  get chosen(): number | undefined {
    return this.#chosen
  }

  /** The leaves of another tree. */
  show(leaves: readonly Leaf[], round: number, { anchors }: Merges, segments: readonly number[]): void {
    if (round !== this.#round) this.choose(undefined)
    ;[this.#leaves, this.#round, this.#segments, this.#anchors] = [leaves, round, segments, anchors]
    this.#slider.max = `${Math.max(0, leaves.length - 1)}`
    if (this.#chosen !== undefined) this.choose(this.#chosen)
  }

  choose(proposal: number | undefined): void {
    const at = this.#leaves.findIndex((leaf) => leaf.proposal === proposal)
    const before = this.#chosen
    this.#chosen = at < 0 ? undefined : proposal
    if (this.#chosen !== before) this.#onChoice()
    if (at < 0) {
      if (before !== undefined) this.#stage.clear('heat')
      this.#about.textContent = ''
      return
    }
    this.#slider.value = `${at}`
    const about = this.#describe(this.#leaves[at])
    this.#about.textContent = about
    this.#slider.setAttribute('aria-valuetext', about)
    void this.#paint(proposal!)
  }

  #describe({ proposal, founder, height, parent }: Leaf): string {
    const { looked } = this.#explorer.value
    const { w } = looked!.grid
    // In the first round that merges, every proposal stands for an anchor.
    const anchor = this.#round === 0 ? this.#anchors[proposal] : undefined
    const place = anchor === undefined ? '' : words.anchor(anchor % w, Math.floor(anchor / w))
    const segment = this.#segments[proposal]
    const fate = founder ? words.founder : words.member(parent! + 1, height.toFixed(3))
    return [words.proposal(proposal + 1) + place, fate, segment ? words.segment(segment) : ''].filter(Boolean).join(', ')
  }

  async #paint(proposal: number): Promise<void> {
    const map = await this.#source.proposal(this.#round, proposal)
    if (!map || this.#chosen !== proposal) return
    this.#heat.paint(this.#stage.context('heat'), map.values, map.grid, scaleEnd(map.values))
  }
}
