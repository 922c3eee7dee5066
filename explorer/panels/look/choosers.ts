/** @file Which attention is shown: direction, layers, head, time step. */
import { h } from '../../dom.ts'
import type { Grid, Looked } from '../../engine/calls.ts'
import type { Explorer } from '../../explorer.ts'
import type { AttentionChoice } from '../../settings.ts'
import { text } from '../../text/index.ts'
import { type Chosen, gridName, grids, selfLayers } from './chosen.ts'
import { type Option, Radios } from './radios.ts'

/** Where a layer's block stands in the network. */
const PLACES = ['down', 'mid', 'up'] as const

export class Choosers {
  readonly element: HTMLElement
  readonly #explorer: Explorer
  readonly #direction: Radios
  readonly #layers: Radios
  readonly #head: Radios
  readonly #timestep: Radios

  constructor(explorer: Explorer) {
    this.#explorer = explorer
    const { look } = text
    this.#direction = new Radios('direction', look.direction, (value) => this.#set({ direction: value as 'from' | 'to', token: undefined }))
    this.#layers = new Radios('layers', look.which, (value) => this.#choose(value))
    this.#head = new Radios('head', look.head, (value) => this.#set({ head: numberOf(value) }))
    this.#timestep = new Radios('timestep', look.timestep, (value) => this.#set({ timestep: numberOf(value) }))
    const rows = [this.#direction, this.#layers, this.#head, this.#timestep]
    this.element = h('div', { className: 'choosers' }, ...rows.map(({ element }) => element))
  }

  show(looked: Looked, chosen: Chosen): void {
    const { look } = text
    this.#direction.show(
      [{ options: ['from', 'to'].map((value) => ({ value, label: look.directions[value as 'from' | 'to'] })) }],
      chosen.direction,
    )
    this.#layers.show([{ options: together(looked) }, ...strip(looked)], chosenValue(chosen))
    const heads = Array.from({ length: chosen.heads }, (_, i) => ({ value: `${i}`, label: `${i + 1}`, title: look.headName(i + 1) }))
    this.#head.show([{ options: chosen.heads > 1 ? [mean(), ...heads] : [] }], `${chosen.head ?? ''}`)
    const steps = chosen.kind === 'all' ? [] : looked.parameters.timesteps.map((step) => ({ value: `${step}`, label: `${step}` }))
    this.#timestep.show([{ options: steps.length > 1 ? [mean(), ...steps] : [] }], `${chosen.timestep ?? ''}`)
  }

  #choose(value: string): void {
    const [kind, name] = value.split(':')
    const nothing = { layer: undefined, resolution: undefined, head: undefined }
    this.#set({ ...nothing, ...(kind === 'layer' && { layer: name }), ...(kind === 'resolution' && { resolution: name }) })
  }

  #set(some: Partial<AttentionChoice>): void {
    this.#explorer.set({ attention: { ...this.#explorer.value.attention, ...some } })
  }
}

const mean = (): Option => ({ value: '', label: text.look.mean })
const numberOf = (value: string) => (value === '' ? undefined : Number(value))

function chosenValue({ kind, self, grid }: Chosen): string {
  return kind === 'layer' ? `layer:${self.layers[0]}` : kind === 'resolution' ? `resolution:${gridName(grid)}` : 'all'
}

/** All layers, and those of each grid. */
function together(looked: Looked): Option[] {
  const all = grids(looked)
  return [
    { value: 'all', label: text.look.all },
    ...all.map((grid) => ({ value: `resolution:${gridName(grid)}`, label: text.look.grid(grid), title: text.look.ofGrid(grid) })),
  ]
}

/** Every layer as a square that is as large as its grid is fine, down, through the middle, and up. */
function strip(looked: Looked) {
  const layers = selfLayers(looked)
  const finest = Math.max(...layers.map(({ grid }) => grid.h))
  return PLACES.map((place) => ({
    heading: text.look.places[place],
    options: layers.flatMap(({ name, grid }, i) =>
      name.startsWith(place)
        ? [
            {
              value: `layer:${name}`,
              label: square(grid, finest, i + 1),
              title: text.look.layerName(i + 1, grid, name),
              className: 'layer',
            },
          ]
        : [],
    ),
  })).filter(({ options }) => options.length > 0)
}

function square({ h: rows, w }: Grid, finest: number, number: number): HTMLElement {
  const block = h('span', { className: 'square', 'aria-hidden': 'true' })
  block.style.setProperty('--side', `${Math.sqrt(rows / finest)}`)
  block.style.aspectRatio = `${w} / ${rows}`
  return h('span', { className: 'block' }, block, `${number}`)
}
