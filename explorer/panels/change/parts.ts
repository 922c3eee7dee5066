/** @file The parts of the panel, which open and close, with how much in each is not as by default. */
import { h } from '../../dom.ts'

export interface PartOptions {
  title: string
  name: string
  open?: boolean
  onToggle?(open: boolean): void
}

export interface Part {
  element: HTMLDetailsElement
  /** Says how many choices differ. */
  tell(changes: string): void
}

export function makePart({ title, name, open = false, onToggle }: PartOptions, content: HTMLElement): Part {
  const changes = h('span', { className: 'changes' })
  const element = h(
    'details',
    { className: 'part', open, id: `change-${name}-part` },
    h('summary', {}, h('h2', {}, title), changes),
    content,
  )
  element.addEventListener('toggle', () => onToggle?.(element.open))
  return {
    element,
    tell(said) {
      changes.textContent = said
    },
  }
}
