/** @file A frame around what a step of the tour speaks of, as soon as it is there. */

/** Of the element that is pointed at. */
const CLASS = 'toured'

export class Pointer {
  #at: readonly string[] = []
  #found: Element | undefined
  #followed = false
  readonly #observer = new MutationObserver(() => this.#look())

  /** Points at the first of these that is on the page; at nothing where there are none. */
  point(at: readonly string[]): void {
    this.#at = at
    this.#followed = false
    this.#look()
    this.#observer.disconnect()
    // Panels and data come later.
    if (at.length > 0) this.#observer.observe(document.body, { childList: true, subtree: true })
  }

  #look(): void {
    const found = this.#at.map((selector) => document.querySelector(selector)).find((element) => element !== null)
    if (found === this.#found && found?.classList.contains(CLASS)) return
    this.#found?.classList.remove(CLASS)
    this.#found = found ?? undefined
    found?.classList.add(CLASS)
    if (found && !this.#followed) {
      this.#followed = true
      found.scrollIntoView({ block: 'nearest', behavior: canMove() ? 'smooth' : 'instant' })
    }
  }
}

const canMove = () => matchMedia('(prefers-reduced-motion: no-preference)').matches
