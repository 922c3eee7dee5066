/** @file Texts in a page. */

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** A text as HTML shows it, in elements and attributes. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character])
}

/** A row of a table: the first cell names it. */
export function row([first, ...cells]: readonly string[]): string {
  return `<tr><th scope="row">${first}</th>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`
}

/**
 * A table with a caption, whose cells are HTML.
 * @param head names of the columns
 * @param kind of texts instead of numbers, which may be long
 */
export function tableOf(caption: string, head: readonly string[], rows: readonly (readonly string[])[], kind?: 'texts'): string {
  const columns = head.map((name) => `<th scope="col">${name}</th>`).join('')
  // A table that is wider than the screen is scrolled, also by keys.
  return `<div class="wide" role="region" tabindex="0" aria-label="${caption.replace(/<[^>]*>/g, '')}"><table${kind ? ` class="${kind}"` : ''}><caption>${caption}</caption>
<thead><tr>${columns}</tr></thead>
<tbody>${rows.map(row).join('\n')}</tbody></table></div>`
}
