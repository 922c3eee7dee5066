/**
 * @file Whether bytes are DICOM. Most files have `DICM` at byte 128; data sets without a header
 * before them are known by their first elements, which have to parse, rise, and be of group 0008.
 */
import { HEAD_BYTES } from '../../format.ts'

/** The encodings there are: byte order, and whether types are written. */
const ENCODINGS = [
  { little: true, explicit: true },
  { little: true, explicit: false },
  { little: false, explicit: true },
] as const

const TYPES = /^(A[EST]|CS|D[AST]|F[DL]|IS|L[OT]|O[BDFLVW]|PN|S[HLQSTV]|T[M]|U[CILNRSTV])$/
const LONG = /^(O[BDFLVW]|SQ|SV|U[CNRTV])$/
/** So many elements have to fit. */
const NEEDED = 2
/** Values at the begin of a file are short. */
const LONGEST = 65536

const MARK = [0x44, 0x49, 0x43, 0x4d]

/** Whether `DICM` stands behind the preamble. */
export function hasMark(bytes: Uint8Array): boolean {
  return MARK.every((byte, i) => bytes[128 + i] === byte)
}

/** The class of a DICOMDIR, which lists files and has no pixels. */
const DIRECTORY = /1\.2\.840\.10008\.1\.3\.10(?![\d.])/

/** Whether a file's beginning says that it is a directory of files. */
export function isDirectory(bytes: Uint8Array): boolean {
  return hasMark(bytes) && DIRECTORY.test(String.fromCharCode(...bytes.subarray(0, HEAD_BYTES)))
}

/**
 * How a data set is written that begins here.
 * @returns nothing where these are no elements of group 0008 (or 0002, with `meta`)
 */
export function guessEncoding(bytes: Uint8Array, from = 0, meta = true): (typeof ENCODINGS)[number] | undefined {
  return ENCODINGS.find(({ little, explicit }) => fits(bytes, from, little, explicit, meta))
}

function fits(bytes: Uint8Array, from: number, little: boolean, explicit: boolean, meta: boolean): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let [count, last, at] = [0, -1, from]
  while (count < NEEDED) {
    if (at + 8 > bytes.length) return count > 0 && at === bytes.length
    const group = view.getUint16(at, little)
    const tag = group * 65536 + view.getUint16(at + 2, little)
    if (count === 0 && group !== 8 && !(meta && group === 2)) return false
    if (tag <= last) return false
    const vr = String.fromCharCode(bytes[at + 4], bytes[at + 5])
    if (explicit && !TYPES.test(vr)) return false
    const long = explicit && LONG.test(vr)
    if (at + (long ? 12 : 8) > bytes.length) return count > 0
    const length = !explicit ? view.getUint32(at + 4, little) : long ? view.getUint32(at + 8, little) : view.getUint16(at + 6, little)
    if (length === 0xffffffff) return count > 0
    if (length > LONGEST) return false
    at += (long ? 12 : 8) + length
    last = tag
    count++
    if (at > bytes.length) return true
  }
  return true
}
