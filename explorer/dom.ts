/** @file Elements in one line each. */

type Child = Node | string | null | undefined | false
/** Properties of an element; those with a dash are attributes, `on…` are listeners. */
type Properties<T> = { [K in keyof T]?: T[K] | null } & Record<`${string}-${string}`, string | boolean | number>

/**
 * Makes an element.
 * @example
 * h('button', { type: 'button', onclick: () => stop() }, 'Stop')
 */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Partial<Properties<HTMLElementTagNameMap[K]>> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes('-')) element.setAttribute(name, String(value))
    else Object.assign(element, { [name]: value })
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false))
  return element
}

/** Puts children into an element, in place of those that it has. */
export function fill(element: Element, ...children: Child[]): void {
  element.replaceChildren(...children.filter((child) => child !== null && child !== undefined && child !== false))
}
