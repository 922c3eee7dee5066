/**
 * @file The panel Understand: each stage's data is the library's, each stage has a link, the strip
 * goes by keyboard, and the layers follow the crosshair.
 */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, test } from 'vitest'
import * as numbers from '../../explorer/panels/understand/numbers.ts'
import { STAGE_NAMES, type StageName } from '../../explorer/stage-names.ts'
import { english } from '../../explorer/text/english.ts'
import { Adzus, type Segmentation, type View } from '../../src/index.ts'
import { openPanel, openPicture, PHONE, SMEAR, withExplorer } from './support.ts'

const words = english.understand
let adzus: Adzus
let view: View
let answer: Segmentation

beforeAll(async () => {
  adzus = await Adzus.load(undefined, { backend: 'cpu' })
  view = await adzus.look(await readFile(SMEAR))
  answer = await view.segment()
})
afterAll(() => adzus.dispose())

/** Opens a stage by its link, and waits for its data. */
async function openStage(page: Page, name: StageName, settings = ''): Promise<void> {
  await page.evaluate((hash) => {
    location.hash = hash
  }, `panel=understand&stage=${name}${settings}`)
  await page.waitForSelector(`.open-stage[data-stage=${name}][data-ready=yes]`, { timeout: 60_000 })
}

const factsOf = (page: Page) => page.locator('.facts').textContent()
/** What screen readers read of the pictures of the open stage. */
const readOf = (page: Page) => page.locator('.open-stage canvas').evaluateAll((all) => all.map((one) => one.getAttribute('aria-label')!))

/** Red, green and blue of a canvas of the open stage. */
function pixelsOf(page: Page, index = 0): Promise<number[]> {
  return page.evaluate((i) => {
    const canvas = document.querySelectorAll<HTMLCanvasElement>('.open-stage canvas')[i]
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
    return Array.from(data.filter((_, at) => at % 4 !== 3))
  }, index)
}

test('every stage shows what the library computes', async () => {
  await withExplorer({}, async ({ page }) => {
    await openPicture(page, SMEAR)
    const { timesteps, method, size } = view.parameters
    const centre = { x: 320, y: 240 }
    const selfLayers = view.layers().filter(({ kind }) => kind === 'self')

    await openStage(page, 'picture')
    assert.equal(await factsOf(page), words.picture.facts(view.input, view))
    assert.deepEqual(await pixelsOf(page), Array.from(view.input.data))

    await openStage(page, 'latent')
    const clean = await view.latent()
    assert.equal(await factsOf(page), words.latent.facts(clean, size))
    const ranges = [0, 1, 2, 3].map((c) => numbers.rangeOf(numbers.channelOf(clean, c)))
    assert.deepEqual(
      await readOf(page),
      ranges.map((range, c) => words.latent.channel(c + 1, ...range)),
    )

    await openStage(page, 'noise')
    const shares = view.noiseShares(timesteps[0])
    assert.equal(await factsOf(page), words.noise.facts(timesteps[0], shares))
    assert.ok((await page.locator('.formula').textContent())!.includes(`${shares.signal.toFixed(3)} · x₀ + ${shares.noise.toFixed(3)} · ε`))
    assert.equal(await page.locator('.open-stage .figures canvas').count(), 8)
    assert.ok(await page.getByText(words.noise.none).isVisible())

    await openStage(page, 'attention')
    const grids = [...new Set(selfLayers.map(({ grid }) => `${grid.w} × ${grid.h}`))]
    assert.equal(selfLayers.length, 16)
    assert.equal(await factsOf(page), words.attention.facts(16, grids, 32))
    const layerWords = async (at: { x: number; y: number }) => {
      const said: string[] = []
      for (const { name } of selfLayers) {
        const { values, grid } = await view.attention({ ...at, layer: name })
        said.push(words.attention.words(name, numbers.peakOf(values, grid!), numbers.spreadOf(values), values.length))
      }
      return said
    }
    assert.deepEqual(await readOf(page), await layerWords(centre))

    // The arrow keys move the crosshair by a cell of 20 × 15 pixels.
    await page.locator('.pane').focus()
    await page.keyboard.press('Home')
    for (const key of ['ArrowLeft', 'ArrowLeft', 'ArrowUp']) await page.keyboard.press(key)
    const moved = await layerWords({ x: 280, y: 225 })
    await page.waitForFunction(
      (last) => document.querySelector('.layers figure:last-child canvas')!.getAttribute('aria-label') === last,
      moved[15],
    )
    assert.deepEqual(await readOf(page), moved)

    await openStage(page, 'aggregated')
    const weights = view.resolutionWeights()
    const rows = await page
      .locator('.open-stage tbody tr')
      .evaluateAll((all) => all.map((row) => [...row.children].map((one) => one.textContent)))
    assert.deepEqual(
      rows,
      weights.map(({ grid, layers, weight }) => [`${grid.w} × ${grid.h}`, `${layers.length}`, numbers.percent(weight)]),
    )
    const row = await view.attention({ x: 280, y: 225 })
    const rowWords = words.aggregated.rowWords(numbers.peakOf(row.values, row.grid!), numbers.spreadOf(row.values), 1024)
    await page.waitForFunction((said) => document.querySelector('.open-stage canvas')!.getAttribute('aria-label') === said, rowWords)
    assert.deepEqual(await readOf(page), [rowWords, words.aggregated.matrixWords(1024)])

    const tree = await view.merges()
    await openStage(page, 'anchors')
    assert.equal(await factsOf(page), words.anchors.facts({ columns: 16, rows: 16 }, { w: 32, h: 32 }))
    assert.equal(tree.anchors.length, 256)

    await openStage(page, 'merging')
    const counts = numbers.countsOf(tree)
    assert.equal(await factsOf(page), words.merging.facts(counts, method.thresholds))
    for (const [round, count] of counts.entries()) {
      await page.locator(`input[name=round][value="${round}"]`).check()
      assert.equal(await page.locator('#merging-group option').count(), count)
    }
    const last = tree.rounds.at(-1)!.groups[1]
    await page.locator('#merging-group').selectOption({ value: '1' })
    const told = (await page.locator('.open-stage [aria-live]').textContent())!
    assert.ok(told.startsWith(`Map 2 was founded by map ${last[0].proposal + 1} of the round before`), told)
    for (const { proposal, divergence } of last.slice(1, 3)) assert.ok(told.includes(words.merging.member(proposal + 1, divergence)), told)
    const homes = numbers.homesOf(tree, tree.rounds.length).filter((home) => home === 1).length
    assert.ok(told.includes(`${homes} anchor`), told)

    await openStage(page, 'labels')
    const largest = [...answer.segments].sort((a, b) => b.area - a.area)
    const share = (area: number) => numbers.percent(area / (answer.width * answer.height))
    assert.equal(await factsOf(page), words.labels.facts(largest.length, { id: largest[0].id, share: share(largest[0].area) }))
    assert.deepEqual(
      await page.locator('.legend li').allTextContents(),
      largest.slice(0, 10).map(({ id, area }) => words.labels.segment(id, share(area))),
    )

    await openStage(page, 'prominence')
    const { values, grid } = await view.prominence()
    assert.equal(await factsOf(page), words.prominence.facts(numbers.peakOf(values, grid), grid))
    const cell = numbers.cellAt({ x: 280, y: 225 }, view, grid)
    assert.equal(await page.locator('.open-stage .hint').textContent(), words.prominence.here(values[cell]))

    await openStage(page, 'mask')
    const inside = answer.mask.filter((value) => value > 0).length
    assert.equal(await factsOf(page), words.mask.facts(share(inside), 'auto'))
    const { won, candidates, stability } = answer.scores!
    const choice = await page.locator('.choice dd').allTextContents()
    assert.ok(choice[0].startsWith(`${won} (`), choice[0])
    assert.deepEqual(choice.slice(1, 3), [`${candidates}`, stability.toFixed(3)])
    // The strip has a small picture for each stage by now.
    await page.waitForFunction(() => document.querySelectorAll('.way canvas').length === 10)
  })
})

