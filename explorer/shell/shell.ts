/** @file What is always in sight: the title, the picture, what is under way, and the panels. */
import { h } from '../dom.ts'
import type { Explorer } from '../explorer.ts'
import { DOCS } from '../site.ts'
import { Stage } from '../stage/stage.ts'
import { text } from '../text/index.ts'
import { makeTour } from '../tour/tour.ts'
import { makeDevice } from './device.ts'
import { makeFault } from './fault.ts'
import { followResult } from './follow-result.ts'
import { makeLayerSwitches } from './layer-switches.ts'
import { makeNotice } from './notice.ts'
import { makeStatus } from './status.ts'
import { makeTabs } from './tabs.ts'
import { makeDropTarget } from './take-files.ts'

export function makeShell(explorer: Explorer): HTMLElement {
  const stage = new Stage()
  followResult(explorer, stage)
  const tabs = makeTabs({ explorer, stage })
  const docs = DOCS !== '' && h('nav', { 'aria-label': text.docs }, h('a', { href: DOCS }, text.docs))
  const report = h('div', { className: 'report' }, makeStatus(explorer), makeFault(explorer), makeNotice(explorer))
  const sight = h(
    'section',
    { className: 'sight', 'aria-label': text.stage.label },
    h('div', { className: 'in-sight' }, stage.element, report),
    makeLayerSwitches(stage),
    makeDevice(explorer),
  )
  const tour = makeTour(explorer)
  const app = h(
    'div',
    { className: 'app' },
    skipLink(),
    h('header', {}, h('div', {}, h('h1', {}, text.title), h('p', {}, text.subtitle)), docs, tour.button),
    h('main', {}, sight, tabs),
    makeDropTarget(explorer),
    tour.card,
  )
  // Everything that was chosen is on the stage.
  explorer.watch(['activity', 'result'], ({ activity, result }) => {
    app.dataset['ready'] = result && !activity ? 'yes' : 'no'
  })
  return app
}

/** For the keyboard: past the picture, to what the open panel offers. The address keeps the settings. */
function skipLink(): HTMLElement {
  const link = h('a', { className: 'skip', href: '#panel' }, text.skip)
  link.addEventListener('click', (event) => {
    event.preventDefault()
    document.getElementById('panel')?.focus()
  })
  return link
}
