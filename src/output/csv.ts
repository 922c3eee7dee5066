/** @file Tables as text (RFC 4180, with the line ends of Unix). */

/** What a field of a table may be; what is not defined is empty. */
export type Field = string | number | boolean | undefined

/** Lines of fields as text. */
export function csvOf(lines: Iterable<readonly Field[]>): string {
  let text = ''
  for (const line of lines) text += `${line.map(field).join()}\n`
  return text
}

/** Texts that spreadsheets would run get an apostrophe. */
function field(value: Field): string {
  if (value === undefined) return ''
  if (typeof value === 'number') return Number.isFinite(value) ? `${value}` : ''
  const text = /^[=+\-@\t\r]/.test(`${value}`) ? `'${value}` : `${value}`
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
