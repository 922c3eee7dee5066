/** @file Which attention counts: resolutions, layers, heads and time steps, each with a weight. */
import { fill, h } from '../../dom.ts'
import type { Explorer, State } from '../../explorer.ts'
import { text } from '../../text/index.ts'
import { isOfQuestion, type Question, withChoice } from './choices.ts'
import { type Control, makeSlider, makeSwitch } from './controls.ts'
import { type AttentionPart, type Chosen, listOf, namesOf, type PartKind, partsOf, withFactors } from './weights.ts'

const words = text.change.weights
const FACTORS = { min: 0, max: 4, step: 0.1 }
/** Errors of several kinds at once are shown with the first. */
const BLAMED: Record<PartKind, readonly string[]> = {
  resolutions: ['resolutions', 'weights', 'layers and resolutions'],
  layers: ['layers'],
  heads: ['heads'],
}

export function makeAttention(explorer: Explorer): HTMLElement {
  const kinds = (['resolutions', 'layers', 'heads'] as const).map((kind) => makeKind(explorer, kind))
  return h('div', {}, h('p', { className: 'hint' }, words.hint), ...kinds, makeTimesteps(explorer))
}

interface Row {
  counts: Control<boolean>
  factor: Control<number>
}

function makeKind(explorer: Explorer, kind: PartKind): HTMLElement {
  const list = h('div', { className: 'parts' })
  const group = makeGroup(explorer, {
    legend: words[kind],
    blamed: BLAMED[kind],
    content: list,
    reset: () => write(own()),
  })
  let names: readonly (string | number)[] = []
  let rows: Row[] = []
  let look: Chosen = { resolutions: null, layers: null, heads: null }
  const own = () => partsOf(names, kind, {}, look)
  const parts = () => partsOf(names, kind, explorer.value.question, look)
  const write = (next: readonly AttentionPart[]) => choose(explorer, kind, next, own())
  const change = (i: number, other: Partial<AttentionPart>) => write(parts().with(i, { ...parts()[i], ...other }))
  explorer.watch(['looked'], ({ looked }) => {
    if (!looked) return
    names = namesOf(looked.layers, kind)
    look = looked.parameters
    const titles = names.map((name) => titleOf(kind, name, looked))
    rows = names.map((_, i) => ({
      counts: makeSwitch(`change-${kind}-${i}`, (counts) => change(i, { counts })),
      factor: makeSlider({ id: `change-${kind}-${i}-weight`, ...FACTORS, exact: text.change.exact(words.weight(titles[i])) }, (factor) =>
        change(i, { factor }),
      ),
    }))
    fill(list, ...rows.map((row, i) => rowElement(row, titles[i])))
  })
  explorer.watch(['question', 'looked'], () => {
    const now = parts()
    for (const [i, { counts, factor }] of now.entries()) {
      rows[i].counts.show(counts)
      rows[i].factor.show(factor)
      for (const input of rows[i].factor.element.querySelectorAll('input')) input.disabled = !counts
    }
    const before = own()
    const changed = now.some(({ counts, factor }, i) => counts !== before[i].counts || factor !== 1)
    group.tell(changed, before.every(({ counts }) => counts) ? words.all : words.own)
  })
  return group.element
}

function rowElement({ counts, factor }: Row, title: string): HTMLElement {
  factor.input.setAttribute('aria-label', words.weight(title))
  const label = h('label', { htmlFor: counts.input.id }, title)
  return h('div', { className: 'weighted' }, h('div', { className: 'field-head' }, counts.element, label), factor.element)
}

function titleOf(kind: PartKind, name: string | number, { layers }: NonNullable<State['looked']>): string {
  if (kind === 'heads') return words.head(Number(name))
  if (kind === 'layers') return `${name}`.replace(/\.transformer_blocks\.0\.attn1$/, '')
  const { grid } = layers.find((layer) => layer.kind === 'self' && Math.max(layer.grid.h, layer.grid.w) === name)!
  return words.resolution(grid.w, grid.h)
}

/** Puts the parts of a kind into the question, where they differ from the look's own. */
function choose(explorer: Explorer, kind: PartKind, parts: readonly AttentionPart[], own: readonly AttentionPart[]): void {
  const { question } = explorer.value
  const weighted = withChoice(question, 'weights', withFactors(question.weights, kind, parts))
  explorer.set({ question: withChoice<Question, PartKind>(weighted, kind, listOf(parts, own) as Question[PartKind]) })
}

/** Where the look took several time steps, some of them may be left out. */
function makeTimesteps(explorer: Explorer): HTMLElement {
  const list = h('div', { className: 'parts' })
  const write = (timesteps: readonly number[] | undefined) =>
    explorer.set({ question: withChoice(explorer.value.question, 'timesteps', timesteps) })
  const group = makeGroup(explorer, { legend: words.timesteps, blamed: ['timesteps'], content: list, reset: () => write(undefined) })
  let boxes: [timestep: number, box: Control<boolean>][] = []
  const toggle = (timestep: number, counts: boolean) => {
    const { looked, question } = explorer.value
    const all = looked!.parameters.timesteps
    const now = question.timesteps ?? all
    const next = all.filter((t) => (t === timestep ? counts : now.includes(t)))
    write(next.length === all.length ? undefined : next)
  }
  explorer.watch(['looked'], ({ looked }) => {
    if (!looked) return
    const all = looked.parameters.timesteps
    boxes = all.map((timestep) => [timestep, makeSwitch(`change-step-${timestep}`, (counts) => toggle(timestep, counts))])
    group.element.hidden = all.length < 2
    const rows = boxes.map(([timestep, { element, input }]) =>
      h('div', { className: 'field-head' }, element, h('label', { htmlFor: input.id }, words.timestep(timestep))),
    )
    fill(list, ...rows)
  })
  explorer.watch(['question', 'looked'], ({ question }) => {
    for (const [timestep, box] of boxes) box.show(question.timesteps?.includes(timestep) ?? true)
    group.tell(question.timesteps !== undefined)
  })
  return group.element
}

interface GroupOptions {
  legend: string
  blamed: readonly string[]
  content: HTMLElement
  reset(): void
}

/** Several controls under one name, with a way back for all of them and one place for errors. */
function makeGroup(
  explorer: Explorer,
  { legend, blamed, content, reset }: GroupOptions,
): { element: HTMLElement; tell(changed: boolean, own?: string): void } {
  const back = h(
    'button',
    { type: 'button', className: 'back', onclick: reset, 'aria-label': `${text.change.back}: ${legend}` },
    text.change.back,
  )
  const byDefault = h('span', { className: 'by-default' })
  const wrong = h('p', { className: 'wrong', hidden: true })
  const head = h('div', { className: 'field-head' }, byDefault, back)
  const element = h('fieldset', { className: 'field' }, h('legend', {}, legend), head, content, wrong)
  explorer.watch(['failed'], ({ failed }) => {
    const isBlamed = failed?.where !== undefined && isOfQuestion(failed) && blamed.includes(failed.where)
    wrong.hidden = !isBlamed
    wrong.textContent = isBlamed ? failed.message : ''
  })
  return {
    element,
    tell(changed, own = words.all) {
      element.classList.toggle('changed', changed)
      back.hidden = !changed
      byDefault.textContent = changed ? text.change.changed(own) : text.change.asByDefault
    },
  }
}
