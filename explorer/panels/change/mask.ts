/** @file Which part of the picture becomes the mask, and many objects. */
import type { Foreground, ObjectRule, Parameters } from 'adzus'
import { h } from '../../dom.ts'
import type { Explorer, State } from '../../explorer.ts'
import { text } from '../../text/index.ts'
import { type Control, makeSelect, makeSlider, makeSwitch } from './controls.ts'
import { makeQuestionField } from './question-field.ts'

const words = text.change.mask
type Rule = keyof typeof words.rules

/** What is clicked or boxed is chosen in the panel Use. */
const isPlaces = (foreground: Foreground | undefined) => typeof foreground === 'object' && !('text' in foreground)
const ruleOf = (foreground: Foreground): Rule =>
  isPlaces(foreground) ? 'places' : typeof foreground === 'object' ? 'text' : (foreground as Rule)

export function makeMask(explorer: Explorer): HTMLElement {
  const foreground = makeQuestionField<'foreground', Foreground>(explorer, {
    name: 'foreground',
    label: words.foreground,
    hint: words.foregroundHint,
    options: ['prompt'],
    makeControl: foregroundControl,
    byDefault: (parameters) => parameters.foreground,
    say: (value) => words.rules[ruleOf(value)],
  })
  const wholeSegments = switchOf(explorer, 'wholeSegments', ({ question }) => isPlaces(question.foreground))
  const edges = makeQuestionField<'edges', Parameters['edges']>(explorer, {
    name: 'edges',
    label: words.edges,
    makeControl: (id, choose) => makeSelect(id, words.edgeRules, choose),
    byDefault: (parameters) => parameters.edges,
    say: (value) => words.edgeRules[value] ?? value,
  })
  return h('div', {}, foreground, wholeSegments, edges, ...objectFields(explorer))
}

function foregroundControl(id: string, choose: (value: Foreground) => void): Control<Foreground> {
  // Places are clicked in the panel Use, words are said there.
  const { places: _, text: __, ...rules } = words.rules
  const select = makeSelect<Rule>(
    id,
    rules,
    (rule) => choose(rule as Foreground),
    (rule) => words.rules[rule] ?? rule,
  )
  return { ...select, show: (value) => select.show(ruleOf(value)) }
}

function objectFields(explorer: Explorer): HTMLElement[] {
  const objects = makeQuestionField<'objects', ObjectRule>(explorer, {
    name: 'objects',
    label: words.objects,
    hint: words.objectsHint,
    makeControl: (id, choose) => makeSelect(id, words.objectRules, choose),
    byDefault: (parameters) => parameters.objects,
    say: (value) => words.objectRules[value] ?? value,
  })
  const minSize = makeQuestionField<'minSize', number>(explorer, {
    name: 'minSize',
    label: words.minSize,
    makeControl: (id, choose) => makeSlider({ id, min: 0, max: 500, step: 1, exact: text.change.exact(words.minSize) }, choose),
    byDefault: (parameters) => parameters.minSize,
    say: words.pixels,
    usable: mayBeMany,
  })
  return [objects, minSize, switchOf(explorer, 'fillHoles', mayBeMany), switchOf(explorer, 'excludeBorder', mayBeMany)]
}

const mayBeMany = ({ question }: State) => question.objects !== 'none'

function switchOf(
  explorer: Explorer,
  name: 'wholeSegments' | 'fillHoles' | 'excludeBorder',
  usable: (state: State) => boolean,
): HTMLElement {
  return makeQuestionField<typeof name, boolean>(explorer, {
    name,
    label: words[name],
    makeControl: makeSwitch,
    byDefault: (parameters) => parameters[name],
    say: text.change.onOrOff,
    usable,
  })
}
