/**
 * @file DICOM data sets as bytes: explicit VR, little endian (PS3.5, section 7). Elements are made
 * one by one; whoever joins them keeps their order, by rising tag.
 */
import { AdzusError } from '../../errors.ts'

/** Types whose length has 32 bits (PS3.5, table 7.1-1), of those that are written here. */
const LONG = new Set(['OB', 'SQ'])
/** Values are of even length; of these types a zero byte fills up, of others a space. */
const ZERO_FILLED = new Set(['OB', 'UI'])
const ITEM = '(FFFE,E000)'

/** A tag as the standard writes it: `(0008,0060)`. */
export type Tag = `(${string},${string})`

/** An element; of texts, several values become one value of several. */
export function element(tag: Tag, vr: string, ...values: (string | Uint8Array)[]): Uint8Array {
  const value = values.length === 1 && typeof values[0] !== 'string' ? values[0] : new TextEncoder().encode(values.join('\\'))
  const padded = value.length + (value.length % 2)
  const long = LONG.has(vr)
  if (!long && padded > 65534)
    throw new AdzusError({ what: 'dicom-seg', where: tag, expected: 'a value of at most 65534 bytes', got: `${padded}` })
  const head = long ? 12 : 8
  const out = new Uint8Array(head + padded)
  const view = new DataView(out.buffer)
  setTag(view, 0, tag)
  out.set(new TextEncoder().encode(vr), 4)
  if (long) view.setUint32(8, padded, true)
  else view.setUint16(6, padded, true)
  out.set(value, head)
  if (padded > value.length && !ZERO_FILLED.has(vr)) out[out.length - 1] = 0x20
  return out
}

/** The header of an element of bytes that are written behind it. */
export function bytesHeader(tag: Tag, length: number): Uint8Array {
  const out = element(tag, 'OB', new Uint8Array(0))
  new DataView(out.buffer).setUint32(8, length, true)
  return out
}

/** Numbers of 16 bits. */
export function shorts(tag: Tag, ...values: number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(2 * values.length))
  for (const [i, value] of values.entries()) view.setUint16(2 * i, value, true)
  return element(tag, 'US', new Uint8Array(view.buffer))
}

/** Numbers of 32 bits. */
export function longs(tag: Tag, ...values: number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * values.length))
  for (const [i, value] of values.entries()) view.setUint32(4 * i, value, true)
  return element(tag, 'UL', new Uint8Array(view.buffer))
}

/** A tag as a value. */
export function pointer(tag: Tag, to: Tag): Uint8Array {
  const view = new DataView(new ArrayBuffer(4))
  setTag(view, 0, to)
  return element(tag, 'AT', new Uint8Array(view.buffer))
}

/** A sequence of items, each made of elements. */
export function sequence(tag: Tag, ...items: (readonly Uint8Array[])[]): Uint8Array {
  const parts = items.flatMap((elements) => {
    const head = new DataView(new ArrayBuffer(8))
    setTag(head, 0, ITEM)
    head.setUint32(
      4,
      elements.reduce((sum, { length }) => sum + length, 0),
      true,
    )
    return [new Uint8Array(head.buffer), ...elements]
  })
  return element(tag, 'SQ', concatenated(parts))
}

/** A code with the scheme that it is from and what it means, as the one item of a sequence. */
export function code(tag: Tag, value: string, scheme: string, meaning: string): Uint8Array {
  return sequence(tag, [element('(0008,0100)', 'SH', value), element('(0008,0102)', 'SH', scheme), element('(0008,0104)', 'LO', meaning)])
}

/** A decimal text of at most 16 characters (PS3.5, table 6.2-1, DS). */
export function decimal(value: number): string {
  const whole = `${value}`
  if (whole.length <= 16) return whole
  for (let digits = 16; digits > 0; digits--) {
    const text = value.toPrecision(digits)
    if (text.length <= 16) return text
  }
  return '0'
}

export function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

function setTag(view: DataView, at: number, tag: Tag): void {
  const [group, number] = tag.slice(1, -1).split(',')
  view.setUint16(at, Number.parseInt(group, 16), true)
  view.setUint16(at + 2, Number.parseInt(number, 16), true)
}
