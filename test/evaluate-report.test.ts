/**
 * @file `report.html` as people see it, in Chromium: no request, no error, accessible, and on paper
 * two pages a set at most. Without a browser only its text is looked at.
 */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { beforeAll, test } from 'vitest'
import { BLOCK_TEXTS, type Block } from '../src/evaluation/blocks.ts'
import type { Case } from '../src/evaluation/case.ts'
import { figures } from '../src/evaluation/figures.ts'
import { outline } from '../src/evaluation/outline.ts'
import { Podium } from '../src/evaluation/podium.ts'
import { isReport, reportPage } from '../src/evaluation/report/page.ts'
import { type SummaryHead, summarise } from '../src/evaluation/summary.ts'
import { thumbnail } from '../src/evaluation/thumbnail.ts'
import { replaceFile } from '../src/platform/temporary.ts'
import { temporaryFolder } from './support/cli.ts'
import { findBrowser } from './support/page.ts'
import { UNCHOSEN } from './support/parameters.ts'

const SIDE = 96
const METHODS: [name: string, block: Block][] = [
  ['auto', 'blind'],
  ['text=<b>a & "cell"</b>', 'blind'],
  ['other program', 'prediction'],
  ...['disc', 'otsu', 'k-means', 'slic', 'grab-cut'].map((name): [string, Block] => [name, 'baseline']),
  ...[1, 2, 3, 4, 5].map((i): [string, Block] => [`click${i}`, 'click']),
  ...['polarity', 'hungarian', 'subset'].map((name): [string, Block] => [`oracle ${name}`, 'oracle']),
]
const HEAD: SummaryHead = {
  adzus: '1.2.3',
  schema: 1,
  command: 'adzus evaluate data --methods \'auto,text=<b>a & "cell"</b>\'',
  model: { path: 'a-model', sha256: 'a'.repeat(64) },
  parameters: {
    segmentation: {
      size: [256, 256],
      timesteps: [300],
      method: { kind: 'diffseg', thresholds: [0.9, 0.9, 0.9], anchors: 16, refine: false },
      layers: null,
      ...UNCHOSEN,
    },
    tolerance: 2,
    seed: 0,
    resamples: 200,
    level: 0.95,
    group: null,
    labels: null,
    instances: false,
    limit: null,
  },
  machine: { processor: 'a processor', cores: 2, system: 'a system', backend: 'CPU' },
}

/** A mask with a box inside. */
function boxed(x: number, width: number) {
  const data = Uint8Array.from({ length: SIDE * SIDE }, (_, i) =>
    i % SIDE >= x && i % SIDE < x + width && i > 20 * SIDE && i < 70 * SIDE ? 255 : 0,
  )
  return { width: SIDE, height: SIDE, data }
}

let page = ''
const sets = ['cells & <nuclei>', 'wounds']

beforeAll(async () => {
  const truth = boxed(20, 40)
  const podium = new Podium()
  const cases = sets.flatMap((set) =>
    Array.from({ length: 24 }, (_, i) => `picture-${i}`).flatMap((image, i) =>
      METHODS.map(([method, block], m): Case => {
        const result = boxed(20 + ((i + m) % 20), 40)
        const measured = figures(truth, result)
        if (method === 'auto') podium.add({ set, image, method, figures: measured }, { mask: truth }, { mask: result })
        return { set, image, group: image, method, block, figures: measured, unit: 'px', milliseconds: 10 }
      }),
    ),
  )
  const source = await thumbnail({ width: SIDE, height: SIDE, data: new Uint8Array(3 * SIDE * SIDE).fill(120) })
  const pictures = new Map(
    [...podium.sets].map(([set, { worst, best }]) => [
      set,
      { worst: worst.map((p) => ({ ...p, source })), best: best.map((p) => ({ ...p, source })) },
    ]),
  )
  page = reportPage(summarise(HEAD, cases, [{ set: 'wounds', image: 'broken', error: 'image (<x>): expected a picture' }]), cases, pictures)
})

