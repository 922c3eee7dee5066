/** @file The way of the picture as a strip of tabs: arrow keys, Home and End go along it. */
import { fill, h } from '../../dom.ts'
import { STAGE_NAMES, type StageName } from '../../stage-names.ts'
import { text } from '../../text/index.ts'

export interface Strip {
  element: HTMLElement
  /** Marks a stage as the open one, and brings it into the strip's sight. */
  open(name: StageName): void
  /** Puts a stage's small picture into its tab; none takes it out. */
  picture(name: StageName, thumbnail: HTMLCanvasElement | undefined): void
}

/** @param choose called when a stage is chosen */
export function makeStrip(choose: (name: StageName) => void): Strip {
  const words = text.understand
  const holes = STAGE_NAMES.map(() => h('span', { className: 'hole', 'aria-hidden': true }))
  const tabs = STAGE_NAMES.map((name, i) =>
    h(
      'button',
      { type: 'button', role: 'tab', id: `stage-${name}`, 'aria-controls': 'stage-pane', onclick: () => choose(name) },
      holes[i],
      h('span', {}, `${i + 1} ${words.names[name]}`),
    ),
  )
  const element = h('div', { className: 'way', role: 'tablist', 'aria-label': words.strip }, ...tabs)
  element.addEventListener('keydown', (event) => {
    const here = tabs.indexOf(event.target as HTMLButtonElement)
    const last = tabs.length - 1
    const next = { ArrowRight: Math.min(last, here + 1), ArrowLeft: Math.max(0, here - 1), Home: 0, End: last }[event.key]
    if (here < 0 || next === undefined) return
    event.preventDefault()
    choose(STAGE_NAMES[next])
    tabs[next].focus()
  })
  const open = (name: StageName) => {
    for (const [i, tab] of tabs.entries()) {
      const chosen = STAGE_NAMES[i] === name
      tab.setAttribute('aria-selected', String(chosen))
      tab.tabIndex = chosen ? 0 : -1
      // Along the strip only: the page stays where it is.
      if (chosen) element.scrollLeft = tab.offsetLeft - element.offsetLeft - (element.clientWidth - tab.offsetWidth) / 2
    }
  }
  const picture = (name: StageName, thumbnail: HTMLCanvasElement | undefined) => fill(holes[STAGE_NAMES.indexOf(name)], thumbnail)
  return { element, open, picture }
}
