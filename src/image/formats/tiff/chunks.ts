/**
 * @file Where a page's pixels lie: its strips or tiles (TIFF 6.0, section 15), as a grid of chunks.
 *
 * Strips of pixels that are not compressed are cut into smaller ones, so that a part of a page with
 * a single strip of gigabytes is read alone.
 */

import { brokenTiff } from './errors.ts'
import { type Page, PHOTOMETRIC } from './page.ts'
import { TAG } from './tags.ts'

/** About so many bytes of a strip that is not compressed are read at a time. */
const PIECE = 2 ** 20

/** A row of the grid: which rows of the page it covers. */
export interface Band {
  y: number
  rows: number
}

/** Where a chunk lies in the file. */
export interface Place {
  offset: number
  length: number
}

/** A page's grid of chunks; those of further planes follow those of the first. */
export interface Grid {
  /** Pixels of a chunk across, and rows of a chunk as it is stored. */
  readonly width: number
  readonly height: number
  /** Chunks in a row and in a plane. */
  readonly across: number
  readonly perPlane: number
  /** The bytes that are stored, of all chunks. */
  readonly bytes: number
  /** How many chunks the file does not say the place of. */
  readonly missing: number
  /** The row of the grid in which a row of the page lies. */
  rowAt(y: number): number
  band(row: number): Band
  /** Nothing for a chunk that the file does not have: its samples are 0. */
  place(index: number): Place | undefined
}

/** Bytes of a row of a chunk before compression. */
export function rowBytesOf(page: Page, width: number): number {
  return Math.ceil((width * (page.planar ? 1 : page.samples) * page.bits) / 8)
}

/**
 * Reads where the chunks lie.
 * @param plane the number of a picture that follows the page's own without a directory (ImageJ)
 * @throws AdzusError for a page without pixels
 */
export async function readGrid(page: Page, plane = 0): Promise<Grid> {
  const { directory, tiled, number, height } = page
  const { where, size } = directory.ranges
  const [offsetTag, lengthTag] = tiled ? [TAG.tileOffsets, TAG.tileBytes] : [TAG.stripOffsets, TAG.stripBytes]
  // Some writers name tiles as strips.
  const offsets = await directory.numbers(directory.has(offsetTag) ? offsetTag : TAG.stripOffsets)
  const lengths = await directory.numbers(directory.has(lengthTag) ? lengthTag : TAG.stripBytes)
  if (offsets.length === 0) throw brokenTiff(where, `page ${number} without pixels`)
  const plain = page.compression === 1 && !tiled && page.photometric !== PHOTOMETRIC.ycc
  if (plane > 0) return plainGrid(page, height, [offsets[0] + plane * height * rowBytesOf(page, page.width)], size)
  if (plain) return plainGrid(page, page.chunkHeight, offsets, size)
  return chunkGrid(page, offsets, lengths, size)
}

/** Strips that are not compressed, in pieces of a few rows, which tell their lengths. */
function plainGrid(page: Page, stripRows: number, offsets: ArrayLike<number>, size: number): Grid {
  const { width, height } = page
  const rowBytes = rowBytesOf(page, width)
  const rows = Math.min(stripRows, Math.max(1, Math.floor(PIECE / rowBytes)))
  const pieces = Math.ceil(stripRows / rows)
  const strips = Math.ceil(height / stripRows)
  const band = (row: number): Band => {
    const y = Math.floor(row / pieces) * stripRows + (row % pieces) * rows
    return { y, rows: Math.min(rows, stripRows - (row % pieces) * rows, height - y) }
  }
  const perPlane = strips * pieces
  return {
    width,
    height: rows,
    across: 1,
    perPlane,
    bytes: Math.min(size, height * rowBytes * (page.planar ? page.samples : 1)),
    missing: missingOf(page, offsets, strips, undefined),
    rowAt: (y) => Math.floor(y / stripRows) * pieces + Math.floor((y % stripRows) / rows),
    band,
    place(index) {
      const row = index % perPlane
      const strip = Math.floor(index / perPlane) * strips + Math.floor(row / pieces)
      const length = band(row).rows * rowBytes
      return length > 0 && offsets[strip] > 0 ? { offset: offsets[strip] + (row % pieces) * rows * rowBytes, length } : undefined
    },
  }
}

function chunkGrid(page: Page, offsets: ArrayLike<number>, lengths: ArrayLike<number>, size: number): Grid {
  const { width, height, chunkWidth, chunkHeight } = page
  const across = Math.ceil(width / chunkWidth)
  const perPlane = across * Math.ceil(height / chunkHeight)
  let bytes = 0
  for (let i = 0; i < lengths.length; i++) bytes += lengths[i]
  // A page of one chunk may leave its length out; it ends with the file at the latest.
  const single = offsets.length === 1 && !(lengths[0] > 0)
  return {
    width: chunkWidth,
    height: chunkHeight,
    across,
    perPlane,
    bytes: Math.min(size, single ? size : bytes),
    missing: missingOf(page, offsets, perPlane, single ? undefined : lengths),
    rowAt: (y) => Math.floor(y / chunkHeight),
    band: (row) => ({ y: row * chunkHeight, rows: Math.min(chunkHeight, height - row * chunkHeight) }),
    place(index) {
      const offset = offsets[index]
      if (single) return index === 0 && offset > 0 ? { offset, length: size - offset } : undefined
      return offset > 0 && lengths[index] > 0 ? { offset, length: lengths[index] } : undefined
    },
  }
}

/** How many of the chunks that there should be have no place. */
function missingOf(page: Page, offsets: ArrayLike<number>, perPlane: number, lengths: ArrayLike<number> | undefined): number {
  const wanted = perPlane * (page.planar ? page.samples : 1)
  const listed = Math.min(wanted, offsets.length)
  let missing = wanted - listed
  for (let i = 0; i < listed; i++) if (!(offsets[i] > 0) || (lengths && !(lengths[i] > 0))) missing++
  return missing
}
