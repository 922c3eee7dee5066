/** @file What is always in sight: the title, the picture, what is under way, and the panels. */
import { h } from '../dom.ts'
import type { Explorer } from '../explorer.ts'
import { Stage } from '../stage/stage.ts'
import { text } from '../text/index.ts'
import { makeTour } from '../tour/tour.ts'
import { followResult } from './follow-result.ts'
import { makeLayerSwitches } from './layer-switches.ts'
import { makeStatus } from './status.ts'
import { makeTabs } from './tabs.ts'

export function makeShell(explorer: Explorer): HTMLElement {
  const stage = new Stage()
  followResult(explorer, stage)
  const tour = makeTour(explorer)
  const app = h(
    'main',
    { className: 'app' },
    h('header', {}, h('h1', {}, text.title), h('p', {}, text.subtitle), tour.button),
    h('section', { className: 'sight', 'aria-label': text.stage.label }, stage.element, makeLayerSwitches(stage), makeStatus(explorer)),
    makeTabs({ explorer, stage }),
    tour.card,
  )
  // Everything that was chosen is on the stage.
  explorer.watch(['activity', 'result'], ({ activity, result }) => {
    app.dataset['ready'] = result && !activity ? 'yes' : 'no'
  })
  return app
}
