/** @file The line that says what is under way, on which device, and what went wrong. */
import { fill, h } from '../dom.ts'
import type { Explorer, State } from '../explorer.ts'
import { text } from '../text/index.ts'

export function makeStatus(explorer: Explorer): HTMLElement {
  const line = h('p', { className: 'status', role: 'status' })
  const fault = h('p', { className: 'fault', role: 'alert', hidden: true })
  const device = h('p', { className: 'device' })
  explorer.watch(['activity', 'timings', 'result'], (state) => fill(line, ...progressOf(state, explorer)))
  explorer.watch(['fault'], ({ fault: message }) => {
    fault.hidden = message === undefined
    fill(fault, message ?? '', ' ', h('button', { type: 'button', onclick: () => explorer.again() }, text.status.again))
  })
  explorer.watch(['model'], ({ model }) => {
    fill(device, model ? [model.label, text.status.device(model.description), ...model.notes].join(' · ') : text.status.loading)
  })
  return h('div', { className: 'report' }, line, fault, device)
}

function progressOf({ activity, timings, result }: State, explorer: Explorer): (Node | string)[] {
  const { stages, stop, ready } = text.status
  if (activity) return [`${stages[activity.stage]} … `, h('button', { type: 'button', onclick: () => explorer.stop() }, stop)]
  if (!result) return [ready]
  return [
    Object.entries(timings)
      .map(([stage, milliseconds]) => `${stage} ${Math.round(milliseconds)} ms`)
      .join(', '),
  ]
}
