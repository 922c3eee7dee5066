/** @file The panel Change: every choice is in the address and on the stage, as the library answers it in Node. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { overlap, type Question } from 'adzus'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, test } from 'vitest'
import { addressOf, agreement, CHANGE, type Library, openLibrary, openPart, paintedRegions, regionsOf, sampleOf } from './change-support.ts'
import { DESKTOP, openPicture, PHONE, paintedOf, resultOf, withExplorer } from './support.ts'

let library: Library
beforeAll(async () => {
  library = await openLibrary()
})
afterAll(() => library.close())

/** The stage shows what the library answers. */
async function shows(page: Page, question: Question, look = {}): Promise<void> {
  await resultOf(page)
  const { labels, mask, segments } = await library.ask(question, look)
  assert.deepEqual(await paintedRegions(page), regionsOf(labels))
  assert.deepEqual(
    await paintedOf(page, 'mask'),
    Array.from(mask, (value) => value > 0),
  )
  const rows = Math.min(50, segments.length)
  assert.equal(await page.locator('.segment-list tbody tr').count(), rows)
}

/** A choice as somebody makes it, and the question that it makes of no choices. */
type Choice = [name: string, make: (page: Page) => Promise<unknown>, question: Question]

const number = (page: Page, id: string) => page.locator(`.slider:has(#${id}) input[type=number]`)

const CHOICES: Choice[] = [
  ['the threshold by its slider', (page) => page.locator('#change-thresholds').fill('0.2'), { thresholds: [0.2, 0.2, 0.2] }],
  ['the threshold by its number', (page) => number(page, 'change-thresholds').fill('0.255'), { thresholds: [0.255, 0.255, 0.255] }],
  [
    'the threshold of a round',
    async (page) => {
      await page.getByText('Each round by itself').click()
      await page.locator('#change-round-1').fill('0.2')
    },
    { thresholds: [0.4, 0.2, 0.4] },
  ],
  ['one round less', (page) => page.getByRole('button', { name: 'One round less' }).click(), { thresholds: [0.4, 0.4] }],
  ['anchors', (page) => number(page, 'change-anchors').fill('9'), { anchors: 9 }],
  ['refinement', (page) => page.locator('#change-refine').check(), { refine: true }],
  ['the segment at the centre', (page) => page.locator('#change-foreground').selectOption('center'), { foreground: 'center' }],
  ['the outline', (page) => page.locator('#change-edges').selectOption('none'), { edges: 'none' }],
  [
    'many objects',
    async (page) => {
      await page.locator('#change-objects').selectOption('many')
      await number(page, 'change-minSize').fill('200')
      await page.locator('#change-fillHoles').uncheck()
      await page.locator('#change-excludeBorder').check()
    },
    { objects: 'many', minSize: 200, fillHoles: false, excludeBorder: true },
  ],
  ['resolutions', (page) => page.getByRole('checkbox', { name: '32 × 32 cells', exact: true }).uncheck(), { resolutions: [16, 8, 4] }],
  ['the weight of a head', (page) => page.getByLabel('Weight of Head 2', { exact: true }).fill('0'), { weights: { heads: { 1: 0 } } }],
  [
    'the weight of a layer',
    (page) => page.getByLabel('Weight of up_blocks.3.attentions.2', { exact: true }).fill('3.5'),
    { weights: { layers: { 'up_blocks.3.attentions.2.transformer_blocks.0.attn1': 3.5 } } },
  ],
]

test('each choice behind the network is in the address and on the stage, and goes back to the default', async () => {
  await withExplorer({ hash: CHANGE }, async ({ page }) => {
    await sampleOf(page)
    await openPart(page, 'weights')
    await shows(page, {})
    for (const [name, make, question] of CHOICES) {
      await make(page)
      await shows(page, question)
      assert.deepEqual((await addressOf(page)).question, question, name)
      assert.ok((await page.locator('.field.changed').count()) > 0, name)
      await page.getByRole('button', { name: 'Everything as by default' }).click()
      await resultOf(page)
    }
    assert.deepEqual((await addressOf(page)).question, {})
    // Each by itself goes back, too.
    await number(page, 'change-anchors').fill('9')
    await page.getByRole('button', { name: 'as by default: Anchors a side, 16' }).click()
    await shows(page, {})
    assert.equal(await page.locator('.field.changed').count(), 0)
    assert.match((await page.locator('.spent').textContent())!, /segments \d.* ms, mask \d.*s, the networks \d/)
  })
})

