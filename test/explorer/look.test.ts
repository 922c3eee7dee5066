/** @file The panel Look: what it paints is the library's own attention, by pointer, keyboard and pins. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { Adzus, type AttentionQuestion, type CellAttention, type Segmentation, type View } from 'adzus'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, test } from 'vitest'
import { choosePicture, type Opened, type Opening, openPanel, PHONE, resultOf, SMEAR, withExplorer } from './support.ts'

const UP = 'up_blocks.3.attentions.2.transformer_blocks.0.attn1'
const DOWN = 'down_blocks.1.attentions.0.transformer_blocks.0.attn1'
const CELL = { x: 256, y: 240 }
/** Threads add in another order. */
const ROUNDING = 1e-4

let adzus: Adzus
let view: View
let result: Segmentation
beforeAll(async () => {
  adzus = await Adzus.load(undefined, { backend: 'cpu' })
  view = await adzus.look(await readFile(SMEAR))
  result = await view.segment()
})
afterAll(() => adzus.dispose())

interface Shown {
  values: number[]
  grid: { h: number; w: number }
  cell: number
  caption: string
}

/** Opens the smear in the panel Look. */
async function withLook(opening: Opening, work: (opened: Opened) => Promise<void>): Promise<void> {
  await withExplorer(opening, async (opened) => {
    await choosePicture(opened.page, SMEAR)
    await resultOf(opened.page)
    await openPanel(opened.page, 'Look')
    await work(opened)
  })
}

/** What is on the stage, as soon as it is about a choice. */
async function shown(page: Page, caption: RegExp): Promise<Shown> {
  await page.waitForFunction((source) => new RegExp(source).test(document.querySelector('.caption')?.textContent ?? ''), caption.source)
  return page.evaluate(() => {
    const { values, grid, cell, caption } = (document.querySelector('.attention-in-sight') as unknown as { shown: Shown }).shown
    return { values: Array.from(values), grid, cell, caption }
  })
}

/** Puts the pointer on a pixel of the picture. */
async function hover(page: Page, { x, y }: { x: number; y: number }): Promise<void> {
  const { left, top, width, height } = await page.locator('.pane').evaluate((pane) => {
    pane.scrollIntoView()
    const { left, top, width, height } = pane.getBoundingClientRect()
    return { left, top, width, height }
  })
  await page.mouse.move(left + ((x + 0.5) * width) / view.width, top + ((y + 0.5) * height) / view.height)
}

/** Chooses what is shown, by the values of the radio buttons. */
async function choose(page: Page, chosen: Partial<Record<'layers' | 'head' | 'timestep' | 'direction', string>>): Promise<void> {
  for (const [name, value] of Object.entries(chosen)) await page.locator(`input[name=${name}][value="${value}"]`).check({ force: true })
}

function assertSame({ values, grid }: Shown, expected: Pick<CellAttention, 'grid' | 'values'>, what: string): void {
  assert.deepEqual(grid, expected.grid, what)
  const most = Math.max(...expected.values)
  assert.ok(most > 0, `${what}: nothing would prove nothing`)
  for (const [i, value] of values.entries()) {
    const difference = Math.abs(value - expected.values[i])
    assert.ok(difference <= ROUNDING * most, `${what}, cell ${i}: ${value} instead of ${expected.values[i]}`)
  }
}

/** The share of a cell's attention that lies in each segment, pixel by pixel. */
function sharesOf({ grid, values }: CellAttention): number[] {
  const { h, w } = grid!
  const { width, height, labels, segments } = result
  const sums = Array(segments.length + 1).fill(0)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const cell = Math.floor(((y + 0.5) * h) / height) * w + Math.floor(((x + 0.5) * w) / width)
      // Every cell of these grids has the same number of pixels.
      sums[labels[y * width + x]] += (values[cell] * h * w) / (width * height)
    }
  const total = sums.reduce((sum, value) => sum + value, 0)
  return sums.map((sum) => sum / total)
}

