/** @file The settings to take along: as a command, as code, as a link. */
import { fill, h } from '../../dom.ts'
import type { Explorer } from '../../explorer.ts'
import { text } from '../../text/index.ts'
import { asCode, asCommand } from './as-command.ts'

export function makeCopies(explorer: Explorer): HTMLElement {
  const words = text.use
  const name = () => explorer.value.picture?.name ?? 'picture.png'
  const kinds = {
    command: () => asCommand(explorer.value, name()),
    code: () => asCode(explorer.value, name()),
    link: () => `${location.origin}${location.pathname}#${explorer.hash}`,
  }
  const shown = h('pre', { className: 'copied', tabIndex: 0, hidden: true })
  const said = h('p', { role: 'status' })
  const buttons = (Object.keys(kinds) as (keyof typeof kinds)[]).map((kind) =>
    h(
      'button',
      {
        type: 'button',
        async onclick() {
          const copy = kinds[kind]()
          shown.hidden = false
          fill(shown, copy)
          // Without the permission it can still be selected.
          const copied = await navigator.clipboard?.writeText(copy).then(
            () => true,
            () => false,
          )
          said.textContent = copied ? words.copied : words.selectIt
        },
      },
      words.copy[kind],
    ),
  )
  return h(
    'section',
    {},
    h('h2', {}, words.again),
    h('p', { className: 'buttons' }, ...buttons),
    said,
    shown,
    h('p', { className: 'hint' }, words.linkHint),
  )
}
