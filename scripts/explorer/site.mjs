/** @file The folder of the explorer with the documentation in it, linked to each other. */
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { bundle } from './bundle.mjs'

/** Where TypeDoc's pages have their links at the top. */
const LINKS = '<div id="tsd-toolbar-links">'

/**
 * @param out the folder, which is made anew
 * @param docs the built documentation; nothing leaves it out
 */
export async function buildSite(out, docs) {
  await bundle(out, { docs: docs ? './docs/index.html' : '' })
  if (!docs) return
  const to = join(out, 'docs')
  cpSync(docs, to, { recursive: true })
  for (const entry of readdirSync(to, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.html')) continue
    const file = join(entry.parentPath, entry.name)
    const back = relative(entry.parentPath, join(out, 'index.html')).split(sep).join('/')
    writeFileSync(file, linked(readFileSync(file, 'utf8'), back))
  }
}

/**
 * A page with a link to the explorer at its top.
 * @throws Error for a page of another form
 */
export function linked(html, back) {
  if (!html.includes(LINKS)) throw new Error(`expected a page with ${LINKS}`)
  return html.replace(LINKS, `${LINKS}<a href="${back}">The attention explorer</a>`)
}
