/**
 * @file From the bytes of a file to pixels, by what the bytes are and not by what the file is
 * called.
 */
import { AdzusError } from '../errors.ts'
import { decodeJpeg, isJpeg } from './formats/jpeg/decode.ts'
import { decodePng, isPng } from './formats/png/decode.ts'
import { kindOf } from './kinds.ts'
import { type Decoded, type Raster, toRaster } from './raster.ts'

const MAX_NOTES = 8

/** A picture with what is to be said of its file. */
export interface DecodedImage extends Raster {
  /** What is wrong with the file although it was read, or was left out; usually nothing. */
  notes: string[]
}

/**
 * Decodes a PNG or JPEG file.
 * @param where names it in errors
 * @throws AdzusError for whatever the file's contents cause
 */
export async function decodeImage(bytes: Uint8Array, where = 'image'): Promise<DecodedImage> {
  return pictureErrors(where, async () => {
    const { notes, ...pixels } = await decode(bytes, where)
    return { ...toRaster(pixels, where), notes: few([...new Set(notes)]) }
  })
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

async function decode(bytes: Uint8Array, where: string): Promise<Decoded> {
  if (!(bytes instanceof Uint8Array))
    throw new AdzusError({ what: 'image', where, expected: 'a file’s bytes as a Uint8Array', got: bytes === null ? 'null' : typeof bytes })
  if (isPng(bytes)) return decodePng(bytes, where)
  if (isJpeg(bytes)) return decodeJpeg(bytes, where)
  throw new AdzusError({ what: 'image', where, expected: 'a PNG or JPEG file', ...kindOf(bytes) })
}
