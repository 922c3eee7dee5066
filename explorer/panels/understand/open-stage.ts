/** @file The open stage: its title, two sentences, its data, and where it is computed. */
import { fill, h } from '../../dom.ts'
import type { StageName } from '../../stage-names.ts'
import { text } from '../../text/index.ts'
import type { Shown } from './chapter.ts'
import { addressOf, SOURCES } from './sources.ts'

const words = text.understand

export interface OpenStage {
  element: HTMLElement
  /** Shows a stage: with its data, or with a sentence that says why there is none yet. */
  show(name: StageName, content: Shown | string): void
}

export function makeOpenStage(): OpenStage {
  const element = h('div', { className: 'open-stage', id: 'stage-pane', role: 'tabpanel', tabIndex: 0 })
  const show = (name: StageName, content: Shown | string) => {
    element.setAttribute('aria-labelledby', `stage-${name}`)
    element.dataset['stage'] = name
    element.dataset['ready'] = typeof content === 'string' ? 'no' : 'yes'
    const data =
      typeof content === 'string' ? [h('p', { role: 'status' }, content)] : [h('p', { className: 'facts' }, content.facts), content.element]
    fill(element, h('h2', {}, words.names[name]), h('p', {}, words.about[name]), ...data, sourcesOf(name))
  }
  return { element, show }
}

function sourcesOf(name: StageName): HTMLElement {
  const links = SOURCES[name].map((source) =>
    h(
      'a',
      { href: addressOf(source), target: '_blank', rel: 'noopener' },
      h('code', {}, `${source.name}()`),
      ` ${words.in} ${source.file}`,
    ),
  )
  return h(
    'p',
    { className: 'sources' },
    `${words.computed} `,
    ...links.flatMap((link, i) => (i === 0 ? [link] : [', ', link])),
    ` ${words.beside}`,
  )
}
