/** @file The panels as tabs: arrow keys go from one to the next. */
import { fill, h } from '../dom.ts'
import { PANEL_MODULES } from '../panels/index.ts'
import type { Desk, Panel } from '../panels/panel.ts'
import { PANELS, type PanelName } from '../settings.ts'
import { text } from '../text/index.ts'

export function makeTabs(desk: Desk): HTMLElement {
  const { explorer } = desk
  const made = new Map<PanelName, Promise<Panel>>()
  const pane = h('div', { className: 'panel', id: 'panel', role: 'tabpanel', tabIndex: -1 })
  const tabs = PANELS.map((name) =>
    h(
      'button',
      { type: 'button', role: 'tab', id: `tab-${name}`, 'aria-controls': 'panel', onclick: () => explorer.set({ panel: name }) },
      text.panels[name],
    ),
  )
  const list = h('div', { className: 'tabs', role: 'tablist', 'aria-label': text.title }, ...tabs)
  list.addEventListener('keydown', ({ key }) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[key]
    if (!step) return
    const next = (PANELS.indexOf(explorer.value.panel) + step + PANELS.length) % PANELS.length
    explorer.set({ panel: PANELS[next] })
    tabs[next].focus()
  })
  let opened: Panel | undefined
  explorer.watch(['panel'], async ({ panel: name }) => {
    for (const [i, tab] of tabs.entries()) {
      tab.setAttribute('aria-selected', String(PANELS[i] === name))
      tab.tabIndex = PANELS[i] === name ? 0 : -1
    }
    pane.setAttribute('aria-labelledby', `tab-${name}`)
    const making = made.get(name) ?? PANEL_MODULES[name]().then(({ makePanel }) => makePanel(desk))
    made.set(name, making)
    const panel = await making
    if (explorer.value.panel !== name) return
    opened?.close?.()
    desk.stage.tool = {}
    opened = panel
    fill(pane, panel.element)
    panel.open?.()
  })
  return h('section', { className: 'panels' }, list, pane)
}
