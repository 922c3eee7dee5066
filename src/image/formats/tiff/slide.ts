/**
 * @file Slides and pyramids: which pages are the same picture in smaller. Slides also hold
 * thumbnails, overviews and labels; these are left out (a label may name a patient), as is all that
 * their descriptions tell but magnification and the size of a pixel.
 */
import type { Spacing } from '../../spacing.ts'
import type { Page } from './page.ts'
import type { Plan } from './plan.ts'
import { TAG } from './tags.ts'

/** So much of a description is looked at, and of so many pages. */
const DESCRIPTION = 16 * 1024
const LOOKED_AT = 8
/** A level is smaller than the one before by a half at least, about. */
const LEAST_STEP = 1.8
/** A pixel of more millimetres is no slide's. */
const MAX_MM = 1

/** The one image of a slide with its levels; nothing where the file is none. */
export async function readSlide(pages: readonly Page[]): Promise<Plan | undefined> {
  const maker = await makerOf(pages)
  if (!maker) return undefined
  const candidates = pages.filter(({ tiled }) => tiled)
  const [base, ...others] = (candidates.length > 0 ? candidates : [...pages]).sort((a, b) => b.width * b.height - a.width * a.height)
  const smaller = levelsOf(base, others)
  const description = await base.directory.text(TAG.description, DESCRIPTION)
  const told = numbersOf(description ?? '')
  const lens = await base.directory.number(TAG.sourceLens)
  const magnification = told.magnification ?? (lens !== undefined && lens > 0 ? lens : undefined)
  const spacing: Spacing | undefined = told.pixel === undefined ? undefined : { x: told.pixel, y: told.pixel, unit: 'mm' }
  return { planes: [{ page: base }], smaller, spacing, others: { slide: maker, ...(magnification && { magnification }) } }
}

/** Whose slide it is. */
async function makerOf(pages: readonly Page[]): Promise<string | undefined> {
  for (const { directory } of pages.slice(0, LOOKED_AT)) {
    if (directory.has(TAG.sourceLens)) return 'Hamamatsu'
    const description = (await directory.text(TAG.description, DESCRIPTION)) ?? ''
    if (description.startsWith('Aperio')) return 'Aperio'
    if (/\blevel\s?=\s?\d+ mag\s?=\s?\d/.test(description)) return 'Ventana'
    if (description.includes('DPUfsImport')) return 'Philips'
  }
  return undefined
}

/** Aperio's `|AppMag = 20|MPP = 0.4990|`, MPP being micrometres a pixel. */
function numbersOf(description: string): { magnification?: number; pixel?: number } {
  const number = (name: string) => {
    const value = Number(new RegExp(`\\|\\s*${name}\\s*=\\s*([\\d.]{1,20})\\s*(?:\\||$)`).exec(description)?.[1] ?? Number.NaN)
    return value > 0 && Number.isFinite(value) ? value : undefined
  }
  const micrometres = number('MPP')
  const pixel = micrometres !== undefined && micrometres / 1000 <= MAX_MM ? micrometres / 1000 : undefined
  return { magnification: number('AppMag'), pixel }
}

/** Those of other pages that are the same picture in smaller, the largest first. */
export function levelsOf(base: Page, others: readonly Page[]): Page[] {
  const levels: Page[] = []
  for (const page of [...others].sort((a, b) => b.width - a.width)) if (isLevel(page, levels.at(-1) ?? base)) levels.push(page)
  return levels
}

/** Whether a page is another one in smaller: by its sides, kind of samples and colours. */
export function isLevel(page: Page, larger: Page): boolean {
  const [across, down] = [larger.width / page.width, larger.height / page.height]
  // Sides are rounded, up or down.
  const tolerance = 0.02 + 2 / page.width + 2 / page.height
  return (
    across >= LEAST_STEP &&
    down >= LEAST_STEP &&
    Math.abs(across / down - 1) <= tolerance &&
    page.samples === larger.samples &&
    page.bits === larger.bits &&
    page.kind === larger.kind
  )
}
