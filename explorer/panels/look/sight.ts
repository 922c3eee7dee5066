/**
 * @file What is in sight of a picture's attention: the heat on the stage follows the pointer, at
 * most once a frame, with the newest position only; pins, words and captions follow the choice.
 */
import { h } from '../../dom.ts'
import type { Explorer, State } from '../../explorer.ts'
import type { Point, Tool } from '../../stage/points.ts'
import type { Stage } from '../../stage/stage.ts'
import { text } from '../../text/index.ts'
import { AttentionSource } from './attention-source.ts'
import { percent, whoseWords } from './caption.ts'
import { Choosers } from './choosers.ts'
import { type Chosen, cellOf, chosenOf, pinsOf } from './chosen.ts'
import { ColourBar } from './colour-bar.ts'
import { makeFault } from './fault.ts'
import { uncover } from './other-layers.ts'
import { MOST_PINS, Pins } from './pins.ts'
import { Eye, Seeing, type Seen, shareInWords } from './seeing.ts'
import { type Painted, StageHeat } from './stage-heat.ts'
import { Words } from './words.ts'

interface Shown extends Painted {
  chosen: Chosen
  caption: string
}

export class Sight {
  readonly element: HTMLElement
  readonly #explorer: Explorer
  readonly #stage: Stage
  readonly #source: AttentionSource
  readonly #seeing: Seeing
  readonly #heat: StageHeat
  readonly #choosers: Choosers
  readonly #pins: Pins
  readonly #words: Words
  readonly #bar = new ColourBar()
  readonly #caption = h('p', { className: 'caption' })
  readonly #figure = h('figure', {}, h('figcaption', {}, this.#caption), this.#bar.element)
  readonly #fault = makeFault(() => this.#reset())
  readonly #eyes = { hover: new Eye(), read: new Eye(), pins: Array.from({ length: MOST_PINS }, () => new Eye()) }
  #isOpen = false
  /** Shows again what was hidden. */
  #cover = () => {}
  #chosen: Chosen | undefined
  #at: Point | undefined
  /** Where the pointer went down, unless it has moved since. */
  #pressed: Point | undefined
  #frame = 0
  /** Small pictures do not change while the pointer moves. */
  #isStale = true
  #shown: Shown | undefined

