/** @file The stages of the last picture as bars, the one under way included. */
import { fill, h } from '../../dom.ts'
import type { Explorer, State } from '../../explorer.ts'
import { text } from '../../text/index.ts'

type StageName = keyof typeof text.status.stages

/** How often the bar of the stage under way grows, in milliseconds. */
const TICK = 200

export function makeStages(explorer: Explorer): HTMLElement {
  const list = h('ol', { className: 'stages' })
  const section = h('section', { 'aria-labelledby': 'stages' }, h('h2', { id: 'stages' }, text.try.stages), list)
  let timer: ReturnType<typeof setInterval> | undefined
  const draw = () => {
    const rows = rowsOf(explorer.value)
    section.hidden = rows.length === 0
    const most = Math.max(...rows.map(({ milliseconds }) => milliseconds), 1)
    fill(list, ...rows.map((row) => barOf(row, most)))
  }
  explorer.watch(['timings', 'activity'], ({ activity }) => {
    draw()
    if (activity) timer ??= setInterval(draw, TICK)
    else {
      clearInterval(timer)
      timer = undefined
    }
  })
  return section
}

interface Row {
  stage: StageName
  milliseconds: number
  running: boolean
}

function rowsOf({ timings, activity }: State): Row[] {
  const order = Object.keys(text.status.stages) as StageName[]
  const running = activity && !(activity.stage in activity.timings) ? activity.stage : undefined
  return order
    .filter((stage) => timings[stage] !== undefined || stage === running)
    .map((stage) => {
      const elapsed = stage === running ? performance.now() - activity!.since : 0
      return { stage, milliseconds: (timings[stage] ?? 0) + elapsed, running: stage === running }
    })
}

function barOf({ stage, milliseconds, running }: Row, most: number): HTMLElement {
  const bar = h('span', { className: 'bar', 'aria-hidden': true })
  bar.style.setProperty('--share', `${milliseconds / most}`)
  return h(
    'li',
    { className: running ? 'running' : '' },
    h('span', {}, text.status.stages[stage]),
    bar,
    h('span', { className: 'time' }, text.status.milliseconds(milliseconds)),
  )
}
