/**
 * @file From a file to pictures, by what its first bytes are and not by what it is called.
 */
import { isBoolean, isFunction, isRecord, isString, must, mustBeOptions } from '../arguments.ts'
import { AdzusError, check } from '../errors.ts'
import { loadPart } from '../part.ts'
import { type ByteSource, bytesSource } from '../source.ts'
import { CHANNELS, type ChannelChoice, channelsToRgb, chooseChannels, isChannelChoice, takeChannels } from './channels.ts'
import { type Decoded, HEAD_BYTES, type StoredImage } from './format.ts'
import { formatNames, formatOf } from './formats/index.ts'
import { orientationNote, turn } from './orientation.ts'
import type { Part } from './part-of.ts'
import type { RgbRaster } from './raster.ts'
import { asRgb, isWindow, WINDOWS, type Window } from './window.ts'

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
  /**
   * Which channels are taken, by name or by number from 1: one as grey, up to three as red, green
   * and blue (default: the colours; of measurements, and of more than four, the first).
   */
  channel?: ChannelChoice
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
    return images.map((image) => guarded(image, where))
  })
}

/** An image whose errors are its own. */
function guarded(image: StoredImage, where: string): StoredImage {
  const { name, width, height, facts, levels } = image
  return {
    name,
    width,
    height,
    facts,
    levels: levels?.map((level) => guarded(level, where)),
    decode: () => pictureErrors(where, () => image.decode()),
    ...(image.decodePart && { decodePart: (part: Part) => pictureErrors(where, () => image.decodePart!(part)) }),
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
  const { window, orient, channel } = display
  must('window', window === undefined || isWindow(window), WINDOWS, window)
  must('channel', channel === undefined || isChannelChoice(channel), CHANNELS, channel)
  must('orient', orient === undefined || isBoolean(orient), 'true or false', orient)
  return pictureErrors(where, async () => {
    const images = await openImages(file, where)
    return decodeStored(firstOf(images), display, where)
  })
}

/**
 * The first of a file's images, with a note where there are others.
 * @example
 * const { images } = await openZarrFolder('stack.zarr')
 * await adzus.segment(firstOf(images))
 */
export function firstOf(images: readonly StoredImage[]): StoredImage {
  const [first] = images
  if (images.length === 1) return first
  const note = `it has ${images.length} images: the first is taken`
  const noted = async (decoding: Promise<Decoded>) => {
    const image = await decoding
    return { ...image, notes: [note, ...image.notes] }
  }
  return {
    ...first,
    decode: () => noted(first.decode()),
    ...(first.decodePart && { decodePart: (part: Part) => noted(first.decodePart!(part)) }),
  }
}

/** So many samples of all channels are decoded and measured, of more the chosen ones alone. */
const MOST_MEASURED = 2 ** 28

/**
 * Decodes an image of a file to 8-bit RGB; of many large channels no more than are chosen, where
 * its format can do so.
 * @throws AdzusError for whatever the file's contents cause, and for channels that are not there
 */
export async function decodeStored(image: StoredImage, display: Display, where: string): Promise<DecodedImage> {
  const { channels, channelNames } = image.facts ?? {}
  const samples = image.width * image.height * (channels ?? 1)
  if (!image.decodePart || channels === undefined || samples <= MOST_MEASURED) return shown(await image.decode(), display, where)
  const chosen = chooseChannels({ channels, channelNames }, display.channel, where)
  const part = await image.decodePart({ channels: chosen.places })
  // What was chosen now is all that there is.
  const whole = chosen.places && { places: chosen.places.map((_, i) => i), notes: chosen.notes }
  const taken = takeChannels(part, whole ?? chosen)
  return asShown(taken, taken, display, where)
}

/**
 * An image as it is segmented: 8-bit RGB of the channels that are chosen, turned where that is
 * wished.
 * @throws AdzusError for images that cannot become RGB, and for channels that are not there
 */
export function displayed(raster: Decoded, display: Display = {}, where = 'image'): DecodedImage {
  const image = shown(raster, display, where)
  return image.data === raster.data ? { ...image, data: image.data.slice() } : image
}

/**
 * The same for an image that nobody else has: samples that are RGB already and fill their memory
 * are not copied.
 */
function shown(raster: Decoded, display: Display, where: string): DecodedImage {
  const taken = takeChannels(raster, chooseChannels(raster, display.channel, where))
  return asShown(taken, raster.channelNames ? raster : taken, display, where)
}

/**
 * Channels that have names are measurements, all others are grey or colours.
 * @param measured the same image with all channels that are measured
 */
function asShown(raster: Decoded, measured: Decoded, { window = 'auto', orient = false }: Display, where: string): DecodedImage {
  const { rgb, lost } = raster.channelNames ? channelsToRgb(raster, window, where) : asRgb(raster, window, where)
  // What fills only a part of its memory may be a part of the file that the caller has.
  if (rgb.data === raster.data && rgb.data.byteLength < rgb.data.buffer.byteLength) rgb.data = rgb.data.slice()
  const notes = [...raster.notes]
  if (lost > 0) notes.push(`${lost} of its samples are not finite (NaN or infinite): they are black`)
  const note = orient ? undefined : orientationNote(raster.orientation)
  if (note) notes.push(note)
  const { channelNames: names, data } = measured
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
export function sourceOf(file: unknown, where: string): ByteSource {
  if (file instanceof Uint8Array) return bytesSource(where, file)
  if (isRecord(file) && isFunction(file['read']) && typeof file['size'] === 'number') return file as unknown as ByteSource
  const got = file === null ? 'null' : typeof file
  throw new AdzusError({ what: 'image', where, expected: 'a file’s bytes as a Uint8Array', got })
}
