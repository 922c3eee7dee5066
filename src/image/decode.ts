/** @file From the bytes of a file to pixels, by what the bytes are and not by what the file is called. */
import { isString, must } from '../arguments.ts'
import { AdzusError } from '../errors.ts'
import { decodeJpeg, isJpeg } from './jpeg.ts'
import { decodePng, isPng } from './png.ts'
import { type Raster, toRaster } from './raster.ts'

/** What other common kinds begin with, for the error message. */
const OTHERS: [string, number[]][] = [
  ['a GIF file', [0x47, 0x49, 0x46, 0x38]],
  ['a BMP file', [0x42, 0x4d]],
  ['a TIFF file', [0x49, 0x49, 0x2a, 0]],
  ['a TIFF file', [0x4d, 0x4d, 0, 0x2a]],
  ['a WebP or other RIFF file', [0x52, 0x49, 0x46, 0x46]],
  ['a gzip file (NIfTI?)', [0x1f, 0x8b]],
]

/** Decodes a PNG or JPEG file. `where` names it in errors. */
export async function decodeImage(bytes: Uint8Array, where = 'image'): Promise<Raster> {
  must('bytes', bytes instanceof Uint8Array, 'a file’s bytes (Uint8Array)', bytes)
  must('where', isString(where), 'a text', where)
  if (isPng(bytes)) return toRaster(decodePng(bytes, where), where)
  if (isJpeg(bytes)) return toRaster(await decodeJpeg(bytes, where), where)
  const kind = OTHERS.find(([, magic]) => magic.every((byte, i) => bytes[i] === byte))?.[0]
  throw new AdzusError({
    what: 'image',
    where,
    expected: 'a PNG or JPEG file',
    got: bytes.length === 0 ? 'an empty file' : (kind ?? 'something else'),
    hint: kind && 'Convert it to PNG.',
  })
}