  constructor(explorer: Explorer, stage: Stage) {
    this.#explorer = explorer
    this.#stage = stage
    const onFault = (message: string) => this.#fault.show(message)
    this.#source = new AttentionSource((...asked) => explorer.engine.ask(...asked), { onKnown: () => this.#renew(), onFault })
    this.#seeing = new Seeing(this.#source)
    this.#heat = new StageHeat(stage)
    this.#choosers = new Choosers(explorer)
    this.#pins = new Pins(explorer, stage)
    this.#words = new Words(explorer, stage)
    const pin = h('button', { type: 'button', onclick: () => this.#at && this.#pins.add(this.#at.x, this.#at.y) }, text.look.pin)
    const hint = h('p', { className: 'hint' }, text.look.hint)
    this.element = h(
      'div',
      {},
      hint,
      this.#figure,
      pin,
      this.#fault.element,
      this.#choosers.element,
      this.#pins.element,
      this.#words.element,
    )
    // What is in sight, for whoever wants to see the numbers.
    Object.defineProperty(this.element, 'shown', { get: () => this.#shown })
    this.element.classList.add('attention-in-sight')
    explorer.watch(['looked'], () => this.#reset())
    explorer.watch(['looked', 'attention'], (state) => this.#choose(state))
    explorer.watch(['result'], () => this.#renew())
  }

  open(): void {
    this.#isOpen = true
    this.#cover = uncover()
    this.#stage.tool = this.#tool()
    this.#choose(this.#explorer.value)
  }

  close(): void {
    this.#isOpen = false
    this.#cover()
    this.#heat.clear()
    const { looked } = this.#explorer.value
    if (looked) this.#stage.stride = { x: looked.width / looked.grid.w, y: looked.height / looked.grid.h }
  }

  #tool(): Tool {
    return {
      cursor: 'crosshair',
      hover: (at) => at && this.#hover(at),
      press: (at, { secondary }) => {
        this.#pressed = secondary ? undefined : at
      },
      drag: ({ x, y }) => {
        const { stride } = this.#stage
        if (this.#pressed && Math.hypot(x - this.#pressed.x, y - this.#pressed.y) > (stride.x + stride.y) / 4) this.#pressed = undefined
      },
      release: () => {
        if (this.#pressed) this.#pins.add(this.#pressed.x, this.#pressed.y)
        this.#pressed = undefined
      },
      describe: (at) => this.#describe(at),
    }
  }

  #hover(at: Point): void {
    const { looked } = this.#explorer.value
    const grid = this.#shown?.grid
    const isSame = this.#at && looked && grid && cellOf(at.x, at.y, looked, grid) === cellOf(this.#at.x, this.#at.y, looked, grid)
    this.#at = at
    if (!isSame) this.#request()
  }

  #choose({ looked, attention }: State): void {
    if (!looked) return
    this.#chosen = chosenOf(attention, looked)
    this.#choosers.show(looked, this.#chosen)
    if (this.#isOpen) this.#stage.stride = { x: looked.width / this.#chosen.grid.w, y: looked.height / this.#chosen.grid.h }
    this.#renew()
  }

  /** Another look, or another try with the same one. */
  #reset(): void {
    const { looked } = this.#explorer.value
    this.#fault.show(undefined)
    if (!looked) return
    // The same picture may have been looked at once more, with other words.
    if (!this.#at || this.#at.x >= looked.width || this.#at.y >= looked.height)
      this.#at = { x: Math.floor(looked.width / 2), y: Math.floor(looked.height / 2) }
    this.#shown = undefined
    this.#source.reset(looked.view)
    void this.#words.follow(looked, () => this.#renew())
    this.#renew()
  }

  #renew(): void {
    this.#isStale = true
    this.#request()
  }

  #request(): void {
    if (this.#frame === 0 && this.#isOpen) this.#frame = requestAnimationFrame(() => this.#draw())
  }

  #draw(): void {
    this.#frame = 0
    const { looked, result, attention } = this.#explorer.value
    const chosen = this.#chosen
    if (!this.#isOpen || !looked || !chosen || !this.#at) return
    this.#seeing.follow(looked, result)
    const pins = pinsOf(attention, looked).slice(0, MOST_PINS)
    if (this.#isStale) this.#drawSmall(pins, chosen)
    // What is asked for last comes first: the cell under the pointer.
    const shown = this.#words.word(chosen.token) === undefined ? this.#seeCell(chosen) : this.#seeWord(chosen)
    const isWaiting = String(!shown)
    if (this.#figure.ariaBusy !== isWaiting) this.#figure.ariaBusy = isWaiting
    if (!shown) return
    this.#shown = shown
    this.#heat.paint(shown, pins)
    this.#bar.show(shown.levels.end)
    this.#caption.textContent = shown.caption
    // Its share is known only now.
    this.#stage.read()
  }

  #drawSmall(pins: [number, number][], chosen: Chosen): void {
    this.#isStale = false
    this.#pins.paint(pins, (x, y) =>
      this.#seeing.see(this.#eyes.pins[pins.findIndex((pin) => pin[0] === x && pin[1] === y)], chosen, { x, y }),
    )
    const map = this.#words.areThere ? this.#source.words(chosen) : undefined
    if (map) this.#words.paint(map, chosen.crossGrid, chosen.token)
  }

  #seeCell(chosen: Chosen): Shown | undefined {
    const seen = this.#seeing.see(this.#eyes.hover, chosen, this.#at!)
    return seen && { ...seen, grid: chosen.grid }
  }

  /** The share that every cell gives to a word of the prompt. */
  #seeWord(chosen: Chosen): Shown | undefined {
    const map = this.#source.words(chosen)
    if (!map) return undefined
    const { crossGrid: grid, token } = chosen
    const { hover } = this.#eyes
    const values = hover.values(grid.h * grid.w)
    this.#words.column(map, token!, values)
    const cell = cellOf(this.#at!.x, this.#at!.y, this.#explorer.value.looked!, grid)
    const { x, y } = this.#at!
    const word = this.#words.word(token)!.trim()
    const caption = text.look.wordCaption(whoseWords(chosen), word, x, y, percent(values[cell]))
    return { values, grid, levels: hover.levels.of(values), cell, chosen, caption }
  }

  /** For the live region. */
  #describe(at: Point): string {
    const { looked, result } = this.#explorer.value
    if (!looked || !this.#chosen || this.#words.word(this.#chosen.token) !== undefined) return ''
    this.#seeing.follow(looked, result)
    const seen: Seen | undefined = this.#seeing.see(this.#eyes.read, this.#chosen, at)
    return seen ? shareInWords(seen, (share, label, direction) => text.look.read[direction](share, label)) : ''
  }
}