test('heat and caption are the library’s for layers, heads, grids and both directions', async () => {
  await withLook({}, async ({ page }) => {
    const cases: [Parameters<typeof choose>[1], AttentionQuestion, RegExp][] = [
      [{}, CELL, /^The layers that count together: where the cell at 256, 240 looks/],
      [{ direction: 'to' }, { ...CELL, direction: 'to' }, /^The layers that count together: who looks at the cell at 256, 240/],
      [{ layers: `layer:${DOWN}`, head: '0' }, { ...CELL, layer: DOWN, head: 0, direction: 'to' }, /^Layer 3, head 1: who/],
      [{ layers: `layer:${UP}`, direction: 'from' }, { ...CELL, layer: UP }, /^Layer 16: where the cell at 256, 240/],
      [{ head: '1' }, { ...CELL, layer: UP, head: 1 }, /^Layer 16, head 2: where/],
    ]
    await hover(page, CELL)
    for (const [choice, question, caption] of cases) {
      await choose(page, choice)
      const expected = await view.attention(question)
      const seen = await shown(page, caption)
      assertSame(seen, expected, JSON.stringify(choice))
      const shares = sharesOf(expected)
      const [, percent, segment] = /(\d+)\s%.*segment (\d+)/.exec(seen.caption)!
      assert.equal(Number(segment), shares.indexOf(Math.max(...shares)))
      assert.ok(Math.abs(Number(percent) - 100 * Math.max(...shares)) <= 0.6, `${seen.caption} instead of ${Math.max(...shares)}`)
    }
    await choose(page, { layers: 'resolution:16x16' })
    const layers = view.layers().filter(({ kind, grid }) => kind === 'self' && grid.h === 16)
    const rows = await Promise.all(layers.map(({ name: layer }) => view.attention({ ...CELL, layer })))
    const mean = rows[0].values.map((_, i) => rows.reduce((sum, { values }) => sum + values[i], 0) / rows.length)
    assertSame(await shown(page, /^The 5 layers with 16 × 16 cells/), { grid: { h: 16, w: 16 }, values: mean }, 'the mean of a grid')
  })
})

test('by keyboard: cells, directions, layers, pins, and what is read out', async () => {
  await withLook({}, async ({ page }) => {
    await page.locator('.pane').focus()
    await page.keyboard.press('Home')
    await page.keyboard.press('ArrowRight')
    const { cell } = await shown(page, /340, 240/)
    assert.equal(cell, 16 * 32 + 17)
    const [label, share] = [result.labels[240 * 640 + 340], sharesOf(await view.attention({ x: 340, y: 240 }))]
    const where = `${await page.locator('.where').textContent()}`.replaceAll('\u00a0', ' ')
    assert.match(
      where,
      new RegExp(
        `^pixel 340, 240 · segment ${label}, [\\d.]+ % of the picture.* · looks at segment ${share.indexOf(Math.max(...share))} with \\d+ %$`,
      ),
    )
    await page.keyboard.press('Enter')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.locator('.pins li').nth(1).waitFor()
    assert.match(`${await page.locator('.pins li p').first().textContent()}`, /^1\. Cell at 340, 240; it gives \d+\s% to segment \d/)
    await page.locator('.direction input').first().focus()
    await page.keyboard.press('ArrowRight')
    await shown(page, /who looks at/)
    assert.match(`${await page.locator('.pins li p').first().textContent()}`, /comes from segment/)
    await page.locator('.layers input').first().focus()
    await page.keyboard.press('ArrowRight')
    await shown(page, /^The 5 layers with 32 × 32 cells/)
    await page.locator('.layers input').last().press(' ')
    await shown(page, /^Layer 16: who/)
    await page.locator('.head input').first().focus()
    await page.keyboard.press('ArrowRight')
    await shown(page, /^Layer 16, head 1: who/)
  })
})

