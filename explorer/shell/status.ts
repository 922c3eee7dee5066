/** @file The line that says what is under way, how far it is, and how to stop it. */
import { fill, h } from '../dom.ts'
import type { Explorer, State } from '../explorer.ts'
import { text } from '../text/index.ts'

export function makeStatus(explorer: Explorer): HTMLElement {
  const line = h('span', { role: 'status', 'aria-label': text.status.label })
  const bar = h('progress', { 'aria-label': text.status.stages.load, hidden: true })
  const element = h('p', { className: 'status' })
  const stop = h('button', { type: 'button', hidden: true, onclick: () => explorer.stop() }, text.status.stop)
  const again = h('button', { type: 'button', hidden: true, onclick: () => explorer.again() }, text.status.again)
  explorer.watch(['activity', 'result', 'stopped', 'looked', 'failed'], (state) => {
    const { activity, stopped, failed } = state
    fill(line, sentenceOf(state))
    stop.hidden = activity === undefined
    again.hidden = activity !== undefined || !stopped || failed !== undefined
    element.classList.toggle('quiet', failed !== undefined && activity === undefined)
    const fetched = activity?.fetched
    bar.hidden = fetched === undefined
    if (fetched) Object.assign(bar, { max: fetched.total, value: fetched.done })
  })
  element.append(line, bar, stop, again)
  return element
}

function sentenceOf({ activity, result, stopped, timings, failed }: State): string {
  const { stages, ready, done, milliseconds, stopped: wasStopped, bytes } = text.status
  if (activity) {
    const { stage, fetched } = activity
    return `${stages[stage]} … ${fetched ? bytes(fetched.done, fetched.total) : ''}`
  }
  if (failed) return ''
  if (stopped) return wasStopped
  if (!result) return ready
  const sum = Object.values(timings).reduce((all, one) => all + one, 0)
  return done(milliseconds(sum))
}
