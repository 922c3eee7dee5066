/** @file What is good to know, and asks for nothing. */
import { fill, h } from '../dom.ts'
import type { Explorer } from '../explorer.ts'
import { text } from '../text/index.ts'

export function makeNotice(explorer: Explorer): HTMLElement {
  const notice = h('p', { className: 'notice', role: 'status', hidden: true })
  explorer.watch(['notice', 'newer'], ({ notice: message, newer }) => {
    notice.hidden = message === undefined && newer === undefined
    const { newer: said, take } = text.status.offline
    const close = () => explorer.set({ notice: undefined })
    fill(
      notice,
      newer && said,
      newer && h('button', { type: 'button', onclick: newer }, take),
      message,
      message && h('button', { type: 'button', onclick: close }, text.status.fault.dismiss),
    )
  })
  return notice
}
