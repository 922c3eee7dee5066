/**
 * @file Reading the pixels of a page, or of a part of it: the chunks that it covers, one after
 * another, decoded and put in their place.
 */
import type { Decoded } from '../../format.ts'
import type { Part, Region } from '../../part-of.ts'
import type { Samples } from '../../raster.ts'
import type { Chunk, ChunkCache } from './cache.ts'
import { decodeChunk, type OpenPage } from './chunk.ts'
import { readGrid } from './chunks.ts'
import { codecOf } from './codecs.ts'
import { inOrder } from './in-order.ts'
import { checkBytes, checkChannels, checkCount, checkRegion } from './limits.ts'
import { type Model, modelOf } from './model.ts'
import type { Page } from './page.ts'

type Make = new (length: number) => Samples

/** Pixels of a place in the grid, with the image's channels. */
interface Cell {
  data: Samples
  /** Pixels of a row, and rows. */
  width: number
  rows: number
  channels: number
}

/** Reads the pixels of a page. */
export class PageReader {
  readonly page: Page
  readonly #cache: ChunkCache
  readonly #plane: number
  #opened: Promise<OpenPage> | undefined

  /** @param plane which of the pictures that follow the page's own without directories (ImageJ) */
  constructor(page: Page, cache: ChunkCache, plane = 0) {
    this.page = page
    this.#cache = cache
    this.#plane = plane
  }

  /**
   * What becomes of its samples.
   * @throws AdzusError for kinds of pages that are not read
   */
  model(): Promise<Model> {
    return modelOf(this.page)
  }

  /**
   * The pixels of a part.
   * @throws AdzusError for parts that lie outside, for what would take too much memory, and for
   *   data that are damaged or missing
   */
  async read({ region, channels }: Part): Promise<Decoded> {
    const { page } = this
    this.#opened ??= this.#open()
    const open = await this.#opened
    const { grid, model } = open
    const { where } = page.directory.ranges
    const area = region ?? { x: 0, y: 0, width: page.width, height: page.height }
    checkRegion(area, page, where)
    const wanted = channels ?? Array.from({ length: model.channels }, (_, c) => c)
    checkChannels(wanted, model, where)
    const { width, height } = area
    const bytes = width * height * wanted.length * model.make.BYTES_PER_ELEMENT
    const chunk = grid.width * grid.height * (page.planar ? 1 : page.samples) * model.stored.BYTES_PER_ELEMENT
    for (const most of [bytes, chunk]) checkBytes(most, grid.bytes, where)
    const notes = new Set(model.notes)
    if (grid.missing > 0) notes.add(`${grid.missing} of its ${page.tiled ? 'tiles' : 'strips'} are missing: their pixels are 0`)
    const data = new model.make(width * height * wanted.length)
    await this.#fill(open, { data, area, wanted, notes, keep: region !== undefined })
    const channelNames = model.channelNames && wanted.map((c) => model.channelNames![c])
    return { width, height, channels: wanted.length, data, channelNames, orientation: page.orientation, notes: [...notes] }
  }

