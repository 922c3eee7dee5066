/** @file How segments are made: thresholds, anchors, refinement. */
import { h } from '../../dom.ts'
import type { Explorer } from '../../explorer.ts'
import { text } from '../../text/index.ts'
import { makeSlider, makeSwitch } from './controls.ts'
import { makeQuestionField } from './question-field.ts'
import { makeThresholds } from './thresholds.ts'

const words = text.change.merging

export function makeMerging(explorer: Explorer): HTMLElement {
  const anchors = makeQuestionField(explorer, {
    name: 'anchors',
    label: words.anchors,
    hint: words.anchorsHint,
    makeControl: (id, choose) => makeSlider({ id, min: 2, max: 32, step: 1, exact: text.change.exact(words.anchors) }, choose),
    byDefault: ({ method }) => method.anchors,
    say: String,
  })
  const refine = makeQuestionField(explorer, {
    name: 'refine',
    label: words.refine,
    hint: words.refineHint,
    makeControl: makeSwitch,
    byDefault: ({ method }) => method.refine,
    say: text.change.onOrOff,
  })
  return h('div', {}, h('p', { className: 'hint' }, words.method), makeThresholds(explorer), anchors, refine)
}
