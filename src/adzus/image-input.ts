/**
 * @file What is taken for a picture: a file's bytes or pixels, and the forms in which platforms
 * hand them out. The types are structural and ours, so that the declarations need no library of a
 * platform.
 */

import { readFileUrl } from '#platform'
import { isFunction, isRecord, isString, valueText } from '../arguments.ts'
import { AdzusError, check } from '../errors.ts'
import { firstOf } from '../image/decode.ts'
import type { StoredImage } from '../image/format.ts'
import { isZarrName, openZarrUrl } from '../image/formats/zarr/index.ts'
import type { Pixels } from '../image/raster.ts'
import { shortened } from '../messages.ts'
import { unlessForbidden } from '../permission.ts'
import type { Signal } from '../signal.ts'
import type { UrlLike } from '../url.ts'

/** A `Blob` or a `File`. */
export interface BlobLike {
  readonly size: number
  arrayBuffer(): Promise<ArrayBuffer>
}

/** An `HTMLCanvasElement` or an `OffscreenCanvas`. */
export interface CanvasLike {
  readonly width: number
  readonly height: number
  getContext(kind: '2d'): unknown
}

/** An `ImageBitmap`. */
export interface BitmapLike {
  readonly width: number
  readonly height: number
  close(): void
}

/**
 * A picture: a file's bytes (`Uint8Array`, `Buffer`, `ArrayBuffer`, `Blob`, `File`), where they
 * are fetched from (a `URL` or its text: `http:`, `https:`, `data:`, `blob:`, and `file:` where
 * there is a disk; what ends with `.zarr` is an OME-Zarr picture), an image of a file
 * (`openImages`), or pixels (`{ width, height, data }` such as an `ImageData`, a canvas, an
 * `ImageBitmap`).
 */
export type ImageInput = Uint8Array | ArrayBuffer | Pixels | BlobLike | CanvasLike | BitmapLike | StoredImage | UrlLike | string

/** What those are, for errors. */
export const IMAGE_INPUTS =
  'a file’s bytes (Uint8Array, ArrayBuffer, Blob), its URL, an image of a file, pixels { width, height, data }, a canvas or an ImageBitmap'

const URL_TEXT = /^(https?|data|blob|file):/i

type Unknown = Record<string, unknown>

const isBuffer = (value: unknown): value is ArrayBuffer => value instanceof ArrayBuffer
const isSized = (value: Unknown) => typeof value['width'] === 'number' && typeof value['height'] === 'number'
const isPixels = (value: Unknown) => isSized(value) && 'data' in value
const isStored = (value: Unknown) => isSized(value) && isFunction(value['decode'])
const isBlob = (value: Unknown) => isFunction(value['arrayBuffer']) && typeof value['size'] === 'number'
const isCanvas = (value: Unknown) => isSized(value) && isFunction(value['getContext'])
const isBitmap = (value: Unknown) => isSized(value) && isFunction(value['close'])
const isUrl = (value: Unknown) => isString(value['href']) && URL_TEXT.test(value['href'])

/** Whether something may be a picture; what its bytes and samples are is told when it is read. */
export function isImageInput(image: unknown): image is ImageInput {
  if (image instanceof Uint8Array || isBuffer(image)) return true
  if (isString(image)) return URL_TEXT.test(image)
  return isRecord(image) && [isPixels, isStored, isBlob, isCanvas, isBitmap, isUrl].some((is) => is(image))
}

/**
 * A file's bytes, an image of it or pixels, out of what a caller has. What already is one of them
 * stays as it is.
 * @param where names the picture in errors
 * @throws AdzusError where it cannot be fetched, or the platform gives no pixels of it
 */
export async function readImageInput(image: ImageInput, where: string, signal?: Signal): Promise<Uint8Array | Pixels | StoredImage> {
  check(isImageInput(image), () => ({ what: 'image', where, expected: IMAGE_INPUTS, got: valueText(image) }))
  if (image instanceof Uint8Array) return image
  if (isBuffer(image)) return new Uint8Array(image)
  if (isString(image)) return fetched(image, where, signal)
  const known = image as unknown as Unknown
  if (isBlob(known)) return new Uint8Array(await (image as BlobLike).arrayBuffer())
  if (isCanvas(known) || isBitmap(known)) return drawn(image as CanvasLike | BitmapLike, where)
  if (isUrl(known)) return fetched((image as UrlLike).href, where, signal)
  return image as Pixels | StoredImage
}

async function fetched(address: string, where: string, signal?: Signal): Promise<Uint8Array | StoredImage> {
  if (/^https?:/i.test(address) && isZarrName(new URL(address).pathname)) return firstOf((await openZarrUrl(address, signal)).images)
  if (/^file:/i.test(address)) return readFileUrl(address)
  const failed = (got: string, cause?: unknown) =>
    new AdzusError({ what: 'image', where, expected: `an answer from ${shortened(address, 200)}`, got }, { cause })
  try {
    const answer = await fetch(address, { signal: signal as AbortSignal | undefined })
    if (!answer.ok) throw failed(`HTTP ${answer.status}`)
    return new Uint8Array(await answer.arrayBuffer())
  } catch (error) {
    if (error instanceof AdzusError) throw error
    unlessForbidden(error)
    const { message, cause } = error as Error
    throw failed(cause instanceof Error ? cause.message : message, error)
  }
}

interface Drawing {
  getImageData(x: number, y: number, width: number, height: number): Pixels
  drawImage(image: object, x: number, y: number): void
}

/** The pixels of what can be drawn: a canvas of its own context, else by a canvas of ours. */
function drawn(image: CanvasLike | BitmapLike, where: string): Pixels {
  const { width, height } = image
  const own = 'getContext' in image ? (image.getContext('2d') as Drawing | null) : null
  if (own) return own.getImageData(0, 0, width, height)
  check(typeof OffscreenCanvas === 'function', () => ({
    what: 'image',
    where,
    expected: 'pixels { width, height, data }, where the platform has no OffscreenCanvas',
    got: 'what can only be drawn',
  }))
  const drawing = new OffscreenCanvas(width, height).getContext('2d') as unknown as Drawing
  drawing.drawImage(image, 0, 0)
  return drawing.getImageData(0, 0, width, height)
}
