/**
 * @file DICOM data sets (PS3.5, section 7): elements by their tags, read where they lie. Sequences
 * are walked when they are asked for, and never deeper than `DEEPEST`.
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
const ITEM = 0xfffee000
const ITEM_END = 0xfffee00d
const SEQUENCE_END = 0xfffee0dd
const OPEN = 0xffffffff
/** Sequences within sequences; real files have fewer than ten. */
const DEEPEST = 64
/** From here on there are pixels: where a header ends. */
export const PIXELS = 0x7fe00008
const UNENCODED: Encoding = { little: true, explicit: false }

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
function endOf({ at, vr }: Element, bytes: Uint8Array, encoding: Encoding, depth: number): number {
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
function itemEnd(bytes: Uint8Array, from: number, encoding: Encoding, depth: number): number {
  for (let place = from; ; ) {
    const element = elementAt(bytes, place, encoding)
    if (element.tag === ITEM_END) return place
    place = element.open ? endOf(element, bytes, encoding, depth + 1) + 8 : element.at + element.length
  }
}

/**
 * The elements of a data set, with typed access. Values that are missing, empty or of another type
 * than expected count as not there.
 */
export class DataSet {
  readonly bytes: Uint8Array
  readonly encoding: Encoding
  /** Where it ends: behind the last element, or before the value of its pixels. */
  readonly end: number
  readonly #elements = new Map<number, Element>()
  readonly #depth: number

  /**
   * @param until elements from this tag on are left out, except the first of them
   * @param last whether there are no bytes behind these
   * @throws Shortage where the bytes end within an element
   * @throws Error for what is no data set
   */
  constructor(bytes: Uint8Array, encoding: Encoding, from = 0, to = bytes.length, { until = OPEN, depth = 0, last = true } = {}) {
    this.bytes = bytes
    this.encoding = encoding
    this.#depth = depth
    let place = from
    while (place + 8 <= to || !last) {
      const element = elementAt(bytes, place, encoding)
      if (element.tag >= until) {
        this.#elements.set(element.tag, element)
        break
      }
      if (element.tag === ITEM_END && element.length === 0) {
        place = element.at
        continue
      }
      const end = element.open ? endOf(element, bytes, encoding, depth) : element.at + element.length
      if (end > to) throw new Shortage(end)
      this.#elements.set(element.tag, element.open ? { ...element, length: end - element.at } : element)
      place = element.open ? end + 8 : end
    }
    this.end = place
  }

  get(tag: number): Element | undefined {
    return this.#elements.get(tag)
  }

  /** The tags, in the order of the file. */
  tags(): IterableIterator<number> {
    return this.#elements.keys()
  }

  /** The bytes of a value. */
  value(tag: number): Uint8Array | undefined {
    const element = this.#elements.get(tag)
    return element && element.length > 0 ? this.bytes.subarray(element.at, element.at + element.length) : undefined
  }

  /** A text of Latin letters (codes, identifiers, numbers), without the padding. */
  text(tag: number): string | undefined {
    const value = this.value(tag)
    if (!value || value.length > 65536) return undefined
    let text = ''
    for (const byte of value) text += String.fromCharCode(byte)
    return text.replace(/[\0 ]+$/, '').trimStart() || undefined
  }

  /** Numbers written as text (DS, IS), separated by backslashes; binary ones as well. */
  decimals(tag: number): number[] | undefined {
    const vr = this.#elements.get(tag)?.vr ?? ''
    if (/^(US|SS|UL|SL|FL|FD|OW)$/.test(vr)) return this.numbers(tag)
    const numbers = this.text(tag)
      ?.split('\\')
      .map((part) => (part.trim() === '' ? Number.NaN : Number(part)))
    return numbers?.every(Number.isFinite) ? numbers : undefined
  }

  decimal(tag: number): number | undefined {
    return this.decimals(tag)?.[0]
  }

  /** Binary numbers, of the type that is written or else `vr`. */
  numbers(tag: number, vr = 'US'): number[] | undefined {
    const element = this.#elements.get(tag)
    const value = this.value(tag)
    if (!element || !value) return undefined
    const type = TYPES[element.vr] ?? TYPES[vr]
    const view = new DataView(value.buffer, value.byteOffset, value.byteLength)
    return Array.from({ length: Math.floor(value.length / type.size) }, (_, i) => type.read(view, i * type.size, this.encoding.little))
  }

  number(tag: number, vr = 'US'): number | undefined {
    return this.numbers(tag, vr)?.[0]
  }

  /**
   * The items of a sequence; none where there is none.
   * @throws Error for a sequence that is broken or nested too deeply
   */
  items(tag: number, most = Number.POSITIVE_INFINITY): DataSet[] {
    const element = this.#elements.get(tag)
    if (!element || element.length === 0) return []
    if (this.#depth >= DEEPEST) throw new Error(`sequences nested deeper than ${DEEPEST}`)
    const encoding = element.vr === 'UN' ? UNENCODED : this.encoding
    const found: DataSet[] = []
    const end = element.at + element.length
    for (let place = element.at; place + 8 <= end && found.length < most; ) {
      const item = elementAt(this.bytes, place, encoding)
      if (item.tag !== ITEM) throw new Error('a sequence of something else than items')
      const itemsEnd = item.open ? itemEnd(this.bytes, item.at, encoding, this.#depth) : item.at + item.length
      if (itemsEnd > end) throw new Error('an item that is longer than its sequence')
      found.push(new DataSet(this.bytes, encoding, item.at, itemsEnd, { depth: this.#depth + 1 }))
      place = item.open ? itemsEnd + 8 : itemsEnd
    }
    return found
  }
}

interface NumberType {
  size: number
  read: (view: DataView, at: number, little: boolean) => number
}

const US: NumberType = { size: 2, read: (view, at, little) => view.getUint16(at, little) }
const TYPES: Readonly<Record<string, NumberType>> = {
  US,
  OW: US,
  SS: { size: 2, read: (view, at, little) => view.getInt16(at, little) },
  UL: { size: 4, read: (view, at, little) => view.getUint32(at, little) },
  SL: { size: 4, read: (view, at, little) => view.getInt32(at, little) },
  FL: { size: 4, read: (view, at, little) => view.getFloat32(at, little) },
  FD: { size: 8, read: (view, at, little) => view.getFloat64(at, little) },
  UV: { size: 8, read: (view, at, little) => Number(view.getBigUint64(at, little)) },
  OV: { size: 8, read: (view, at, little) => Number(view.getBigUint64(at, little)) },
}
