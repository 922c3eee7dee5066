/**
 * @file The documents and their code blocks.
 *
 * A comment right before a block says what the tests do with it: `<!-- not run: REASON -->`, or
 * `<!-- slow: REASON -->` for blocks that only `npm run docs -- --check` runs.
 */
import { readdir, readFile } from 'node:fs/promises'

export interface Block {
  /** For messages: `docs/library.md:24`. */
  place: string
  document: string
  language: string
  text: string
  /** What its comment says. */
  mark?: { kind: 'not run' | 'slow'; reason: string }
}

/** README, the pages of `docs/` with its guides, and the models’ cards. */
export async function documents(): Promise<string[]> {
  const pages = (await readdir('docs', { recursive: true })).filter((name) => name.endsWith('.md')).sort()
  const cards = (await readdir('weights')).map((model) => `weights/${model}/README.md`)
  return ['README.md', ...pages.map((name) => `docs/${name.replaceAll('\\', '/')}`), ...cards]
}

export async function blocksOf(document: string): Promise<Block[]> {
  const lines = (await readFile(document, 'utf8')).split('\n')
  const blocks: Block[] = []
  for (let i = 0; i < lines.length; i++) {
    const [, indent, language] = /^( *)```(\w*)$/.exec(lines[i]) ?? []
    if (indent === undefined) continue
    const end = lines.indexOf(`${indent}\`\`\``, i + 1)
    if (end < 0) throw new Error(`${document}:${i + 1}: the block has no end`)
    const text = lines.slice(i + 1, end).map((line) => line.slice(indent.length))
    blocks.push({ place: `${document}:${i + 1}`, document, language, text: text.join('\n'), mark: markOf(lines[i - 1] ?? '') })
    i = end
  }
  return blocks
}

function markOf(line: string): Block['mark'] {
  const [, kind, reason] = /^ *<!-- (not run|slow): (.+) -->$/.exec(line) ?? []
  return kind === undefined ? undefined : { kind: kind as 'not run' | 'slow', reason }
}

export interface Example {
  /** For messages: `src/image/heat.ts:26`. */
  place: string
  file: string
  text: string
}

/**
 * The examples of the docstrings in `src`: of exports with these names, and of members of such
 * classes. What stays inside the package is not spoken of by name alone.
 */
export async function examples(exported: ReadonlySet<string>): Promise<Example[]> {
  const files = (await readdir('src', { recursive: true })).filter((name) => name.endsWith('.ts')).sort()
  const found: Example[] = []
  for (const name of files) {
    const file = `src/${name.replaceAll('\\', '/')}`
    const text = await readFile(file, 'utf8')
    for (const match of text.matchAll(/^ *\* @example\n((?: *\*(?!\/| @).*\n)+)/gm)) {
      const own = /\*\/\s*export (?:async )?(?:function|const|class) (\w+)/y
      own.lastIndex = text.indexOf('*/', match.index)
      const documented =
        own.exec(text)?.[1] ??
        text
          .slice(0, match.index)
          .match(/^export class \w+/gm)
          ?.at(-1)
          ?.slice('export class '.length)
      if (documented !== undefined && !exported.has(documented)) continue
      const line = text.slice(0, match.index).split('\n').length
      const code = match[1].replace(/^ *\* ?/gm, '').replace(/^```.*$/gm, '')
      found.push({ place: `${file}:${line}`, file, text: code })
    }
  }
  return found
}

/** Whether the slow blocks and the built site are tested as well (`npm run docs -- --check`). */
export const ALL = process.env['ADZUS_DOCS'] === '1'
