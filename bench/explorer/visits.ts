/** @file A visitor's first minute: first paint, first mask, the mask of a second picture, and a second visit. */
import type { Browser, Page } from 'playwright-core'
import type { CountingServer } from './counting-server.ts'

/** Samples that the page comes with. */
const [FIRST, SECOND] = ['blood', 'skin']
/** Milliseconds to wait for a mask. */
const PATIENCE = 300_000

export interface Visit {
  /** Milliseconds from the navigation's start. */
  paint: number
  mask: number
}

export interface Visits {
  first: Visit
  /** Bytes of the first visit, until the mask is there; of these the ones that were sent before. */
  bytes: { all: number; again: number }
  /** Milliseconds from the choice of another sample to its mask. */
  warm: number
  /** With what the browser has kept. */
  second: Visit
}

export async function visit(browser: Browser, server: CountingServer): Promise<Visits> {
  const context = await browser.newContext()
  try {
    const page = await context.newPage()
    server.sent()
    const first = await open(page, `${server.base}#sample=${FIRST}`)
    const bytes = server.sent()
    const warm = await page.evaluate(async (sample) => {
      const start = performance.now()
      const app = document.querySelector<HTMLElement>('.app')!
      const turns = (state: string) => {
        if (app.dataset['ready'] === state) return Promise.resolve()
        return new Promise<void>((resolve) => {
          const observer = new MutationObserver(() => {
            if (app.dataset['ready'] !== state) return
            observer.disconnect()
            resolve()
          })
          observer.observe(app, { attributes: true })
        })
      }
      location.hash = `sample=${sample}`
      await turns('no')
      await turns('yes')
      return performance.now() - start
    }, SECOND)
    await page.goto('about:blank')
    return { first, bytes, warm, second: await open(page, `${server.base}#sample=${FIRST}`) }
  } finally {
    await context.close()
  }
}

async function open(page: Page, address: string): Promise<Visit> {
  await page.goto(address)
  const mask = await page.waitForFunction(
    () => document.querySelector<HTMLElement>('.app')?.dataset['ready'] === 'yes' && performance.now(),
    undefined,
    { polling: 'raf', timeout: PATIENCE },
  )
  const paint = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN)
  return { paint, mask: Number(await mask.jsonValue()) }
}
