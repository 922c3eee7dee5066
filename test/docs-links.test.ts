/**
 * @file Links of the documents lead to what is there, anchors included; pictures are small and each
 * is shown; every page can be reached from README; and what the package exports says what it is.
 */
import assert from 'node:assert/strict'
import { readdir, readFile, stat } from 'node:fs/promises'
import { dirname, join, normalize } from 'node:path'
import { test } from 'vitest'
import { documents } from './support/documents.ts'

/** Bytes of all pictures together. */
const MOST_BYTES = 1.5e6

const texts = new Map<string, string>()
for (const document of await documents()) texts.set(document, await readFile(document, 'utf8'))

interface Link {
  from: string
  path: string
  anchor?: string
}

/** Links within the repository. Blocks and code in a line have none. */
function linksOf(document: string): Link[] {
  const text = (texts.get(document) ?? '').replace(/^( *)```[\s\S]*?^\1```$/gm, '').replace(/`[^`\n]*`/g, '')
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [path, anchor] = target.split('#')
      return { from: document, path: path === '' ? document : normalize(join(dirname(document), path)).replaceAll('\\', '/'), anchor }
    })
}

/** Headings as GitHub and TypeDoc make anchors of them. */
function anchorsOf(document: string): string[] {
  const text = (texts.get(document) ?? '').replace(/^```[\s\S]*?^```$/gm, '')
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

const links = [...texts.keys()].flatMap(linksOf)

test('every link leads to a file, and every anchor to a heading', async () => {
  assert.ok(links.length > 50)
  const broken: string[] = []
  for (const { from, path, anchor } of links) {
    const there = await stat(path).catch(() => undefined)
    if (!there || (anchor !== undefined && !anchorsOf(path).includes(anchor))) broken.push(`${from}: ${path}#${anchor ?? ''}`)
  }
  assert.deepEqual(broken, [])
})

test('headings hold no code, of which TypeDoc’s anchors say nothing', () => {
  const found = [...texts].flatMap(([document, text]) =>
    [...text.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/^#+ .*`.*$/gm)].map(([heading]) => `${document}: ${heading}`),
  )
  assert.deepEqual(found, [])
})

test('every page is linked from README', () => {
  const linked = linksOf('README.md').map(({ path }) => path)
  const pages = [...texts.keys()].filter((document) => document.startsWith('docs/'))
  assert.deepEqual(
    pages.filter((page) => !linked.includes(page)),
    [],
  )
})

test('pictures are shown, and small together', async () => {
  const names = (await readdir('docs/images')).map((name) => `docs/images/${name}`)
  let bytes = 0
  for (const name of names) bytes += (await stat(name)).size
  assert.ok(bytes < MOST_BYTES, `${bytes} bytes`)
  const shown = links.map(({ path }) => path)
  assert.deepEqual(
    names.filter((name) => !shown.includes(name)),
    [],
  )
})

test('every export has a docstring, and every function that is exported an example', async () => {
  const index = await readFile('src/index.ts', 'utf8')
  const lacking: string[] = []
  let count = 0
  for (const [, names, from] of index.matchAll(/^export (?:type )?\{([^}]+)\} from '(\.[^']+)'$/gm))
    for (const name of names.split(',').map((text) => text.trim().replace(/^type /, ''))) {
      if (name === '') continue
      count++
      const found = await declaration(join('src', from), name)
      if (found === undefined) lacking.push(`${name}: no docstring`)
      else if (found.isFunction && !found.docstring.includes('@example')) lacking.push(`${name}: no example`)
    }
  assert.ok(count > 100)
  assert.deepEqual(lacking, [])
})

/** The docstring right before a declaration, which may be one that another file exports again. */
async function declaration(file: string, name: string): Promise<{ docstring: string; isFunction: boolean } | undefined> {
  const text = await readFile(file, 'utf8')
  const kind = '(?:async )?(function|class|interface|type|const)'
  const here = new RegExp(`/\\*\\*((?:(?!\\*/)[\\s\\S])*)\\*/\\nexport ${kind} ${name}\\b`).exec(text)
  if (here) return { docstring: here[1], isFunction: here[2] === 'function' }
  if (new RegExp(`^export ${kind} ${name}\\b`, 'm').test(text)) return undefined
  for (const [, names, from] of text.matchAll(/^export (?:type )?(?:\{([^}]+)\}|\*) from '(\.[^']+)'$/gm))
    if (names === undefined || new RegExp(`\\b${name}\\b`).test(names)) {
      const found = await declaration(join(dirname(file), from), name)
      if (found) return found
    }
  return undefined
}
