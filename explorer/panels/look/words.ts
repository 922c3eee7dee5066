/** @file Where the network looks at the words of a prompt, one small picture a word. */
import type { PromptToken } from 'adzus'
import { fill, h } from '../../dom.ts'
import type { Grid, Looked } from '../../engine/calls.ts'
import type { Explorer } from '../../explorer.ts'
import { Heat } from '../../stage/heat.ts'
import type { Stage } from '../../stage/stage.ts'
import { text } from '../../text/index.ts'
import { percent } from './caption.ts'
import { Levels } from './levels.ts'
import { makePrompt } from './prompt.ts'
import { paintSmall, smallCanvas } from './small-pictures.ts'

export class Words {
  readonly element: HTMLElement
  readonly #explorer: Explorer
  readonly #stage: Stage
  readonly #heat = new Heat()
  readonly #levels = new Levels()
  readonly #list = h('ul', { className: 'small-pictures' })
  #all = 0
  #words: PromptToken[] = []
  #figures: { canvas: HTMLCanvasElement; button: HTMLButtonElement; share: HTMLElement }[] = []

  constructor(explorer: Explorer, stage: Stage) {
    this.#explorer = explorer
    this.#stage = stage
    this.element = h('section', { className: 'prompt-words' }, h('h2', {}, text.look.words), makePrompt(explorer), this.#list)
  }

  /** The words of another look; `onKnown` when they have come. */
  async follow({ view, parameters }: Looked, onKnown: () => void): Promise<void> {
    this.#show([], 0)
    if (parameters.prompt === '' || !this.#explorer.value.model?.knowsWords) return
    const tokens = await this.#explorer.engine.ask('tokens', { view }).catch(() => [])
    if (this.#explorer.value.looked?.view !== view) return
    this.#show(
      tokens.filter(({ isWord }) => isWord),
      tokens.length,
    )
    onKnown()
  }

  get areThere(): boolean {
    return this.#words.length > 0
  }

  /** The word of a token; undefined where the prompt has none there. */
  word(token: number | undefined): string | undefined {
    return this.#words.find(({ index }) => index === token)?.text
  }

  /** Writes the share that every cell gives to a token. */
  column(map: Float32Array, token: number, out: Float32Array): void {
    for (let cell = 0; cell < out.length; cell++) out[cell] = map[cell * this.#all + token]
  }

  /** Paints each word, with a scale of its own. @param map [cells, tokens] */
  paint(map: Float32Array, grid: Grid, picked: number | undefined): void {
    const values = new Float32Array(grid.h * grid.w)
    for (const [i, { index, text: word }] of this.#words.entries()) {
      const { canvas, button, share } = this.#figures[i]
      this.column(map, index, values)
      paintSmall(canvas, this.#stage, this.#heat, { values, grid, end: this.#levels.of(values).end })
      const mean = percent(values.reduce((sum, value) => sum + value, 0) / values.length)
      share.textContent = text.look.wordShare(mean)
      canvas.setAttribute('aria-label', text.look.wordPicture(word, mean))
      button.setAttribute('aria-pressed', String(index === picked))
    }
  }

  #show(words: PromptToken[], all: number): void {
    ;[this.#words, this.#all] = [words, all]
    this.#figures = words.map(({ index, text: word }) => ({
      canvas: smallCanvas(this.#stage),
      button: h('button', { type: 'button', 'aria-pressed': false, onclick: () => this.#pick(index) }, word.trim() || text.look.partOfWord),
      share: h('span', { className: 'hint' }),
    }))
    fill(this.#list, ...this.#figures.map(({ canvas, button, share }) => h('li', {}, canvas, button, ' ', share)))
  }

  /** Shows the word on the stage; once more, and the stage shows cells again. */
  #pick(index: number): void {
    const { attention } = this.#explorer.value
    this.#explorer.set({ attention: { ...attention, token: attention.token === index ? undefined : index } })
  }
}
