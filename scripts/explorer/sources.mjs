/**
 * @file The sources that the panel Understand links to, as pages of the site: a file a page, with
 * its lines numbered, and a mark on each where a named function begins.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from '../setup.mjs'

const STYLE = `:root{color-scheme:light dark;background:light-dark(#fbfaf7,#16161a);color:light-dark(#1d1d22,#ececf1)}
body{margin:1rem;font:16px/1.5 system-ui,sans-serif}h1{font-size:1.2rem}a{color:light-dark(#5b21a6,#c6a5ff)}
pre{overflow-x:auto;font:14px/1.5 ui-monospace,monospace;counter-reset:line}
.l{display:block;min-height:1.5em;counter-increment:line}
.l::before{content:counter(line);display:inline-block;width:3.5em;margin-right:1em;text-align:right;color:light-dark(#55555e,#b4b4c0)}
.l[id]{scroll-margin-top:6em}.l:target{background:light-dark(#efe3ff,#3a2a55)}`

/**
 * Writes a page for every file.
 * @param out the site's folder
 * @param sources each a file from the root of the project, and the name of a function in it
 * @param pageOf the path of a file's page in the site
 * @throws Error for a name that is no function of its file
 */
export function writeSources(out, sources, pageOf) {
  for (const file of new Set(sources.map((source) => source.file))) {
    const lines = readFileSync(join(root, file), 'utf8').trimEnd().split('\n')
    const marks = new Map(sources.filter((source) => source.file === file).map(({ name }) => [beginningOf(lines, name, file), name]))
    const path = join(out, pageOf(file))
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, page(file, lines, marks))
  }
}

/** The line where a function or a method is defined, from 0. */
function beginningOf(lines, name, file) {
  const definition = new RegExp(`^(export )?(default )?(async )?function ${name}\\b|^  (static |async )*#?${name}[(<].*[{(]$`)
  const line = lines.findIndex((text) => definition.test(text))
  if (line < 0) throw new Error(`sources: expected a function ${name} in ${file}, which the panel Understand names`)
  return line
}

function page(file, lines, marks) {
  const marked = lines.map((text, i) => `<span class="l"${marks.has(i) ? ` id="${marks.get(i)}"` : ''}>${escaped(text)}</span>`)
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(file)}</title><link rel="icon" href="data:,"><style>${STYLE}</style></head>
<body><main><h1>${escaped(file)}</h1><p><a href="../index.html#panel=understand">The attention explorer</a></p>
<pre tabindex="0" aria-label="Source of ${escaped(file)}">${marked.join('')}</pre></main></body></html>
`
}

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