test('pins are kept in the address, three at most, and can be removed', async () => {
  const pins = [
    [100, 100],
    [447, 336],
  ]
  const hash = new URLSearchParams({ attention: JSON.stringify({ direction: 'from', pins }) }).toString()
  await withLook({ hash }, async ({ page }) => {
    await page.locator('.pins li').nth(1).waitFor()
    for (const x of [200, 300]) {
      await hover(page, { x, y: 100 })
      await page.mouse.down()
      await page.mouse.up()
    }
    // The address follows a moment later.
    const kept = (expected: number[][]) =>
      page.waitForFunction(
        (text) => JSON.stringify(JSON.parse(new URLSearchParams(location.hash.slice(1)).get('attention')!).pins) === text,
        JSON.stringify(expected),
      )
    await kept([
      [447, 336],
      [200, 100],
      [300, 100],
    ])
    await page.getByRole('button', { name: 'Remove pinned cell 2' }).click()
    await kept([
      [447, 336],
      [300, 100],
    ])
    // Each small picture has colours of its own.
    const pictures = await page.locator('.pins canvas').evaluateAll((all) => all.map((canvas) => (canvas as HTMLCanvasElement).toDataURL()))
    assert.equal(new Set(pictures).size, 2)
    // Dragging looks around and pins nothing.
    await hover(page, { x: 100, y: 300 })
    await page.mouse.down()
    await hover(page, { x: 300, y: 300 })
    await page.mouse.up()
    assert.equal(await page.locator('.pins li').count(), 2)
    await hover(page, { x: 100, y: 300 })
    await page.mouse.down()
    await page.mouse.up()
    await page.locator('.pins li').nth(2).waitFor()
  })
})

test('time steps can be told apart, and a map that is too large comes cell by cell', async () => {
  const options = { size: 512, timesteps: [500, 300] }
  const fine = await adzus.look(await readFile(SMEAR), options)
  await withLook({ hash: new URLSearchParams({ look: JSON.stringify(options) }).toString() }, async ({ page }) => {
    await hover(page, CELL)
    assertSame(await shown(page, /256, 240 looks/), await fine.attention(CELL), 'all layers')
    await choose(page, { layers: `layer:${UP}`, head: '1', timestep: '300', direction: 'to' })
    const expected = await fine.attention({ ...CELL, layer: UP, head: 1, timestep: 300, direction: 'to' })
    assertSame(await shown(page, /^Layer 16, head 2, time step 300: who/), expected, 'one step')
    await hover(page, { x: 300, y: 240 })
    assertSame(
      await shown(page, /at 300, 240/),
      await fine.attention({ x: 300, y: 240, layer: UP, head: 1, timestep: 300, direction: 'to' }),
      'another cell',
    )
  })
  await fine.dispose()
})

test('a phone with WebGPU shows the same', async () => {
  const options = { size: 128 }
  const small = await adzus.look(await readFile(SMEAR), options)
  const hash = new URLSearchParams({ look: JSON.stringify(options), backend: 'webgpu' }).toString()
  await withLook({ webgpu: true, size: PHONE, hash }, async ({ page }) => {
    await hover(page, CELL)
    const seen = await shown(page, /256, 240 looks/)
    assert.deepEqual(seen.grid, { h: 16, w: 16 })
    const { values } = await small.attention(CELL)
    assert.ok(seen.values.every((value, i) => Math.abs(value - values[i]) <= 1e-3 * Math.max(...values)))
    const scrollWidth = await page.evaluate(() => document.documentElement.scrollWidth)
    assert.ok(scrollWidth <= PHONE.width, `${scrollWidth} px wide`)
  })
  await small.dispose()
})

test('a network without words says so, and opens own weights', async () => {
  await withLook({}, async ({ page }) => {
    const words = page.locator('.prompt-words')
    assert.match(`${await words.textContent()}`, /never learned words/)
    assert.equal(await words.locator('input').isVisible(), false)
    await words.getByRole('button', { name: 'Open own weights' }).click()
    assert.equal(await page.getByRole('tab', { name: 'Own weights' }).getAttribute('aria-selected'), 'true')
  })
})
