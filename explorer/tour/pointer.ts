/** @file A frame around what a step of the tour speaks of, as soon as it is there. */

/** Of the element that is pointed at. */
const CLASS = 'toured'
/** Shares of the window's height: taller is seen from its top on, and higher up is in sight. */
const [TALL, HIGH_UP] = [0.3, 0.2]

export class Pointer {
  #at: readonly string[] = []
  #found: Element | undefined
  /** Which of them was last brought into sight: the first one is the most particular. */
  #rank = Number.POSITIVE_INFINITY
  readonly #observer = new MutationObserver(() => this.#look())

  /** Points at the first of these that is on the page; at nothing where there are none. */
  point(at: readonly string[]): void {
    this.#at = at
    this.#rank = Number.POSITIVE_INFINITY
    this.#look()
    this.#observer.disconnect()
    // Panels and data come later.
    if (at.length > 0) this.#observer.observe(document.body, { childList: true, subtree: true })
  }

  #look(): void {
    const rank = this.#at.findIndex((selector) => document.querySelector(selector) !== null)
    const found = rank < 0 ? undefined : document.querySelector(this.#at[rank])!
    if (found !== this.#found) this.#found?.classList.remove(CLASS)
    this.#found = found
    found?.classList.add(CLASS)
    if (!found || rank >= this.#rank) return
    this.#rank = rank
    showElement(found)
  }
}

/** Scrolls an element into sight, if it is not. */
function showElement(element: Element): void {
  const { top, height } = element.getBoundingClientRect()
  const isTall = height > TALL * innerHeight
  if (isTall && top >= 0 && top < HIGH_UP * innerHeight) return
  const canMove = matchMedia('(prefers-reduced-motion: no-preference)').matches
  element.scrollIntoView({ block: isTall ? 'start' : 'nearest', behavior: canMove ? 'smooth' : 'instant' })
}
