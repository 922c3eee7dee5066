/** @file Which network is in use, and the way back to the embedded one. */
import { fill, h } from '../../dom.ts'
import type { Explorer } from '../../explorer.ts'
import { text } from '../../text/index.ts'

export function makeInUse(explorer: Explorer): HTMLElement {
  const { weights } = text
  const name = h('p', { className: 'in-use', role: 'status' })
  const back = h('button', { type: 'button', onclick: () => explorer.set({ source: { kind: 'embedded' } }) }, weights.back)
  explorer.watch(['model', 'source', 'activity', 'fault'], ({ model, source, activity, fault }) => {
    back.hidden = source.kind === 'embedded'
    const state = model ? weights.inUse(model.label) : fault !== undefined && !activity ? weights.notLoaded : weights.loading
    if (name.textContent !== state) fill(name, state)
  })
  return h('div', { className: 'current' }, name, back)
}
