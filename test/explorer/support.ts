/** @file The built explorer in Chromium. */
import assert from 'node:assert/strict'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { findBrowser } from '../support/page.ts'
import { ISOLATION, serveFolder } from '../support/static-server.ts'
import { BUILT } from './build.ts'

export const SMEAR = 'data/bccd/images/BloodImage_00163.jpg'

export const DESKTOP = { width: 1280, height: 900 }
export const PHONE = { width: 360, height: 740 }

export interface Opening {
  /** With the headers for threads (default: true). */
  isolated?: boolean
  /** With the software adapter SwiftShader (default: false, no WebGPU at all). */
  webgpu?: boolean
  size?: { width: number; height: number }
  /** Lets the page register its service worker (default: false). */
  serviceWorker?: boolean
  /** Further arguments of the browser. */
  args?: string[]
  /** A folder that is served instead of the built explorer. */
  folder?: string
  /** Of the page below the folder; ends with a slash. */
  path?: string
  /** Works on the context before the page opens. */
  prepare?(context: BrowserContext): Promise<unknown>
  /** Of the address, without `#`. */
  hash?: string
  /** Forced colours, motion and theme, as playwright names them. */
  colorScheme?: 'dark' | 'light'
  reducedMotion?: 'reduce'
}

export interface Opened {
  page: Page
  browser: Browser
  base: string
  /** Messages of errors that nobody caught. */
  errors: string[]
  close(): Promise<void>
}

const WEBGPU = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--disable-gpu-sandbox']

/** Opens the explorer; `close` it. */
export async function openExplorer(opening: Opening = {}): Promise<Opened> {
  const { isolated = true, webgpu = false, size = DESKTOP, hash = '', ...rest } = opening
  const { serviceWorker = false, args = [], folder = BUILT, path = '', prepare, ...media } = rest
  const chromium = await findBrowser()
  assert.ok(typeof chromium !== 'string', `${chromium}`)
  const server = await serveFolder(folder, isolated ? ISOLATION : {})
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', ...(webgpu ? WEBGPU : ['--disable-features=WebGPU']), ...args],
  })
  const serviceWorkers = serviceWorker ? 'allow' : 'block'
  const context = await browser.newContext({ viewport: size, serviceWorkers, ...media })
  await prepare?.(context)
  const page = await context.newPage()
  const errors: string[] = []
  page.on('pageerror', ({ message }) => errors.push(message))
  const base = `${server.base}${path}`
  await page.goto(`${base}#${hash}`)
  const close = async () => {
    await browser.close()
    server.close()
  }
  return { page, browser, base, errors, close }
}

/** Opens it, works with it, closes it, and demands that nothing failed unseen. */
export async function withExplorer<T>(opening: Opening, work: (opened: Opened) => Promise<T>): Promise<T> {
  const opened = await openExplorer(opening)
  try {
    const result = await work(opened)
    assert.deepEqual(opened.errors, [])
    return result
  } finally {
    await opened.close()
  }
}

/** Waits until a picture has its segments and mask; fails with what the page says went wrong. */
export async function resultOf(page: Page): Promise<void> {
  await page.waitForFunction(
    () => {
      const fault = document.querySelector<HTMLElement>('.report .fault')
      return (fault && !fault.hidden) || document.querySelector('.app')?.getAttribute('data-ready') === 'yes'
    },
    undefined,
    { timeout: 240_000 },
  )
  const fault = page.locator('.report .fault')
  assert.equal(await fault.isVisible(), false, (await fault.textContent()) ?? '')
}

/** Chooses a file of the disk, as the panel Try offers, and waits for its result. */
export async function openPicture(page: Page, file: string): Promise<void> {
  await openPanel(page, 'Try')
  await page.locator('input[type=file]').first().setInputFiles(file)
  await resultOf(page)
}

/** Presses the tab of a panel. */
export async function openPanel(page: Page, name: string): Promise<void> {
  await page.getByRole('tab', { name, exact: true }).click()
}

/** Whether a pixel of a layer's canvas is painted: row by row. */
export function paintedOf(page: Page, layer: string): Promise<boolean[]> {
  return page.evaluate((name) => {
    const canvas = document.querySelector<HTMLCanvasElement>(`canvas.${name}`)!
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
    return Array.from({ length: canvas.width * canvas.height }, (_, i) => data[4 * i + 3] > 0)
  }, layer)
}

/** What the page says went wrong; waits for it. */
export async function faultOf(page: Page): Promise<string> {
  await page.locator('.fault').waitFor({ state: 'visible', timeout: 120_000 })
  return (await page.locator('.fault').textContent()) ?? ''
}

/** Forgets that there is a result, before something is asked whose own result is waited for. */
export function unready(page: Page): Promise<void> {
  return page.locator('.app').evaluate((app: HTMLElement) => {
    app.dataset['ready'] = 'no'
  })
}

/** Chooses a file; what it becomes is for `resultOf` or `faultOf`. */
export async function chooseFile(page: Page, path: string): Promise<void> {
  await unready(page)
  await page.locator('input#file').setInputFiles(path)
}

/** Chooses a file of the disk as the picture. */
export async function choosePicture(page: Page, path: string): Promise<void> {
  await openPanel(page, 'Try')
  await page.locator('input[type=file]').first().setInputFiles(path)
}
