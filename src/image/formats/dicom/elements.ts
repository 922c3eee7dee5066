/**
 * @file The elements of DICOM data sets (PS3.5, section 7): where each value lies, also that of a
 * sequence whose length is left open. Sequences are never walked deeper than `DEEPEST`.
 *
 * This is a reader of its own so that a header can be read without the pixels behind it, so that
 * nested sequences cannot exhaust the stack, and because it has to work in pages without a bundler.
 */

/** How the elements of a data set are written. */
export interface Encoding {
  little: boolean
  /** Whether each element tells its type (VR). */
  explicit: boolean
}

/** An element: where its value lies among the bytes. */
export interface Element {
  tag: number
  /** Its type; empty where that is not written (implicit VR). */
  vr: string
  at: number
  /** Bytes of the value; of an undefined length, those up to the delimiter. */
  length: number
  /** Whether its length was left open: a sequence, or encapsulated pixels. */
  open: boolean
}

/** More bytes are needed than are there yet. */
export class Shortage extends Error {
  readonly end: number
  constructor(end: number) {
    super(`the file ends before an element of its does, at byte ${end}`)
    this.end = end
  }
}

/** Types whose length has 32 bits (PS3.5, table 7.1-1). */
const LONG = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV'])
export const ITEM = 0xfffee000
export const ITEM_END = 0xfffee00d
const SEQUENCE_END = 0xfffee0dd
export const OPEN = 0xffffffff
/** Sequences within sequences; real files have fewer than ten. */
export const DEEPEST = 64
/** From here on there are pixels: where a header ends. */
export const PIXELS = 0x7fe00008
export const UNENCODED: Encoding = { little: true, explicit: false }

/** The header of an element. */
export function elementAt(bytes: Uint8Array, at: number, { little, explicit }: Encoding): Element {
  if (at + 8 > bytes.length) throw new Shortage(at + 8)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const tag = view.getUint16(at, little) * 65536 + view.getUint16(at + 2, little)
  const vr = String.fromCharCode(bytes[at + 4], bytes[at + 5])
  // Delimiters have no type, and some writers forget that of others.
  if (!explicit || tag >>> 16 === 0xfffe || !/^[A-Z]{2}$/.test(vr)) {
    const length = view.getUint32(at + 4, little)
    return { tag, vr: '', at: at + 8, length, open: length === OPEN }
  }
  if (!LONG.has(vr)) return { tag, vr, at: at + 8, length: view.getUint16(at + 6, little), open: false }
  if (at + 12 > bytes.length) throw new Shortage(at + 12)
  const length = view.getUint32(at + 8, little)
  return { tag, vr, at: at + 12, length, open: length === OPEN }
}

/** Where the value of an element of open length ends, before its delimiter. */
export function endOf({ at, vr }: Element, bytes: Uint8Array, encoding: Encoding, depth: number): number {
  if (depth > DEEPEST) throw new Error(`sequences nested deeper than ${DEEPEST}`)
  // PS3.5, section 6.2.2, note 4.
  const inner = vr === 'UN' ? UNENCODED : encoding
  for (let place = at; ; ) {
    const item = elementAt(bytes, place, inner)
    if (item.tag === SEQUENCE_END) return place
    if (item.tag !== ITEM) throw new Error('a sequence of something else than items')
    place = item.open ? itemEnd(bytes, item.at, inner, depth) + 8 : item.at + item.length
  }
}

/** Where an item of open length ends, before its delimiter. */
export function itemEnd(bytes: Uint8Array, from: number, encoding: Encoding, depth: number): number {
  for (let place = from; ; ) {
    const element = elementAt(bytes, place, encoding)
    if (element.tag === ITEM_END) return place
    place = element.open ? endOf(element, bytes, encoding, depth + 1) + 8 : element.at + element.length
  }
}
