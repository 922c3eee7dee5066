/**
 * @file TIFF's container (TIFF 6.0, section 2; BigTIFF): directories of entries, in either byte
 * order, one after another or below others. Values are read when they are asked for.
 */
import { brokenTiff } from './errors.ts'
import type { Ranges } from './ranges.ts'
import { TAG } from './tags.ts'
import { numberReader, SIZES } from './values.ts'

/** More directories than this are refused: each takes memory. */
const MAX_DIRECTORIES = 100_000
/** A directory with more entries than this is none. */
const MAX_ENTRIES = 4096
/** So much of a text is read, where its reader does not want more. */
const MAX_TEXT = 64 * 1024
/** More numbers than this has no tag: a page of 2^26 tiles is larger than any. */
const MAX_NUMBERS = 2 ** 26

interface Entry {
  type: number
  count: number
  /** Where its values stand in the file. */
  at: number
}

/** The byte order, and whether offsets have 8 bytes. */
interface Layout {
  little: boolean
  big: boolean
}

/** A directory (IFD): what is said of a page. */
export class Directory {
  readonly little: boolean
  readonly ranges: Ranges
  /** Where it stands. */
  readonly at: number
  readonly #entries: ReadonlyMap<number, Entry>

  constructor(ranges: Ranges, at: number, little: boolean, entries: ReadonlyMap<number, Entry>) {
    this.ranges = ranges
    this.at = at
    this.little = little
    this.#entries = entries
  }

  has(tag: number): boolean {
    return this.#entries.has(tag)
  }

  /** How many values a tag has. */
  count(tag: number): number {
    return this.#entries.get(tag)?.count ?? 0
  }

  /**
   * All numbers of a tag, none where it is missing.
   * @param most so many are enough
   * @throws AdzusError for those that do not lie within the file, and for what are no numbers
   */
  async numbers(tag: number, most = MAX_NUMBERS): Promise<Float64Array> {
    const entry = this.#entries.get(tag)
    if (!entry) return new Float64Array(0)
    const { type, at } = entry
    const count = Math.min(entry.count, most)
    const view = await this.#view(tag, entry, count)
    const read = numberReader(view, type, this.little)
    if (!read) throw brokenTiff(this.ranges.where, `values of type ${type} at byte ${at} where numbers belong (tag ${tag})`)
    const out = new Float64Array(count)
    for (let i = 0; i < count; i++) out[i] = read(i)
    return out
  }

  /** The first number of a tag. */
  async number(tag: number): Promise<number | undefined> {
    return (await this.numbers(tag, 1))[0]
  }

  /** The bytes of a tag. */
  async bytes(tag: number, most = Infinity): Promise<Uint8Array | undefined> {
    const entry = this.#entries.get(tag)
    if (!entry || SIZES[entry.type] !== 1) return undefined
    const view = await this.#view(tag, entry, Math.min(entry.count, most))
    return new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
  }

  /** A text up to its first zero byte; nothing where it is missing or no text. */
  async text(tag: number, most = MAX_TEXT): Promise<string | undefined> {
    const bytes = await this.bytes(tag, most)
    if (!bytes) return undefined
    const end = bytes.indexOf(0)
    return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end))
  }

  async #view(tag: number, { type, at }: Entry, count: number): Promise<DataView> {
    const bytes = await this.ranges.read(at, count * (SIZES[type] ?? 1), `the values of tag ${tag}`)
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }
}

/** The directories of a file that follow each other, and a reader for those below them. */
export interface Directories {
  pages: Directory[]
  /** What is wrong with the file although it was read. */
  notes: string[]
  /** The directories that a page names as its own: the same picture in smaller. */
  below(page: Directory): Promise<Directory[]>
}

/**
 * Walks all directories of a file.
 * @throws AdzusError for a file without one, for directories in a circle, and for more than
 *   anything has
 */
export async function readDirectories(ranges: Ranges): Promise<Directories> {
  const { where } = ranges
  const head = viewOf(await ranges.read(0, Math.min(16, ranges.size), 'its header'))
  if (head.byteLength < 8) throw brokenTiff(where, `${head.byteLength} bytes`)
  const little = head.getUint8(0) === 0x49
  const big = head.getUint16(2, little) === 43
  if (big && (head.byteLength < 16 || head.getUint16(4, little) !== 8))
    throw brokenTiff(where, 'a header of BigTIFF with offsets of other than 8 bytes')
  const layout = { little, big }
  const seen = new Set<number>()
  const visit = (at: number) => {
    if (seen.has(at)) throw brokenTiff(where, `directories in a circle (byte ${at})`, 'Write it anew with another program.')
    if (seen.size >= MAX_DIRECTORIES) throw brokenTiff(where, `more than ${MAX_DIRECTORIES} directories`)
    seen.add(at)
    return readDirectory(ranges, layout, at)
  }
  const pages: Directory[] = []
  const notes: string[] = []
  for (let at = big ? Number(head.getBigUint64(8, little)) : head.getUint32(4, little); at !== 0; ) {
    if (pages.length > 0 && at + 2 > ranges.size) {
      notes.push(`its list of pages breaks off behind page ${pages.length}: is it complete?`)
      break
    }
    const { directory, next } = await visit(at)
    pages.push(directory)
    at = next
  }
  if (pages.length === 0) throw brokenTiff(where, 'no page')
  const below = async (page: Directory): Promise<Directory[]> => {
    const found: Directory[] = []
    for (const at of await page.numbers(TAG.subIfds)) if (at > 0) found.push((await visit(at)).directory)
    return found
  }
  return { pages, notes, below }
}

async function readDirectory(ranges: Ranges, { little, big }: Layout, at: number): Promise<{ directory: Directory; next: number }> {
  const { where } = ranges
  const [counter, size, inline] = big ? [8, 20, 8] : [2, 12, 4]
  const start = viewOf(await ranges.read(at, counter, 'a directory'))
  const count = big ? Number(start.getBigUint64(0, little)) : start.getUint16(0, little)
  if (count === 0 || count > MAX_ENTRIES) throw brokenTiff(where, `a directory of ${count} entries at byte ${at}`)
  const view = viewOf(await ranges.read(at + counter, count * size + inline, 'a directory'))
  const entries = new Map<number, Entry>()
  for (let i = 0; i < count; i++) {
    const from = i * size
    const [tag, type] = [view.getUint16(from, little), view.getUint16(from + 2, little)]
    const values = big ? Number(view.getBigUint64(from + 4, little)) : view.getUint32(from + 4, little)
    const isHere = values * (SIZES[type] ?? 1) <= inline
    const field = from + size - inline
    const pointer = big ? Number(view.getBigUint64(field, little)) : view.getUint32(field, little)
    // The first of two entries counts, as in libtiff.
    if (!entries.has(tag)) entries.set(tag, { type, count: values, at: isHere ? at + counter + field : pointer })
  }
  const next = big ? Number(view.getBigUint64(count * size, little)) : view.getUint32(count * size, little)
  return { directory: new Directory(ranges, at, little, entries), next }
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
