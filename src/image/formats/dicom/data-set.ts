/** @file DICOM data sets: elements by their tags, read where they lie when they are asked for. */
import { DEEPEST, type Element, type Encoding, elementAt, endOf, ITEM, ITEM_END, itemEnd, OPEN, Shortage, UNENCODED } from './elements.ts'

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