test('names are shown and never run, and blocks have tables of their own', () => {
  assert.ok(isReport(new TextEncoder().encode(page.slice(0, 64))))
  assert.ok(!page.includes('<b>') && page.includes('text=&lt;b&gt;a &amp; &quot;cell&quot;&lt;/b&gt;'))
  assert.doesNotMatch(page, /<script|<link|@import|url\(|https?:\/\//)
  for (const [name, block] of METHODS) {
    const title = `<caption>${BLOCK_TEXTS[block].title}, wounds</caption>`
    const table = page.slice(page.indexOf(title), page.indexOf('</table>', page.indexOf(title)))
    const shown = [...table.matchAll(/<th scope="row">([^<]*)/g)].map(([, cell]) => cell)
    const mine = METHODS.filter(([, of]) => of === block)
    assert.equal(shown.length, mine.length, name)
  }
})

test('an outline follows the edges of pixels, and not the picture’s border', () => {
  const mask = { width: 4, height: 3, data: Uint8Array.of(255, 0, 0, 0, 255, 255, 0, 0, 0, 0, 0, 0) }
  assert.equal(outline(mask), 'M1 1h1M0 2h2M1 0v1M2 1v1')
  assert.equal(outline({ ...mask, data: new Uint8Array(12) }), '')
  // Larger pictures are looked at in small.
  const large = { width: 256, height: 256, data: Uint8Array.from({ length: 65536 }, (_, i) => (i % 256 < 128 ? 255 : 0)) }
  assert.equal(outline(large), 'M64 0v128')
})

test('the podium keeps the worst and the best pictures', () => {
  const podium = new Podium()
  for (const dice of [0.5, 0.1, 0.9, 0.3, 0.9, 0.7])
    podium.add({ set: 'set', image: `${dice}`, method: 'auto', figures: { dice } }, { mask: boxed(20, 40) }, { mask: boxed(20, 40) })
  const { worst, best } = podium.sets.get('set')!
  assert.deepEqual(
    [worst.map((p) => p.dice), best.map((p) => p.dice)],
    [
      [0.1, 0.3],
      [0.9, 0.9],
    ],
  )
})

const chromium = await findBrowser()

test('in Chromium: no request, no error, accessible, and two pages a set on paper', { skip: typeof chromium === 'string' }, async (t) => {
  assert.ok(typeof chromium !== 'string')
  const folder = await temporaryFolder(t)
  const path = join(folder, 'report.html')
  await replaceFile(path, page)
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
  t.onTestFinished(() => browser.close())
  const tab = await browser.newPage()
  const heard: string[] = []
  const requests: string[] = []
  tab.on('console', (message) => heard.push(message.text()))
  tab.on('pageerror', (error) => heard.push(error.message))
  tab.on('request', (request) => requests.push(request.url()))
  await tab.goto(pathToFileURL(path).href)
  assert.deepEqual([heard, requests.filter((url) => !url.startsWith('data:'))], [[], [pathToFileURL(path).href]])
  assert.equal(await tab.locator('section.set figure image').count(), 8)
  const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  await tab.evaluate(axe)
  const violations = await tab.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run: () => Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> } }
    return (await axe.run()).violations.map(({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 200)}`)
  })
  assert.deepEqual(violations, [])
  // Scripts are not needed: without them it looks the same.
  const still = await browser.newPage({ javaScriptEnabled: false })
  await still.goto(pathToFileURL(path).href)
  assert.equal(await still.locator('section.set').count(), sets.length)
  const pdf = (await still.pdf({ format: 'A4' })).toString('latin1')
  const pages = pdf.match(/\/Type\s*\/Page\b(?!s)/g)?.length ?? 0
  // All sets together and how it was made have two as well.
  assert.ok(pages >= 4 && pages <= 2 * sets.length + 4, `${pages} pages`)
})
