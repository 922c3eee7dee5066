/** @file Frames while the pointer moves over the picture in the panel Look, one move a frame. */
import type { Browser, Page } from 'playwright-core'

const SAMPLE = 'blood'

export interface Frames {
  /** Cells across and down. */
  grid: string
  /** Milliseconds from frame to frame, in order of length. */
  intervals: number[]
  /** Milliseconds a frame in which the page's thread worked. */
  busy: number
}

/** @param size of the picture for the network @param single one layer instead of all together */
export async function hoverFrames(
  browser: Browser,
  base: string,
  { size, single, moves }: { size: number; single: boolean; moves: number },
): Promise<Frames> {
  const page = await browser.newPage()
  try {
    const hash = new URLSearchParams({ panel: 'look', sample: SAMPLE, look: JSON.stringify({ size }) })
    await page.goto(`${base}#${hash}`)
    await page.waitForFunction(() => document.querySelector<HTMLElement>('.app')?.dataset['ready'] === 'yes', undefined, {
      timeout: 600_000,
    })
    await page.locator('.look .caption').filter({ hasText: 'where the cell' }).waitFor()
    if (single) {
      await page.locator('.look .layers input').last().check({ force: true })
      await page
        .locator('.look .caption')
        .filter({ hasText: /^Layer/ })
        .waitFor()
    }
    return await move(page, moves)
  } finally {
    await page.close()
  }
}

async function move(page: Page, moves: number): Promise<Frames> {
  const protocol = await page.context().newCDPSession(page)
  await protocol.send('Performance.enable')
  const worked = async () => (await protocol.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'TaskDuration')!.value
  const before = await worked()
  const { grid, intervals } = await page.evaluate(async (count) => {
    const pane = document.querySelector<HTMLElement>('.pane')!
    const { left, top, width, height } = pane.getBoundingClientRect()
    const frame = () => new Promise<number>((resolve) => requestAnimationFrame(() => resolve(performance.now())))
    const intervals: number[] = []
    let last = await frame()
    for (let i = 0; i < count; i++) {
      // A path that meets another cell with almost every move.
      const [clientX, clientY] = [left + width * (0.5 + 0.45 * Math.sin(i / 17)), top + height * (0.5 + 0.45 * Math.cos(i / 11))]
      pane.dispatchEvent(new PointerEvent('pointermove', { clientX, clientY, bubbles: true }))
      const now = await frame()
      intervals.push(now - last)
      last = now
    }
    const { grid } = (document.querySelector('.attention-in-sight') as unknown as { shown: { grid: { h: number; w: number } } }).shown
    return { grid: `${grid.w} × ${grid.h}`, intervals: intervals.sort((a, b) => a - b) }
  }, moves)
  return { grid, intervals, busy: (1000 * ((await worked()) - before)) / moves }
}
