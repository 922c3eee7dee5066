/** @file The errors of TIFF files. */
import { AdzusError } from '../../../errors.ts'

const CONVERT = 'Convert it, for example to a TIFF file with deflate (`tiffcp -c zip`) or to PNG.'

/** The error of a file that contradicts itself or breaks off. */
export function brokenTiff(where: string, got: string, hint = 'Is the file complete?', cause?: unknown): AdzusError {
  return new AdzusError({ what: 'image', where, expected: 'a TIFF file', got: `a broken one: ${got}`, hint }, { cause })
}

/** The error of a kind of TIFF that is not read. */
export function unreadTiff(where: string, got: string, hint = CONVERT): AdzusError {
  return new AdzusError({ what: 'image', where, expected: 'a TIFF file of a kind that is read', got, hint })
}
