/**
 * @file The explorer is a program that uses the package, like anybody's: it knows none of its
 * files. Page and worker meet in `engine`, panels do not know each other, and the shell knows them
 * by their list only.
 */
import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { test } from 'vitest'

const SOURCE = 'explorer'
const PACKAGES = ['adzus', 'fflate']

const files = (await readdir(SOURCE, { recursive: true })).filter((f) => f.endsWith('.ts')).map((f) => f.replaceAll('\\', '/'))
const imports: { from: string; to: string; typeOnly: boolean }[] = []
for (const from of files) {
  const text = await readFile(join(SOURCE, from), 'utf8')
  for (const [, type, path] of text.matchAll(/^(?:import|export)\s+(type\s+)?(?:[\w*{][^'`;=]*?\bfrom\s+)?'([^']+)'/gm))
    imports.push({ from, to: path.startsWith('.') ? join(dirname(from), path).replaceAll('\\', '/') : path, typeOnly: type !== undefined })
}
const room = (file: string) => file.split('/')[0]
/** `panels/use.ts` and `panels/use/…`, but for what all panels share. */
const panel = (file: string) => /^panels\/(?!panel\.ts|index\.ts)([\w-]+)/.exec(file)?.[1]
const listed = (wrong: readonly (typeof imports)[number][]) => wrong.map(({ from, to }) => `${from} imports ${to}`)

test('the explorer imports its own files and the package by its name', () => {
  assert.ok(imports.length > 50)
  assert.deepEqual(listed(imports.filter(({ to }) => to.startsWith('..') || (!to.endsWith('.ts') && !PACKAGES.includes(to)))), [])
})

test('the worker knows nothing of the page, and the page of the worker’s code', () => {
  const crossing = imports.filter(({ from, to }) => to.endsWith('.ts') && (room(from) === 'worker') !== (room(to) === 'worker'))
  const wrong = crossing.filter(({ from, to }) => !(room(from) === 'worker' && room(to) === 'engine'))
  assert.deepEqual(listed(wrong), [])
})

test('a panel knows no other, and nothing but their list knows panels', () => {
  const wrong = imports.filter(({ from, to }) => panel(to) !== undefined && panel(from) !== panel(to))
  assert.deepEqual(listed(wrong), [])
})

test('the stage, the engine and the store know no panel and no shell', () => {
  const wrong = imports.filter(
    ({ from, to, typeOnly }) =>
      ['stage', 'engine', 'store.ts', 'settings.ts'].includes(room(from)) && ['panels', 'shell'].includes(room(to)) && !typeOnly,
  )
  assert.deepEqual(listed(wrong), [])
})

test('every text of the page is in the file of its language', async () => {
  const found: string[] = []
  for (const file of files.filter((name) => room(name) === 'panels' || room(name) === 'shell')) {
    const code = (await readFile(join(SOURCE, file), 'utf8')).replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
    // Two words and a space between them, where an element's text or label is given.
    for (const [, words] of code.matchAll(/(?:textContent = |'aria-label': |title: |placeholder: |\}, )'([A-Za-z]+ [^']*)'/g))
      found.push(`${file}: ${words}`)
  }
  assert.deepEqual(found, [])
})