test('a look with noise shows the noisy latent, by a button that the keyboard reaches', async () => {
  const noisy = await adzus.look(await readFile(SMEAR), { noise: 0 })
  const seen = await noisy.latent(300)
  await noisy.dispose()
  await withExplorer({}, async ({ page }) => {
    await openPicture(page, SMEAR)
    await openStage(page, 'noise')
    await page.locator('#other-noise').press('Enter')
    await page.getByText(words.noise.some(0)).waitFor({ timeout: 60_000 })
    const range = numbers.rangeOf(numbers.channelOf(seen, 0))
    assert.ok((await readOf(page)).includes(words.noise.channel('seen', 1, 300, ...range)))
    await page.waitForFunction(() => location.hash.includes('look='))
    await page.locator('#other-noise').click()
    await page.getByText(words.noise.none).waitFor({ timeout: 60_000 })
  })
})

test('arrow keys go along the strip, the address follows, and sources open', async () => {
  await withExplorer({ hash: 'panel=understand&stage=anchors' }, async ({ page, base }) => {
    const selected = () => page.locator('.way [aria-selected=true]').getAttribute('id')
    assert.equal(await page.locator('.open-stage').getAttribute('data-stage'), 'anchors')
    assert.ok(await page.getByText(words.nothing).isVisible())
    await page.locator('#stage-anchors').focus()
    for (const [key, name] of [
      ['ArrowRight', 'merging'],
      ['ArrowLeft', 'anchors'],
      ['End', 'mask'],
      ['ArrowRight', 'mask'],
      ['Home', 'picture'],
      ['ArrowLeft', 'picture'],
    ] as const) {
      await page.keyboard.press(key)
      assert.equal(await selected(), `stage-${name}`)
      assert.equal(await page.evaluate(() => document.activeElement?.id), `stage-${name}`)
      await page.waitForFunction((wanted) => new URLSearchParams(location.hash.slice(1)).get('stage') === wanted, name)
    }
    for (const name of STAGE_NAMES) {
      await page.locator(`#stage-${name}`).click()
      for (const link of await page.locator('.sources a').all()) {
        const href = (await link.getAttribute('href'))!
        const response = await fetch(new URL(href, base))
        assert.equal(response.status, 200, href)
        assert.ok((await response.text()).includes(`id="${new URL(href, base).hash.slice(1)}"`), href)
      }
    }
  })
})

test('on a phone the strip scrolls inside of its box, and the page does not', async () => {
  await withExplorer({ size: PHONE }, async ({ page }) => {
    await openPicture(page, SMEAR)
    await openPanel(page, 'Understand')
    for (const name of STAGE_NAMES) {
      await openStage(page, name)
      const [wide, shown, page_] = await page.evaluate(() => {
        const strip = document.querySelector('.way')!
        const [box, tab] = [strip.getBoundingClientRect(), strip.querySelector('[aria-selected=true]')!.getBoundingClientRect()]
        return [
          strip.scrollWidth > strip.clientWidth,
          tab.left >= box.left - 1 && tab.right <= box.right + 1,
          document.documentElement.scrollWidth,
        ]
      })
      assert.deepEqual([wide, shown, page_], [true, true, PHONE.width], name)
    }
  })
})
