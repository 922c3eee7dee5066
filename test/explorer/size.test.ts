/** @file How much a first visit takes, and what the first screen needs. */
import assert from 'node:assert/strict'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { test } from 'vitest'
import { SAMPLES } from '../../explorer/samples.ts'
import { BUILT } from './build.ts'

/** What hosts compress on the way. */
const TEXT = /\.(js|css|html|json|txt|md)$/

async function travelling(path: string): Promise<number> {
  const bytes = await readFile(join(BUILT, path))
  return TEXT.test(path) ? gzipSync(bytes).length : bytes.length
}

const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0)

/** The two lists of the service worker: what is kept at once, and what is kept when it is used. */
async function listsOf(): Promise<{ precache: string[]; later: string[] }> {
  const script = await readFile(join(BUILT, 'service-worker.js'), 'utf8')
  const lists = [...script.matchAll(/\[(?:\{path:"[^"]*",integrity:"sha256-[^"]*"\},?)+\]/g)]
  assert.equal(lists.length, 2)
  const [some, others] = lists.map(([list]) => [...list.matchAll(/path:"([^"]*)"/g)].map(([, path]) => path))
  const [precache, later] = some.includes('index.html') ? [some, others] : [others, some]
  return { precache, later }
}

test('page and embedded model take at most 14 MB', async () => {
  const { precache } = await listsOf()
  const total = sum(await Promise.all(precache.map(travelling)))
  assert.ok(total > 10e6, `${total}`)
  assert.ok(total <= 14e6, `${total} bytes`)
})

test('every file is kept at once or when it is used, and rare ones only then', async () => {
  const { precache, later } = await listsOf()
  const entries = await readdir(BUILT, { recursive: true })
  const files = []
  for (const entry of entries) if ((await stat(join(BUILT, entry))).isFile()) files.push(entry)
  assert.deepEqual([...precache, ...later, 'service-worker.js'].sort(), files.sort())
  for (const name of ['openjpeg', 'openjph', 'webp_dec', 'blosc', 'vocab'])
    assert.ok(
      later.some((path) => path.includes(name)),
      name,
    )
  assert.ok(precache.includes('index.html') && precache.includes('worker.js') && precache.includes('browser-thread.js'))
})

test('the first screen needs little: its scripts are small and bring nothing of the network', async () => {
  const seen = new Set<string>()
  const follow = async (path: string): Promise<void> => {
    if (seen.has(path)) return
    seen.add(path)
    for (const [, next] of (await readFile(join(BUILT, path), 'utf8')).matchAll(/(?:from|import)\s*"\.\/([^"]+)"/g)) await follow(next)
  }
  await follow('main.js')
  const bytes = sum(await Promise.all([...seen, 'style.css', 'index.html'].map(travelling)))
  assert.ok(bytes < 30_000, `${bytes} bytes compressed`)
})

test('samples are small, and each says where it is from', async () => {
  const licences = await readFile('explorer/samples/LICENSES.md', 'utf8')
  const sizes = await Promise.all(SAMPLES.map(async (name) => (await stat(`explorer/samples/${name}.jpg`)).size))
  assert.ok(sum(sizes) < 350_000)
  for (const name of SAMPLES) {
    assert.match(licences, new RegExp(`^\\| \`${name}\\.jpg\` *\\|.*(CC|MIT|no restrictions)`, 'm'), name)
    assert.ok(licences.includes(`\n\`${name}.jpg\`: `), name)
  }
  assert.equal((await readdir('explorer/samples')).length, SAMPLES.length + 1)
})
