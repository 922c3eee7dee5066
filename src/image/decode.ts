/**
 * @file From a file to pictures, by what its first bytes are and not by what it is called.
 */
import { isBoolean, isFunction, isRecord, isString, must, mustBeOptions } from '../arguments.ts'
import { AdzusError, check } from '../errors.ts'
import { loadPart } from '../part.ts'
import { type ByteSource, bytesSource } from '../source.ts'
import { type Decoded, HEAD_BYTES, type StoredImage } from './format.ts'
import { formatNames, formatOf } from './formats/index.ts'
import { orientationNote, turn } from './orientation.ts'
import type { RgbRaster } from './raster.ts'
import { isWindow, toRgb, WINDOWS, type Window } from './window.ts'

const MAX_NOTES = 8

/** A picture with what is to be said of its file. */
export interface DecodedImage extends RgbRaster {
  /** What is wrong with the file although it was read, or was left out; usually nothing. */
  notes: string[]
}

/** How an image's values become the picture that is segmented. */
export interface Display {
  /** Which samples become black and white (default: `'auto'`). */
  window?: Window
  /** Turn it as its orientation says (default: as it is stored, with a note). */
  orient?: boolean
}

/**
 * Opens a file and lists its images (pages, slices, frames; PNG and JPEG have one). Each is decoded
 * when that is asked for, with the values, channels and sizes that the file has.
 * @param file its bytes, or a source that is read by range and stays open meanwhile
 * @param where names it in errors
 * @throws AdzusError for whatever the file's contents cause, as `decode` of its images does
 * @example
 * const [first] = await openImages(await readFile('slide.png'))
 * const { width, height, channels, data, spacing } = await first.decode()
 */
export async function openImages(file: Uint8Array | ByteSource, where = 'image'): Promise<readonly StoredImage[]> {
  must('where', isString(where), 'a text', where)
  return pictureErrors(where, async () => {
    const source = sourceOf(file, where)
    const head = await source.read(0, Math.min(source.size, HEAD_BYTES))
    const format = formatOf(head)
    if (!format) {
      const { kindOf } = await loadPart('kinds of files', () => import('./kinds.ts'))
      throw new AdzusError({ what: 'image', where, expected: `a ${formatNames()} file`, ...kindOf(head) })
    }
    const images = await format.open(source, where)
    check(images.length > 0, () => ({ what: 'image', where, expected: `a ${format.name} file with an image in it`, got: 'one without' }))
    return images.map((image) => named(image, where))
  })
}

/** An image whose errors name its file. */
function named(image: StoredImage, where: string): StoredImage {
  const { name, width, height, facts, levels, decodePart } = image
  return {
    name,
    width,
    height,
    ...(facts && { facts }),
    ...(levels && { levels: levels.map((level) => named(level, where)) }),
    decode: () => pictureErrors(where, () => image.decode()),
    ...(decodePart && { decodePart: (part) => pictureErrors(where, () => decodePart.call(image, part)) }),
  }
}

/**
 * Decodes the first image of a file to 8-bit RGB.
 * @param file its bytes, or a source that is read by range
 * @param where names it in errors
 * @throws AdzusError for whatever the file's contents cause
 * @example
 * const { width, height, data, notes } = await decodeImage(await readFile('photo.jpg'))
 */
export async function decodeImage(file: Uint8Array | ByteSource, where = 'image', display: Display = {}): Promise<DecodedImage> {
  must('where', isString(where), 'a text', where)
  mustBeOptions('display', display)
  const { window, orient } = display
  must('window', window === undefined || isWindow(window), WINDOWS, window)
  must('orient', orient === undefined || isBoolean(orient), 'true or false', orient)
  return pictureErrors(where, async () => {
    const images = await openImages(file, where)
    const raster = await images[0].decode()
    const others = images.length > 1 ? [`it has ${images.length} images: the first is taken`] : []
    return displayed({ ...raster, notes: [...others, ...raster.notes] }, display, where)
  })
}

/**
 * An image as it is segmented: 8-bit RGB, turned where that is wished.
 * @throws AdzusError for images that cannot become RGB
 */
export function displayed(raster: Decoded, { window = 'auto', orient = false }: Display = {}, where = 'image'): DecodedImage {
  const { rgb, lost } = toRgb(raster, window, where)
  const notes = [...raster.notes]
  if (lost > 0) notes.push(`${lost} of its samples are not finite (NaN or infinite): they are black`)
  const note = orient ? undefined : orientationNote(raster.orientation)
  if (note) notes.push(note)
  const { channelNames: names, data } = raster
  // What is turned is measured by its colours alone.
  const turned = orient && (raster.orientation ?? 1) !== 1
  const channels = names && !turned ? { channels: { names: distinct(names), data } } : undefined
  return { ...(turned ? turn(rgb, raster.orientation) : rgb), ...channels, notes: few([...new Set(notes)]) }
}

/** Names that occur again get their place. */
function distinct(names: readonly string[]): string[] {
  return names.map((name, i) => (names.indexOf(name) === i ? name : `${name} (${i + 1})`))
}

/** A file may have any number of faults; nobody wants to read them all. */
function few(notes: string[]): string[] {
  return notes.length <= MAX_NOTES ? notes : [...notes.slice(0, MAX_NOTES), `and ${notes.length - MAX_NOTES} more of the kind`]
}

/**
 * The boundary around what a picture's contents may cause: what is thrown inside is this picture's
 * own error.
 * @param where names the picture
 */
export async function pictureErrors<T>(where: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof AdzusError) throw cause
    const text = cause instanceof Error ? cause.message || cause.name : `${cause}`
    throw new AdzusError(
      { what: 'image', where, expected: 'a picture that can be read', got: `one that cannot: ${text.slice(0, 200)}` },
      { cause },
    )
  }
}

/** Programs without types pass anything. */
function sourceOf(file: unknown, where: string): ByteSource {
  if (file instanceof Uint8Array) return bytesSource(where, file)
  if (isRecord(file) && isFunction(file['read']) && typeof file['size'] === 'number') return file as unknown as ByteSource
  const got = file === null ? 'null' : typeof file
  throw new AdzusError({ what: 'image', where, expected: 'a file’s bytes as a Uint8Array', got })
}
