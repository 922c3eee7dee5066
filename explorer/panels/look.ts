/** @file The panel Look: where each cell of the picture looks, and who looks at it. */
import { fill, h } from '../dom.ts'
import { text } from '../text/index.ts'
import { Sight } from './look/sight.ts'
import type { MakePanel } from './panel.ts'

export const makePanel: MakePanel = ({ explorer, stage }) => {
  const sight = new Sight(explorer, stage)
  const toTry = h('button', { type: 'button', onclick: () => explorer.set({ panel: 'try' }) }, text.look.toTry)
  const empty = h('p', {}, `${text.look.empty} `, toTry)
  const element = h('div', { className: 'look' }, empty)
  // While another look is under way, the controls of the last one stay.
  explorer.watch(['looked'], ({ looked }) => {
    if (looked) fill(element, sight.element)
  })
  return { element, open: () => sight.open(), close: () => sight.close() }
}
