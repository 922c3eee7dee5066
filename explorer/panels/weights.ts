/** @file The panel Own weights: another network from the disk or the hub, after saying what it needs. */
import { h } from '../dom.ts'
import { text } from '../text/index.ts'
import type { MakePanel } from './panel.ts'
import { makeInUse } from './weights/in-use.ts'
import { Proposal } from './weights/proposal.ts'
import { makeWays } from './weights/ways.ts'

export const makePanel: MakePanel = ({ explorer }) => {
  const proposal = new Proposal(explorer)
  const ways = makeWays((source) => proposal.ask(source, explorer.value.look.size))
  const intro = h('p', { className: 'hint' }, text.weights.intro)
  return { element: h('div', { className: 'weights' }, makeInUse(explorer), intro, ways, proposal.element) }
}
