/** @file What a file's pages are together: images of one or several pages, and a stack of them. */
import type { Spacing } from '../../spacing.ts'
import type { Page } from './page.ts'

/** A page, or a picture that follows a page's own without a directory of its own (ImageJ). */
export interface Plane {
  page: Page
  plane?: number
}

/** An image: its channels' planes, and what is said of it. */
export interface Plan {
  name?: string
  /** One, or one for each channel (or group of channels) in their order. */
  planes: Plane[]
  /** Names of all channels where they are measurements. */
  channelNames?: readonly string[]
  /** Where the file's description tells it; else the page's own counts. */
  spacing?: Spacing
  window?: readonly [black: number, white: number]
  /** Pages that hold the same in smaller, the largest first, in place of SubIFDs. */
  smaller?: Page[]
  others?: Readonly<Record<string, string | number>>
}

/** All images of a file. */
export interface Plans {
  images: Plan[]
  /** Those that lie behind each other, where the file says that some do. */
  stack?: { images: Plan[]; spacing: number | undefined; notes: string[] }
  notes: string[]
}
