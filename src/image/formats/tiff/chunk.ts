/** @file A chunk's samples: compression, predictors and packing undone. */
import type { Chunk } from './cache.ts'
import { type Grid, rowBytesOf } from './chunks.ts'
import type { Codec } from './codecs.ts'
import { spreadYcc, yccRowBytes } from './colours.ts'
import { brokenTiff, unreadTiff } from './errors.ts'
import type { Model } from './model.ts'
import { compressionName, type Page, typeOf } from './page.ts'
import { undoDifferences, undoFloats } from './predictors.ts'
import { unpack } from './samples.ts'

/** A page whose chunks are read. */
export interface OpenPage {
  page: Page
  grid: Grid
  model: Model
  codec: Codec
}

/** Of which pixels a chunk is needed: as many of its columns and rows as lie within the page. */
export interface Need {
  columns: number
  rows: number
}

/** @throws AdzusError for data that are damaged, or too few */
export async function decodeChunk({ page, grid, model, codec }: OpenPage, stored: Uint8Array, need: Need): Promise<Chunk> {
  const { where } = page.directory.ranges
  const { subsampling } = model
  const { width } = grid
  const samples = page.planar ? 1 : page.samples
  const unitRows = subsampling?.[1] ?? 1
  const rowBytes = subsampling ? yccRowBytes(width, subsampling) : rowBytesOf(page, width)
  const bytes = rowBytes * Math.ceil(grid.height / unitRows)
  const opened = await codec.open(stored, { width, height: grid.height, bytes })
  if ('pixels' in opened) {
    const { pixels } = opened
    const fits = pixels.channels === samples && pixels.width >= need.columns && pixels.height >= need.rows
    const same = pixels.data instanceof model.stored
    if (!fits || !same)
      throw brokenTiff(
        where,
        `${compressionName(page.compression)} of ${pixels.width} × ${pixels.height} pixels of ${pixels.channels} samples in a chunk of ${need.columns} × ${need.rows} pixels of ${samples} samples (${typeOf(page)})`,
      )
    return { data: pixels.data, width: pixels.width, rows: pixels.height, samples, notes: pixels.notes }
  }
  const needed = rowBytes * Math.ceil(need.rows / unitRows)
  if (opened.rows.length < needed)
    throw brokenTiff(where, `too little data: ${opened.rows.length} bytes of ${needed} in a chunk of page ${page.number}`)
  const rows = opened.rows.subarray(0, needed)
  if (subsampling) return { data: spreadYcc(rows, width, need.rows, subsampling), width, rows: need.rows, samples, notes: [] }
  const unpredicted = withoutPredictor(page, rows, { width, rowBytes, samples })
  const { bits, kind } = page
  const { data, rounded } = unpack(unpredicted, need.rows, width * samples, { bits, kind, little: page.directory.little })
  const notes = rounded ? [`its samples (${typeOf(page)}) became 32-bit floats, which hold 24 bits of a number`] : []
  return { data, width, rows: need.rows, samples, notes }
}

function withoutPredictor(page: Page, bytes: Uint8Array, row: { width: number; rowBytes: number; samples: number }): Uint8Array {
  const { predictor, bits, kind, directory } = page
  const { where } = directory.ranges
  const rows = { bytes, ...row, bits, little: directory.little }
  // Nothing is predicted without compression.
  if (predictor === 1 || page.compression === 1) return bytes
  if (predictor === 2 && [8, 16, 32, 64].includes(bits)) {
    undoDifferences(rows)
    return bytes
  }
  if (predictor === 3 && kind === 'float') return undoFloats(rows)
  throw unreadTiff(where, `one with predictor ${predictor} for samples of ${typeOf(page)}`)
}
