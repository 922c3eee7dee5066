/**
 * @file What a format of pictures is: how its files are known, and how their images are decoded.
 *
 * A format is an object in a folder of its own below `formats/`, listed in `formats/index.ts`; a
 * program may add others while it runs (`registerFormat`). Its module is loaded always, so
 * decoders and codecs are imported when a file is opened.
 */
import type { ByteSource } from '../source.ts'
import type { Part } from './part-of.ts'
import type { Raster } from './raster.ts'
import type { Spacing } from './spacing.ts'
import type { Series, Volume } from './volume.ts'

/** So many bytes of a file are shown to formats, fewer where it has no more. */
export const HEAD_BYTES = 1024

/** A raster with what is to be said of its file. */
export interface Decoded extends Raster {
  /**
   * What is wrong with the file although it was read, or was left out. Each is half a sentence
   * about "it".
   */
  notes: readonly string[]
}

/** An image of a file: a page, a slice, a frame, a level; decoded when that is asked for. */
export interface StoredImage {
  /** What it is called within its file, where that has several. */
  readonly name?: string
  readonly width: number
  readonly height: number
  /** What its header tells of it, for `adzus info` and for choosing. */
  readonly facts?: ImageFacts
  /** The same picture in smaller, the largest first and without itself (pyramids). */
  readonly levels?: readonly StoredImage[]
  /** Reads and decodes the pixels; each call does so anew. */
  decode(): Promise<Decoded>
  /** Reads and decodes no more than a part, where the format can do so for less than the whole. */
  decodePart?(part: Part): Promise<Decoded>
}

/** What a header tells of an image, as far as it does; nothing of it names a person. */
export interface ImageFacts {
  /** The type of a sample as the file stores it: `uint8`, `int16`, `float32`, … */
  type?: string
  channels?: number
  /** Names of channels that are measurements of their own, not colours. */
  channelNames?: readonly string[]
  spacing?: Spacing
  /** The samples that the file wants to be shown black and white. */
  window?: readonly [black: number, white: number]
  /** How the pixels are compressed: `JPEG`, `LZW`, `none`, … */
  compression?: string
  /** What else is worth a line: names in small letters, with their values. */
  others?: Readonly<Record<string, string | number>>
}

/**
 * A kind of files that hold images.
 * @example
 * const raw: Format = {
 *   name: 'RAW',
 *   extensions: ['raw'],
 *   recognises: (head) => head[0] === 0x52 && head[1] === 0x41 && head[2] === 0x57,
 *   async open(source) {
 *     const [, , , width, height] = await source.read(0, 5)
 *     const pixels = () => source.read(5, width * height)
 *     const decode = async () => ({ width, height, channels: 1, data: await pixels(), notes: [] })
 *     return [{ width, height, decode }]
 *   },
 * }
 */
export interface Format {
  /** For messages: `PNG`. */
  readonly name: string
  /** What its files' names end with, in small letters and without the dot. */
  readonly extensions: readonly string[]
  /** Whether a file is of this format, by its first bytes (`HEAD_BYTES` of them or all). */
  recognises(head: Uint8Array): boolean
  /**
   * Reads what says which images there are, one at least. The source stays open while they are
   * used; only the ranges that are needed should be read.
   * @param where names the file in errors
   * @throws AdzusError for what the file's contents cause
   */
  open(source: ByteSource, where: string): Promise<readonly StoredImage[]>
  /**
   * The file as a volume, where it is one: slices that lie behind each other in space. Nothing
   * where its images are pages or a single one.
   * @throws AdzusError for what the file's contents cause
   */
  openVolume?(source: ByteSource, where: string): Promise<Volume | undefined>
  /**
   * The volumes of which files are the slices, in formats where a slice is a file of its own. The
   * sources stay open while the volumes are used.
   * @throws AdzusError where no file is a slice
   */
  openSeries?(sources: readonly ByteSource[], where: string): Promise<Series>
}
