/** @file A line across a plot that is dragged, or moved by keys: the threshold. */
import { h } from '../../../dom.ts'
import { text } from '../../../text/index.ts'

export interface LineOptions {
  label(): string
  choose(threshold: number): void
  onEnd(): void
  /** Between divergences and pixels from the top of the plot. */
  topOf(divergence: number): number
  divergenceAt(top: number): number
}

export interface ThresholdLine {
  element: HTMLElement
  isDragged: boolean
  show(known: { threshold: number; most: number; segments?: number }): void
}

const LEAST = 0.01
/** What keys move it by. */
const STEPS: Record<string, number> = { ArrowUp: 0.01, ArrowRight: 0.01, ArrowDown: -0.01, ArrowLeft: -0.01, PageUp: 0.1, PageDown: -0.1 }
const rounded = (threshold: number) => Math.max(LEAST, Number(threshold.toFixed(2)))

export function makeLine({ label, choose, onEnd, topOf, divergenceAt }: LineOptions): ThresholdLine {
  const tag = h('span', { className: 'tag' })
  const element = h('div', { className: 'tree-line', role: 'slider', tabIndex: 0, 'aria-orientation': 'vertical' }, tag)
  const line: ThresholdLine = {
    element,
    isDragged: false,
    show({ threshold, most, segments }) {
      now = threshold
      end = most
      const said = text.change.tree.value(threshold, segments)
      const top = topOf(threshold)
      element.style.top = `${top}px`
      // Near the top the number would lie outside of the plot.
      element.classList.toggle('high', top < 30)
      tag.textContent = said
      const values = { label: label(), valuemin: LEAST, valuemax: rounded(most), valuenow: threshold, valuetext: said }
      for (const [name, value] of Object.entries(values)) element.setAttribute(`aria-${name}`, `${value}`)
    },
  }
  let now = 0
  let end = 1
  element.addEventListener('pointerdown', (event) => {
    element.setPointerCapture(event.pointerId)
    line.isDragged = true
    event.preventDefault()
    element.focus()
  })
  element.addEventListener('pointermove', ({ clientY }) => {
    if (!line.isDragged) return
    const { top } = element.parentElement!.getBoundingClientRect()
    choose(rounded(divergenceAt(clientY - top)))
  })
  const released = () => {
    if (!line.isDragged) return
    line.isDragged = false
    onEnd()
  }
  element.addEventListener('pointerup', released)
  element.addEventListener('pointercancel', released)
  element.addEventListener('keydown', (event) => {
    const step = STEPS[event.key]
    if (step !== undefined) choose(rounded(now + step))
    else if (event.key === 'Home') choose(LEAST)
    else if (event.key === 'End') choose(rounded(end))
    else return
    event.preventDefault()
  })
  return line
}
