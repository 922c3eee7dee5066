/**
 * @file Where the frames of encapsulated pixels lie (PS3.5, annex A.4): each in one fragment or in
 * several, told by an offset table (basic or extended), by their count, or by the codecs' end
 * marks.
 */
import type { ByteSource } from '../../../source.ts'
import { type Element, elementAt } from './elements.ts'

/** A piece of the file. */
export interface Piece {
  at: number
  length: number
}

/** Offsets and lengths of frames, from the first fragment on (7FE0,0001 and 0002). */
export interface ExtendedOffsets {
  offsets: readonly number[]
  lengths: readonly number[]
}

const ENCODING = { little: true, explicit: true }
const ITEM = 0xfffee000
/** So many bytes are read at a time where item headers are looked for. */
const WINDOW = 4096

/**
 * The fragments of each frame.
 * @param frames how many there should be
 * @throws Error where fragments and frames do not fit
 */
export async function framesOf(
  source: ByteSource,
  pixels: Element,
  frames: number,
  extended: ExtendedOffsets | undefined,
): Promise<Piece[][]> {
  const { table, fragments } = await fragmentsOf(source, pixels)
  if (fragments.length === 0) throw new Error('no fragments among its pixels')
  const first = fragments[0].at - 8
  if (extended && extended.offsets.length === frames && extended.lengths.length === frames) return byExtended(extended, first, source.size)
  if (frames === 1) return [fragments]
  if (table.length === frames) return byOffsets(table, fragments, first)
  if (fragments.length === frames) return fragments.map((fragment) => [fragment])
  const found = await byEndMarks(source, fragments)
  if (found.length !== frames) throw new Error(`${fragments.length} fragments of pixels, which do not make ${frames} frames`)
  return found
}

/**
 * The basic offset table, and where the fragments lie. What the file lacks at its end is left out.
 */
async function fragmentsOf(source: ByteSource, pixels: Element): Promise<{ table: number[]; fragments: Piece[] }> {
  let [begin, window] = [0, new Uint8Array(0)]
  const header = async (at: number) => {
    if (at < begin || at + 8 > begin + window.length) {
      begin = at
      window = (await source.read(at, Math.min(WINDOW, source.size - at))) as Uint8Array<ArrayBuffer>
    }
    return elementAt(window, at - begin, ENCODING)
  }
  const pieces: Piece[] = []
  for (let at = pixels.at; at + 8 <= source.size; ) {
    const { tag, length } = await header(at)
    if (tag !== ITEM) break
    if (at + 8 + length > source.size) throw new Error('a fragment of its pixels is longer than the rest of the file')
    pieces.push({ at: at + 8, length })
    at += 8 + length
  }
  const [offsets, ...fragments] = pieces
  if (!offsets) throw new Error('no fragments among its pixels')
  const bytes = await source.read(offsets.at, offsets.length)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const table = Array.from({ length: Math.floor(bytes.length / 4) }, (_, i) => view.getUint32(4 * i, true))
  return { table, fragments: fragments.filter(({ length }) => length > 0) }
}

function byExtended({ offsets, lengths }: ExtendedOffsets, first: number, size: number): Piece[][] {
  return offsets.map((offset, i) => {
    const [at, length] = [first + offset + 8, lengths[i]]
    if (at + length > size) throw new Error('an offset table that points beyond the file')
    return [{ at, length }]
  })
}

function byOffsets(table: readonly number[], fragments: readonly Piece[], first: number): Piece[][] {
  const frames: Piece[][] = table.map(() => [])
  let frame = 0
  for (const fragment of fragments) {
    while (frame + 1 < table.length && fragment.at - 8 >= first + table[frame + 1]) frame++
    frames[frame].push(fragment)
  }
  if (frames.some((pieces) => pieces.length === 0)) throw new Error('an offset table that does not fit its fragments')
  return frames
}

/** A frame ends where a fragment does with the end mark that JPEG and JPEG 2000 share. */
async function byEndMarks(source: ByteSource, fragments: readonly Piece[]): Promise<Piece[][]> {
  const frames: Piece[][] = []
  const pieces: Piece[] = []
  for (const fragment of fragments) {
    pieces.push(fragment)
    const tail = await source.read(fragment.at + Math.max(0, fragment.length - 16), Math.min(16, fragment.length))
    let last = tail.length - 1
    while (last > 1 && tail[last] === 0) last--
    if (tail[last] === 0xd9 && tail[last - 1] === 0xff) frames.push(pieces.splice(0))
  }
  if (pieces.length > 0) frames.push(pieces)
  return frames
}

/** The bytes of a frame. */
export async function bytesOf(source: ByteSource, pieces: readonly Piece[]): Promise<Uint8Array> {
  if (pieces.length === 1) return source.read(pieces[0].at, pieces[0].length)
  const out = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const piece of pieces) {
    out.set(await source.read(piece.at, piece.length), at)
    at += piece.length
  }
  return out
}
