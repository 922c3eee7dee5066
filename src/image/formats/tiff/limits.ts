/** @file What of a page can be read, before memory is asked for. */
import { check } from '../../../errors.ts'
import type { Region } from '../../part-of.ts'
import { brokenTiff } from './errors.ts'
import type { Model } from './model.ts'
import type { Page } from './page.ts'

/** The most bytes of an image or a chunk; and of those that are made of few. */
const MAX_BYTES = 2 ** 31
const MAX_OF_FEW = 2 ** 26
/** So many bytes may become of one: pictures that are worth reading are compressed less. */
const MAX_EXPANSION = 2 ** 14

/** Tiles or strips of a part; more would be a pixel or two each. */
const MAX_CHUNKS = 2 ** 22

/** Fails for a region that does not lie within the page. */
export function checkRegion({ x, y, width, height }: Region, page: Page, where: string): void {
  const whole = [x, y, width, height].every(Number.isInteger)
  check(whole && x >= 0 && y >= 0 && width > 0 && height > 0 && x + width <= page.width && y + height <= page.height, () => ({
    what: 'image: region',
    where,
    expected: `whole pixels within ${page.width} × ${page.height}`,
    got: `${width} × ${height} at ${x}, ${y}`,
  }))
}

/** Fails for channels that the page's image does not have. */
export function checkChannels(wanted: readonly number[], model: Model, where: string): void {
  check(wanted.length > 0 && wanted.every((c) => Number.isInteger(c) && c >= 0 && c < model.channels), () => ({
    what: 'image: channels',
    where,
    expected: model.channels === 1 ? 'channel 0' : `channels from 0 to ${model.channels - 1}`,
    got: wanted.length === 0 ? 'none' : wanted.join(', '),
  }))
}

/** Fails before memory is asked for that is too much, or that so few bytes are not worth. */
export function checkBytes(bytes: number, stored: number, where: string): void {
  if (bytes > MAX_OF_FEW + stored * MAX_EXPANSION) throw brokenTiff(where, `pixels of ${bytes} bytes out of ${stored}`)
  check(bytes <= MAX_BYTES, () => ({
    what: 'image: size',
    where,
    expected: `pixels of at most ${MAX_BYTES / 2 ** 30} GiB`,
    got: `${(bytes / 2 ** 30).toFixed(1)} GiB`,
    hint: 'Take a region of it, or some of its channels.',
  }))
}

/** Fails for so many tiles or strips that finding them takes longer than anybody waits. */
export function checkCount(chunks: number, { directory, number, tiled }: Page): void {
  if (chunks > MAX_CHUNKS) throw brokenTiff(directory.ranges.where, `page ${number} of ${chunks} ${tiled ? 'tiles' : 'strips'}`)
}
