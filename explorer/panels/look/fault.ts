/** @file What kept attention from being shown, and another try. */
import { fill, h } from '../../dom.ts'
import { text } from '../../text/index.ts'

export function makeFault(again: () => void): { element: HTMLElement; show(message: string | undefined): void } {
  const element = h('p', { className: 'fault', role: 'alert', hidden: true })
  const show = (message: string | undefined) => {
    element.hidden = message === undefined
    fill(
      element,
      message !== undefined && `${message} `,
      message !== undefined && h('button', { type: 'button', onclick: again }, text.status.again),
    )
  }
  return { element, show }
}
