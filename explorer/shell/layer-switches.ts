/** @file Switches that hide and show what lies over the picture. */
import { h } from '../dom.ts'
import type { LayerName, Stage } from '../stage/stage.ts'
import { text } from '../text/index.ts'

/** What is hidden at first. */
const HIDDEN: readonly LayerName[] = ['segments']

export function makeLayerSwitches(stage: Stage): HTMLElement {
  const names = Object.keys(text.stage.layers) as (keyof typeof text.stage.layers)[]
  const switches = names.map((name) => {
    const box = h('input', { type: 'checkbox', checked: !HIDDEN.includes(name), id: `show-${name}` })
    const follow = () => {
      stage.canvases[name].hidden = !box.checked
    }
    box.addEventListener('change', follow)
    follow()
    return h('label', {}, box, ` ${text.stage.layers[name]}`)
  })
  return h('fieldset', { className: 'switches' }, h('legend', {}, text.stage.show), ...switches)
}
