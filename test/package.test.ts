/** @file What is packed: what README refers to, the licence, and nothing that is of no use. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { test } from 'vitest'

const manifest = JSON.parse(await readFile('package.json', 'utf8'))
const listed = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
  encoding: 'utf8',
  shell: process.platform === 'win32',
})
const files: string[] = JSON.parse(listed)[0].files.map(({ path }: { path: string }) => path)

test('links in README lead to what is packed, or to the web', async () => {
  const readme = await readFile('README.md', 'utf8')
  const links = [...readme.matchAll(/\]\(([^)#]+)[^)]*\)/g)].map(([, link]) => link)
  assert.ok(links.length > 3)
  const broken = links.filter((link) => !/^https:/.test(link) && !files.includes(link))
  assert.deepEqual(broken, [])
})

test('the package is under MIT, and comes with the attribution that the pictures of its weights ask for', async () => {
  assert.equal(manifest.license, 'MIT')
  for (const file of ['LICENSE', 'CHANGELOG.md', 'weights/adzus-tiny/README.md', 'weights/adzus-tiny/IMAGES.txt']) {
    assert.ok(files.includes(file), file)
  }
  const sets = JSON.parse(await readFile('weights/recipe/sets.json', 'utf8'))
  const card = await readFile('weights/adzus-tiny/README.md', 'utf8')
  const origins = await readFile('weights/adzus-tiny/IMAGES.txt', 'utf8')
  for (const set of Object.keys(sets)) {
    assert.ok(card.includes(`| \`${set}\` |`), `${set} is in the card`)
    assert.match(origins, new RegExp(`^Set: ${set} .*\\nLicence: (MIT|CC0|CC BY|no restrictions)`, 'm'), set)
  }
})

test('sources and their maps are left out, all else that runs is there', () => {
  assert.deepEqual(
    files.filter((file) => file.startsWith('src/') || file.endsWith('.map') || file.includes('/test/')),
    [],
  )
  for (const file of ['bin/adzus.js', 'dist/src/index.js', 'dist/src/index.d.ts', 'dist/src/platform/browser-thread.js'])
    assert.ok(files.includes(file), file)
})

test('weights and package.json are exported', () => {
  const require = createRequire(import.meta.url)
  assert.match(require.resolve('adzus/package.json'), /package\.json$/)
  assert.match(require.resolve('adzus/weights/adzus-tiny/model_index.json'), /model_index\.json$/)
})
