/** @file The divider between two results: dragged, or moved by keys. */
import { h } from '../../../dom.ts'
import { text } from '../../../text/index.ts'

const words = text.change.compare
const STEPS: Record<string, number> = { ArrowLeft: -0.01, ArrowDown: -0.01, ArrowRight: 0.01, ArrowUp: 0.01, PageDown: -0.1, PageUp: 0.1 }

export interface Divider {
  element: HTMLElement
  show(place: number): void
}

/** @param move called with places from 0 to 1 */
export function makeDivider(move: (place: number) => void): Divider {
  const sides = [h('span', { className: 'side kept' }, words.kept), h('span', { className: 'side now' }, words.now)]
  const handle = h('div', { className: 'divider', role: 'slider', tabIndex: 0, 'aria-label': words.divider }, ...sides)
  let now = 0.5
  const choose = (place: number) => move(Math.max(0, Math.min(1, Math.round(100 * place) / 100)))
  const show = (place: number) => {
    now = place
    handle.style.left = `${100 * place}%`
    const percent = Math.round(100 * place)
    const values = { valuemin: 0, valuemax: 100, valuenow: percent, valuetext: words.place(percent) }
    for (const [name, value] of Object.entries(values)) handle.setAttribute(`aria-${name}`, `${value}`)
  }
  let isDragged = false
  // The stage below has a crosshair of its own, which must not follow.
  for (const name of ['pointerdown', 'pointermove', 'pointerup', 'pointercancel'] as const)
    handle.addEventListener(name, (event) => {
      event.stopPropagation()
      if (name === 'pointerdown') {
        handle.setPointerCapture(event.pointerId)
        handle.focus()
      }
      isDragged = name === 'pointerdown' || (name === 'pointermove' && isDragged)
      if (name !== 'pointermove' || !isDragged) return
      const { left, width } = handle.parentElement!.getBoundingClientRect()
      choose((event.clientX - left) / width)
    })
  handle.addEventListener('keydown', (event) => {
    event.stopPropagation()
    const step = STEPS[event.key]
    if (step !== undefined) choose(now + step)
    else if (event.key === 'Home') choose(0)
    else if (event.key === 'End') choose(1)
    else return
    event.preventDefault()
  })
  show(now)
  return { element: handle, show }
}