test('a slider that moves shows segments on its way, and in the end those of where it stops', async () => {
  await withExplorer({ hash: CHANGE }, async ({ page }) => {
    await sampleOf(page)
    const seen = await page.evaluate(async () => {
      const slider = document.querySelector<HTMLInputElement>('#change-thresholds')!
      const count = document.querySelector('.segment-list')!.parentElement!.querySelector('.hint')!
      const texts = new Set<string>()
      const observer = new MutationObserver(() => texts.add(count.textContent!))
      observer.observe(count, { childList: true })
      for (let step = 0; step <= 60; step++) {
        slider.value = `${(0.5 - 0.005 * step).toFixed(3)}`
        slider.dispatchEvent(new Event('input'))
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
      observer.disconnect()
      return [...texts]
    })
    assert.ok(seen.length >= 2, `${seen}`)
    await shows(page, { thresholds: [0.2, 0.2, 0.2] })
  })
})

test('what is wrong is said beside its control, and the picture stays', async () => {
  await withExplorer({ hash: CHANGE }, async ({ page }) => {
    await sampleOf(page)
    const saidBeside = async (id: string, question: object, look = {}) => {
      const wrong = page.locator(`#${id}-wrong`)
      await wrong.waitFor({ state: 'visible' })
      const error = await library.ask(question as Question, look).then(
        () => undefined,
        (failure: Error) => failure.message,
      )
      assert.equal(await wrong.textContent(), error)
      assert.equal(await page.locator(`#${id}`).getAttribute('aria-invalid'), 'true')
    }
    await number(page, 'change-thresholds').fill('0')
    await saidBeside('change-thresholds', { thresholds: [0, 0, 0] })
    await number(page, 'change-thresholds').fill('0.4')
    await shows(page, {})
    assert.equal(await page.locator('#change-thresholds-wrong').isVisible(), false)
    await number(page, 'change-anchors').fill('1')
    await saidBeside('change-anchors', { anchors: 1 })
    await page.getByRole('button', { name: 'Everything as by default' }).click()
    await page.locator('#change-objects').selectOption('many')
    await page.locator('#change-foreground').selectOption('center')
    await saidBeside('change-objects', { objects: 'many', foreground: 'center' })
    await page.getByRole('button', { name: 'Everything as by default' }).click()
    await openPart(page, 'weights')
    for (const side of [32, 16, 8, 4]) await page.getByRole('checkbox', { name: `${side} × ${side} cells`, exact: true }).uncheck()
    const group = page.getByRole('group', { name: 'Resolutions' }).locator('.wrong')
    await group.waitFor({ state: 'visible' })
    assert.match((await group.textContent())!, /resolutions.*at least one/)
  })
})

test('what is before the networks waits for a button, and a link holds it', async () => {
  const look = { timesteps: [500, 300], noise: 7 }
  await withExplorer({ hash: CHANGE }, async ({ page }) => {
    await sampleOf(page)
    await openPart(page, 'before')
    const button = page.getByRole('button', { name: 'Look once more' })
    assert.equal(await button.isDisabled(), true)
    await page.locator('#change-timesteps').fill('500, 300')
    await page.locator('#change-noise').fill('7')
    assert.match(
      (await page.locator('#change-before-part').textContent())!,
      /Changed, and not looked at yet\. The last look took [\d.]+ m?s/,
    )
    assert.deepEqual((await addressOf(page)).look, {})
    await button.click()
    await shows(page, {}, look)
    assert.deepEqual((await addressOf(page)).look, look)
    // Of several time steps some may be left out.
    await openPart(page, 'weights')
    await page.locator('#change-step-500').uncheck()
    await shows(page, { timesteps: [300] }, look)
    // What the library refuses is said beside the line.
    await page.locator('#change-size').fill('3')
    await page.locator('#change-size').press('Enter')
    await page.locator('#change-size-wrong').waitFor({ state: 'visible' })
    assert.match((await page.locator('#change-size-wrong').textContent())!, /size.*pixels from 16 to 8192, got 3/)
  })
})

test('the line of the tree is the threshold: by keys, by the pointer, and in words', async () => {
  await withExplorer({ hash: CHANGE }, async ({ page }) => {
    await sampleOf(page)
    await openPart(page, 'tree')
    const line = page.getByRole('slider', { name: 'Threshold of round 2' })
    await line.waitFor()
    const saysOf = async (thresholds: number[]) => {
      await shows(page, { thresholds })
      const { segments } = await library.ask({ thresholds })
      const said = `${thresholds[1]}: ${segments.length} ${segments.length === 1 ? 'segment' : 'segments'}`
      await page.waitForFunction((text) => document.querySelector('.tree-line')?.getAttribute('aria-valuetext') === text, said)
    }
    await line.press('ArrowDown')
    await saysOf([0.4, 0.39, 0.39])
    await line.press('PageDown')
    await saysOf([0.4, 0.29, 0.29])
    await page.locator('#change-tree-along').uncheck()
    await line.press('ArrowUp')
    await saysOf([0.4, 0.3, 0.29])
    const box = (await line.boundingBox())!
    const [x, y] = [box.x + 60, box.y + box.height / 2]
    await page.mouse.move(x, y)
    await page.mouse.down()
    await page.mouse.move(x, y + 20, { steps: 4 })
    await page.mouse.up()
    await resultOf(page)
    const { question } = await addressOf(page)
    const [first, dragged, last] = question.thresholds!
    assert.ok(first === 0.4 && last === 0.29 && dragged < 0.3 && dragged >= 0.01, `${question.thresholds}`)
    await saysOf([first, dragged, last])
    // A proposal over the picture, by the keyboard and under the pointer.
    await page.getByLabel('Proposal over the picture').press('ArrowRight')
    assert.match((await page.locator('.leaf output').textContent())!, /^Proposal \d+ \(anchor at cell \d+, \d+\), (founder|joined)/)
    await page.waitForFunction(() => {
      const { width, height } = document.querySelector<HTMLCanvasElement>('canvas.heat')!
      return (
        document
          .querySelector<HTMLCanvasElement>('canvas.heat')!
          .getContext('2d')!
          .getImageData(width / 2, height / 2, 1, 1).data[3] > 0
      )
    })
    await page.locator('canvas.tree').hover({ position: { x: 60, y: 200 } })
    await page.getByRole('tab', { name: 'Try' }).click()
    await page.locator('.change').waitFor({ state: 'detached' })
    assert.ok(!(await paintedOf(page, 'heat')).includes(true))
  })
})

test('two settings side by side: the divider, the differences, and a link that restores them', async () => {
  const [a, b]: Question[] = [{}, { thresholds: [0.2, 0.2, 0.2], foreground: 'center' }]
  let hash = ''
  const [kept, now] = [await library.ask(a), await library.ask(b)]
  const tableOf = async (page: Page) => (await page.locator('.comparison tbody td').allTextContents()).map((cell) => cell.trim())
  const share = (mask: Uint8Array, of = (value: number, _: number) => value > 0) =>
    `${((100 * mask.filter((v, i) => of(v, i)).length) / mask.length).toFixed(2)} %`
  const { dice, iou } = overlap(kept.mask, now.mask)
  const expected = [
    ...['all as by default', 'threshold 0.2; foreground center'],
    ...[`${kept.segments.length}`, `${now.segments.length}`, share(kept.mask), share(now.mask), dice.toFixed(3), iou.toFixed(3)],
    share(kept.mask, (value, i) => value !== now.mask[i]),
  ]
  await withExplorer({ hash: CHANGE }, async ({ page }) => {
    await sampleOf(page)
    await page.getByRole('button', { name: 'Keep this result' }).click()
    await page.locator('#change-thresholds').fill('0.2')
    await page.locator('#change-foreground').selectOption('center')
    await resultOf(page)
    assert.deepEqual(await tableOf(page), expected)
    const divider = page.getByRole('slider', { name: 'Divider between A and B' })
    assert.equal(await divider.getAttribute('aria-valuetext'), 'A on the left 50 %')
    const masks = [kept, now].map(({ mask }) => Array.from(mask, (value) => value > 0))
    const atX = async (x: number) => {
      const mixed = masks[1].map((value, i) => (i % now.width < x ? masks[0][i] : value))
      assert.deepEqual(await paintedOf(page, 'mask'), mixed)
    }
    await atX(Math.round(0.5 * now.width))
    await divider.press('End')
    await atX(now.width)
    assert.deepEqual(await paintedRegions(page), regionsOf(kept.labels))
    await divider.press('Home')
    await atX(0)
    assert.deepEqual(await paintedRegions(page), regionsOf(now.labels))
    const pane = (await page.locator('.pane').boundingBox())!
    await page.mouse.move(pane.x + 2, pane.y + 20)
    await page.mouse.down()
    await page.mouse.move(pane.x + pane.width / 4, pane.y + 30, { steps: 4 })
    await page.mouse.up()
    assert.equal(await divider.getAttribute('aria-valuenow'), '25')
    await addressOf(page)
    hash = new URL(page.url()).hash.slice(1)
    await page.getByRole('tab', { name: 'Try' }).click()
    await page.locator('.change').waitFor({ state: 'detached' })
    assert.equal(await divider.count(), 0)
    assert.deepEqual(await paintedRegions(page), regionsOf(now.labels))
  })
  await withExplorer({ hash }, async ({ page }) => {
    await sampleOf(page)
    await page.locator('.comparison').waitFor()
    assert.deepEqual(await tableOf(page), expected)
    await page.getByRole('button', { name: 'End the comparison' }).click()
    await shows(page, b)
    assert.deepEqual((await addressOf(page)).kept, {})
  })
})

test('a segment is chosen in the list and in the picture', async () => {
  const question: Question = { thresholds: [0.05, 0.05, 0.05] }
  const { segments, labels, width } = await library.ask(question)
  assert.ok(segments.length > 50)
  await withExplorer({ hash: `${CHANGE}&question=${encodeURIComponent(JSON.stringify(question))}` }, async ({ page }) => {
    await sampleOf(page)
    await shows(page, question)
    await page.getByRole('button', { name: 'Smaller ones' }).click()
    assert.equal(await page.locator('.segment-list tbody tr').count(), Math.min(50, segments.length - 50))
    const { id } = [...segments].sort((one, other) => other.area - one.area)[50]
    await page.getByRole('button', { name: `Segment ${id}`, exact: true }).press('Enter')
    const outlined = await paintedOf(page, 'marks')
    assert.ok(outlined.includes(true))
    // The outline lies on the segment or beside it.
    const near = (i: number) => [-2, -1, 0, 1, 2].some((dy) => [-2, -1, 0, 1, 2].some((dx) => labels[i + dy * width + dx] === id))
    assert.ok(outlined.every((painted, i) => !painted || near(i)))
    await page.locator('.pane').click({ position: { x: 10, y: 10 } })
    assert.match((await page.locator('.segment-list [aria-pressed=true]').textContent())!, /^Segment \d+$/)
  })
})

test('what was clicked in the panel Use stays chosen here, and may take whole segments', async () => {
  const foreground = { point: [140, 140] } as const
  const hash = `${CHANGE}&question=${encodeURIComponent(JSON.stringify({ foreground }))}`
  await withExplorer({ hash }, async ({ page }) => {
    await sampleOf(page)
    assert.equal(await page.locator('#change-foreground option:checked').textContent(), 'what was clicked or boxed')
    await page.locator('#change-wholeSegments').check()
    const question = { foreground, wholeSegments: true } as unknown as Question
    await shows(page, question)
    assert.deepEqual((await addressOf(page)).question, question)
  })
})

test('what is kept may have been seen by another look', async () => {
  const kept = { look: { noise: 3 }, question: {} }
  const [a, b] = [await library.ask({}, kept.look), await library.ask({})]
  await withExplorer({ hash: `${CHANGE}&kept=${encodeURIComponent(JSON.stringify(kept))}` }, async ({ page }) => {
    await sampleOf(page)
    await page.locator('.comparison').waitFor()
    const cells = await page.locator('.comparison tbody td').allTextContents()
    assert.deepEqual(cells.slice(0, 4), ['noise 3', 'all as by default', `${a.segments.length}`, `${b.segments.length}`])
    await page.getByRole('slider', { name: 'Divider between A and B' }).press('End')
    assert.deepEqual(await paintedRegions(page), regionsOf(a.labels))
    // What is asked from now on is asked about the look of the present settings.
    await page.locator('#change-anchors').fill('9')
    await resultOf(page)
    await page.getByRole('button', { name: 'End the comparison' }).click()
    await shows(page, { anchors: 9 })
  })
})

test('of a file with more than 8 bits, window and channels are chosen before the networks', async () => {
  const file = 'test/data/formats/tiff/g16-lzw.tif'
  const window = [0, 30000] as const
  const { labels } = await library.adzus.segment(await readFile(file), { window })
  await withExplorer({ hash: CHANGE }, async ({ page }) => {
    await sampleOf(page)
    await openPart(page, 'before')
    assert.equal(await page.locator('#change-window').isVisible(), false)
    await openPicture(page, file)
    await page.getByRole('tab', { name: 'Change' }).click()
    await page.locator('#change-window').fill(window.join(','))
    await page.locator('#change-window').press('Enter')
    await resultOf(page)
    assert.deepEqual((await addressOf(page)).look, { window })
    assert.deepEqual(await paintedRegions(page), regionsOf(labels))
    assert.equal(await page.locator('#change-channel').isVisible(), true)
  })
})

test('a telephone has everything within its width, by touch', async () => {
  await withExplorer({ hash: CHANGE, size: PHONE, colorScheme: 'dark', reducedMotion: 'reduce' }, async ({ page }) => {
    await sampleOf(page)
    for (const part of ['tree', 'weights', 'before']) await openPart(page, part)
    await page.getByRole('slider', { name: 'Threshold of round 2' }).waitFor()
    await page.getByRole('button', { name: 'Keep this result' }).click()
    await page.locator('#change-thresholds').fill('0.2')
    await resultOf(page)
    await page.locator('.comparison').waitFor()
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), PHONE.width)
    // While a slider is used, the picture is in sight.
    await page.locator('#change-anchors').scrollIntoViewIfNeeded()
    const pane = (await page.locator('.pane').boundingBox())!
    assert.ok(pane.y >= -1 && pane.y + pane.height <= PHONE.height / 2 + 20, JSON.stringify(pane))
  })
})

test('with WebGPU the answers are the same up to rounding', async () => {
  await withExplorer({ hash: CHANGE, size: DESKTOP, webgpu: true }, async ({ page }) => {
    await page.evaluate(() => {
      location.hash = `${location.hash}&backend=webgpu`
    })
    await sampleOf(page)
    await page.locator('#change-thresholds').fill('0.25')
    await resultOf(page)
    const { labels } = await library.ask({ thresholds: [0.25, 0.25, 0.25] })
    const same = agreement(await paintedRegions(page), regionsOf(labels))
    assert.ok(same >= 0.99, `${same}`)
    assert.match((await page.locator('.device').textContent())!, /SwiftShader/i)
  })
})
