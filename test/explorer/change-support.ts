/** @file What tests of the panel Change compare the page with: the library's answers in Node, on the same sample. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { Adzus, type Question, type Segmentation, type SegmentOptions } from 'adzus'
import type { Page } from 'playwright-core'
import { resultOf } from './support.ts'

export const SAMPLE = 'blood'
/** The address of the panel with that sample. */
export const CHANGE = `panel=change&sample=${SAMPLE}`

/** Answers of the library in Node. */
export interface Library {
  adzus: Adzus
  ask(question: Question, options?: SegmentOptions): Promise<Segmentation>
  close(): Promise<void>
}

export async function openLibrary(): Promise<Library> {
  const adzus = await Adzus.load(undefined, { backend: 'cpu' })
  const bytes = await readFile(`explorer/samples/${SAMPLE}.jpg`)
  const views = new Map<string, ReturnType<Adzus['look']>>()
  return {
    adzus,
    async ask(question, options = {}) {
      const key = JSON.stringify(options)
      const view = views.get(key) ?? adzus.look(bytes, options)
      views.set(key, view)
      return (await view).segment(question)
    },
    async close() {
      for (const view of views.values()) await (await view).dispose()
      await adzus.dispose()
    },
  }
}

/** Regions as numbers in the order in which they are met: the same for the same regions, whatever they are called. */
export function regionsOf(labels: ArrayLike<number>): number[] {
  const met = new Map<number, number>()
  return Array.from(labels, (label) => {
    const known = met.get(label)
    if (known !== undefined) return known
    met.set(label, met.size)
    return met.size - 1
  })
}

/** The regions that are painted on the stage. */
export async function paintedRegions(page: Page): Promise<number[]> {
  const colours = await page.evaluate(() => {
    const canvas = document.querySelector<HTMLCanvasElement>('canvas.segments')!
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
    return Array.from({ length: canvas.width * canvas.height }, (_, i) => (data[4 * i] << 16) | (data[4 * i + 1] << 8) | data[4 * i + 2])
  })
  return regionsOf(colours)
}

/** How many of two lists' entries are the same, 0 to 1. */
export function agreement(a: ArrayLike<number>, b: ArrayLike<number>): number {
  assert.equal(a.length, b.length)
  let same = 0
  for (let i = 0; i < a.length; i++) if (a[i] === b[i]) same++
  return same / a.length
}

/** Settings as the address holds them, once it has followed. */
export async function addressOf(page: Page): Promise<{ question: Question; look: SegmentOptions; kept: Record<string, unknown> }> {
  // The address follows some moments later than the picture.
  await page.waitForTimeout(400)
  const parameters = new URLSearchParams(new URL(page.url()).hash.slice(1))
  const of = (name: string) => JSON.parse(parameters.get(name) ?? '{}')
  return { question: of('question'), look: of('look'), kept: of('kept') }
}

/** Opens a part of the panel, unless it is open. */
export async function openPart(page: Page, name: string): Promise<void> {
  const part = page.locator(`#change-${name}-part`)
  if ((await part.getAttribute('open')) === null) await part.locator('> summary').click()
}

/** Waits for the picture of a link, and has its segments shown. */
export async function sampleOf(page: Page): Promise<void> {
  await resultOf(page)
  await page.locator('#show-segments').check()
}