  async #open(): Promise<OpenPage> {
    const { page } = this
    return { page, model: await this.model(), codec: await codecOf(page), grid: await readGrid(page, this.#plane) }
  }

  async #fill(open: OpenPage, { data, area, wanted, notes, keep }: Filling): Promise<void> {
    const { page, grid, model } = open
    // Planes that nobody wants are not read, where each is a channel of its own.
    const apart = page.planar && !model.convert
    const planes = !page.planar ? [0] : apart ? wanted.map((c) => model.take[c]) : model.take
    const channels = apart ? wanted.map((_, i) => i) : wanted
    const [left, right] = [area.x, area.x + area.width - 1].map((x) => Math.floor(x / grid.width))
    const [top, bottom] = [area.y, area.y + area.height - 1].map((y) => grid.rowAt(y))
    checkCount((right - left + 1) * (bottom - top + 1) * planes.length, page)
    const jobs = function* () {
      for (let row = top; row <= bottom; row++)
        for (let column = left; column <= right; column++) {
          const at = row * grid.across + column
          const indices = planes.map((plane) => plane * grid.perPlane + at)
          if (indices.some((index) => grid.place(index))) yield { row, column, indices }
        }
    }
    await inOrder(
      jobs(),
      ({ indices }) => Promise.all(indices.map((index) => this.#stored(open, index))),
      async ({ row, column, indices }, stored) => {
        const band = grid.band(row)
        const x = column * grid.width
        const need = { columns: Math.min(grid.width, page.width - x), rows: band.rows }
        const chunks: (Chunk | undefined)[] = []
        for (const [i, bytes] of stored.entries()) {
          const chunk = bytes instanceof Uint8Array ? await decodeChunk(open, bytes, need) : bytes
          if (keep && chunk) this.#cache.put(this.#nameOf(indices[i]), chunk)
          for (const note of chunk?.notes ?? []) notes.add(note)
          chunks.push(chunk)
        }
        place(cellOf(open, chunks, need), { x, y: band.y, width: need.columns, height: need.rows }, channels, data, area)
      },
    )
  }

  #nameOf(index: number): string {
    return `${this.page.directory.at} ${this.#plane} ${index}`
  }

  /** A chunk as it was decoded before, or its bytes; nothing where the file does not have it. */
  async #stored({ page, grid }: OpenPage, index: number): Promise<Chunk | Uint8Array | undefined> {
    const known = this.#cache.get(this.#nameOf(index))
    if (known) return known
    const at = grid.place(index)
    return at && page.directory.ranges.read(at.offset, at.length, `${page.tiled ? 'a tile' : 'a strip'} of page ${page.number}`)
  }
}

/** What is to be filled with pixels. */
interface Filling {
  data: Samples
  area: Region
  wanted: readonly number[]
  notes: Set<string>
  /** Whether chunks are kept for the next part. */
  keep: boolean
}

/** The pixels of a place, of all its planes, as the image has them. */
function cellOf({ page, model }: OpenPage, chunks: readonly (Chunk | undefined)[], need: { columns: number; rows: number }): Cell {
  const cell = page.planar ? interleaved(chunks, need) : picked(chunks[0]!, model.take)
  if (!model.convert) return cell
  const data = model.convert(cell.data)
  return { ...cell, data, channels: data.length / (cell.width * cell.rows) }
}

function interleaved(chunks: readonly (Chunk | undefined)[], { columns, rows }: { columns: number; rows: number }): Cell {
  const channels = chunks.length
  const make = chunks.find((chunk) => chunk !== undefined)!.data.constructor as Make
  const data = new make(columns * rows * channels)
  for (const [c, chunk] of chunks.entries()) {
    if (!chunk) continue
    for (let y = 0, to = c; y < rows; y++)
      for (let x = 0, from = y * chunk.width; x < columns; x++, to += channels) data[to] = chunk.data[from++]
  }
  return { data, width: columns, rows, channels }
}

/** The samples that are taken. */
function picked({ data, width, rows, samples }: Chunk, take: readonly number[]): Cell {
  if (take.length === samples) return { data, width, rows, channels: samples }
  const out = new (data.constructor as Make)(width * rows * take.length)
  for (let from = 0, to = 0; to < out.length; from += samples) for (const c of take) out[to++] = data[from + c]
  return { data: out, width, rows, channels: take.length }
}

/** Puts those pixels of a cell in their place that lie in the area. */
function place(cell: Cell, at: Region, wanted: readonly number[], data: Samples, area: Region): void {
  const { channels } = cell
  const [x0, x1] = [Math.max(at.x, area.x), Math.min(at.x + at.width, area.x + area.width)]
  const [y0, y1] = [Math.max(at.y, area.y), Math.min(at.y + at.height, area.y + area.height)]
  const all = wanted.length === channels && wanted.every((c, i) => c === i)
  for (let y = y0; y < y1; y++) {
    let to = ((y - area.y) * area.width + x0 - area.x) * wanted.length
    let from = ((y - at.y) * cell.width + x0 - at.x) * channels
    if (all) data.set(cell.data.subarray(from, from + (x1 - x0) * channels), to)
    else for (let x = x0; x < x1; x++, from += channels) for (const c of wanted) data[to++] = cell.data[from + c]
  }
}
