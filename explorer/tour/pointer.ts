/** @file A frame around what a step of the tour speaks of, as soon as it is there. */

/** Of the element that is pointed at. */
const CLASS = 'toured'
/** Shares of the window's height: taller is seen from its top on, and higher up is in sight. */
const [TALL, HIGH_UP] = [0.3, 0.2]
/** Milliseconds for which it is kept in sight, and between two looks at where it is. */
const [FOLLOWED, OFTEN] = [6000, 300]
/** What a person does that moves the page: from then on it stays where it is. */
const BY_HAND = ['wheel', 'touchmove', 'pointerdown', 'keydown'] as const

export class Pointer {
  #at: readonly string[] = []
  #found: Element | undefined
  /** Keeps it in sight while more of the page comes. */
  #following: ReturnType<typeof setInterval> | undefined
  readonly #observer = new MutationObserver(() => this.#look())

  constructor() {
    for (const kind of BY_HAND) addEventListener(kind, () => this.#stay(), { capture: true, passive: true })
  }

  /** Points at the first of these that is on the page; at nothing where there are none. */
  point(at: readonly string[]): void {
    this.#at = at
    this.#stay()
    this.#found?.classList.remove(CLASS)
    this.#found = undefined
    this.#look()
    this.#observer.disconnect()
    if (at.length === 0) return
    // Panels and data come later, and push it away.
    this.#observer.observe(document.body, { childList: true, subtree: true })
    const begin = performance.now()
    this.#following = setInterval(() => (performance.now() - begin < FOLLOWED ? this.#show() : this.#stay()), OFTEN)
  }

  #look(): void {
    const found = this.#at.map((selector) => document.querySelector(selector)).find((element) => element !== null) ?? undefined
    if (found === this.#found && found?.classList.contains(CLASS)) return
    this.#found?.classList.remove(CLASS)
    this.#found = found
    found?.classList.add(CLASS)
    this.#show()
  }

  #show(): void {
    if (this.#found) showElement(this.#found)
  }

  #stay(): void {
    clearInterval(this.#following)
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
