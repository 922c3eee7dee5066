/**
 * @file A region of a slide at the size of pixels that is wanted, read box by box: of the levels
 * the coarsest that is fine enough is read, and its pixels are averaged into larger ones. Boxes
 * that lie beside each other fit together.
 */
import { AdzusError, check } from '../../errors.ts'
import type { Region } from '../../image/part-of.ts'
import type { RgbRaster } from '../../image/raster.ts'
import type { Size } from '../../pixels/bilinear.ts'
import type { Box } from '../../pixels/mask.ts'
import { resample, sizeWithin } from '../../pixels/shrink.ts'
import type { Level, Slide } from './slide.ts'

/** Levels are made by rounding sizes: one is fine enough that is too coarse by less than this. */
const SLACK = 1 + 1e-3
/** Pixels a side that are read at once where a small picture is made of a large one. */
const BLOCK = 2048
/** Pixels of a result at most: its runs and counters are numbered with 32 bits a row. */
const MOST_PIXELS = 2 ** 34
const LEAST_SIDE = 8

export class Excerpt {
  readonly width: number
  readonly height: number
  /** What it shows, in pixels at full resolution. */
  readonly region: Region
  /** Pixels at full resolution that one of its pixels covers. */
  readonly scale: readonly [x: number, y: number]
  readonly #slide: Slide
  readonly #level: Level
  /** Pixels of the level that one of its pixels covers, and where the first one begins. */
  readonly #steps: readonly [x: number, y: number]
  readonly #origin: readonly [x: number, y: number]

  constructor(slide: Slide, region: Region, { width, height }: Size) {
    this.#slide = slide
    this.region = region
    this.width = width
    this.height = height
    this.scale = [region.width / width, region.height / height]
    const covered = (level: Level) => [slide.width / level.width, slide.height / level.height] as const
    const fits = (level: Level) => covered(level).every((pixels, axis) => pixels <= this.scale[axis] * SLACK)
    this.#level = slide.levels.findLast(fits) ?? slide.levels[0]
    const [x, y] = covered(this.#level)
    this.#steps = [this.scale[0] / x, this.scale[1] / y]
    this.#origin = [region.x / x, region.y / y]
  }

  /** The same region with a longer side of at most `most` pixels. */
  within(most: number): Excerpt {
    return new Excerpt(this.#slide, this.region, sizeWithin(this, most))
  }

  /** A part of it. */
  async read({ x, y, width, height }: Box): Promise<RgbRaster> {
    const across = this.#stretch(0, x, width)
    const down = this.#stretch(1, y, height)
    const part = await this.#level.read({ x: across.first, y: down.first, width: across.length, height: down.length })
    const isPlain = part.width === width && part.height === height && across.start % 1 === 0 && down.start % 1 === 0
    const picture = isPlain ? part : resample(part, { ...across, count: width }, { ...down, count: height })
    return { ...picture }
  }

  /** All of it, for small ones: read block by block. */
  async readAll(signal?: { throwIfAborted(): void }): Promise<RgbRaster> {
    const { width, height } = this
    const [columns, rows] = this.#steps.map((step) => Math.max(1, Math.floor(BLOCK / step)))
    const data = new Uint8Array(3 * width * height)
    for (let y = 0; y < height; y += rows)
      for (let x = 0; x < width; x += columns) {
        signal?.throwIfAborted()
        const box = { x, y, width: Math.min(columns, width - x), height: Math.min(rows, height - y) }
        const part = await this.read(box)
        for (let row = 0; row < box.height; row++)
          data.set(part.data.subarray(3 * row * box.width, 3 * (row + 1) * box.width), 3 * ((y + row) * width + x))
      }
    return { width, height, data }
  }

  /** Which pixels of the level are read for some of its own, and where these lie among them. */
  #stretch(axis: 0 | 1, from: number, count: number): { first: number; length: number; start: number; step: number } {
    const [step, origin] = [this.#steps[axis], this.#origin[axis]]
    const size = axis === 0 ? this.#level.width : this.#level.height
    const [start, end] = [origin + from * step, origin + (from + count) * step]
    const first = Math.min(size - 1, Math.max(0, Math.floor(start + 1e-6)))
    const last = Math.min(size, Math.max(first + 1, Math.ceil(end - 1e-6)))
    return { first, length: last - first, start: Math.max(0, start - first), step: (Math.min(end, last) - Math.max(start, first)) / count }
  }
}

/** What is wanted of a slide. */
export interface Wanted {
  /** In pixels at full resolution; the whole by default. */
  region?: Region
  /** Micrometres a pixel; as fine as the file by default. */
  mpp?: number
}

/**
 * @param where names the picture in errors
 * @throws AdzusError for a region that is not within the picture, sizes of pixels that the file
 *   does not tell or is too coarse for, and results that are too small or too large
 */
export function excerptOf(slide: Slide, { region, mpp }: Wanted, where: string): Excerpt {
  const whole = { x: 0, y: 0, width: slide.width, height: slide.height }
  const chosen = region ?? whole
  const { x, y, width, height } = chosen
  check(x + width <= whole.width && y + height <= whole.height, () => ({
    what: 'image: region',
    where,
    expected: `a region within ${whole.width} × ${whole.height} pixels`,
    got: `x ${x} to ${x + width}, y ${y} to ${y + height}`,
  }))
  const size = mpp === undefined ? chosen : sizeAt(slide, chosen, mpp, where)
  const excerpt = new Excerpt(slide, chosen, size)
  check(Math.min(size.width, size.height) >= LEAST_SIDE && size.width * size.height <= MOST_PIXELS, () => ({
    what: 'image: size',
    where,
    expected: `sides of ${LEAST_SIDE} pixels or more and at most 2^34 pixels`,
    got: `${size.width} × ${size.height}`,
    hint: 'Choose another region, or other micrometres a pixel.',
  }))
  return excerpt
}

/** The region's size with so many micrometres a pixel. */
function sizeAt({ spacing }: Slide, region: Region, mpp: number, where: string): Size {
  if (!spacing)
    throw new AdzusError({
      what: 'image: mpp',
      where,
      expected: 'a file that tells the size of its pixels',
      got: 'one that does not',
      hint: 'Leave out the micrometres a pixel.',
    })
  const [x, y] = [1000 * spacing.x, 1000 * spacing.y]
  check(mpp * SLACK >= Math.max(x, y), () => ({
    what: 'image: mpp',
    where,
    expected: `${Number(Math.max(x, y).toPrecision(4))} micrometres a pixel or more, as fine as the file is`,
    got: `${mpp}`,
  }))
  return { width: Math.max(1, Math.round((region.width * x) / mpp)), height: Math.max(1, Math.round((region.height * y) / mpp)) }
}
