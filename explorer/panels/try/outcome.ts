/** @file What was found, in words, as it comes to be known. */
import { fill, h } from '../../dom.ts'
import type { Explorer, State } from '../../explorer.ts'
import { text } from '../../text/index.ts'

export function makeOutcome(explorer: Explorer): HTMLElement {
  const line = h('p', { className: 'outcome' })
  const notes = h('ul', { className: 'small' })
  const section = h('section', { 'aria-labelledby': 'outcome' }, h('h2', { id: 'outcome' }, text.try.result), line, notes)
  explorer.watch(['grouped', 'result', 'opened'], (state) => {
    section.hidden = !state.grouped
    fill(line, sentenceOf(state))
    const { result, opened } = state
    fill(notes, ...new Set([...(opened?.notes ?? []), ...(result?.notes ?? [])].map((note) => h('li', {}, note))))
  })
  return section
}

function sentenceOf({ grouped, result }: State): string {
  const { segments: counted, objects, mask, onTheWay } = text.try
  if (!result) return grouped ? `${counted(grouped.segments.length)}; ${onTheWay}.` : ''
  const inside = result.mask.reduce((count, value) => count + Number(value > 0), 0)
  const share = `${((100 * inside) / result.mask.length).toFixed(1)} %`
  const many = result.objects ? [objects(result.objects.list.length)] : []
  return `${[counted(result.segments.length), ...many, mask(share)].join('; ')}.`
}
