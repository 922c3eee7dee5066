/** @file Writes small DICOM files: any elements, in explicit VR little endian. */

/** A type, a value, whether its length is left open, and a length to lie about. */
export type Tag = readonly [vr: string, value: number | string | Uint8Array, open?: boolean, length?: number]

const LONG = /^(O[BDFLVW]|SQ|SV|U[CNRTV])$/

/**
 * A file with a meta header.
 * @param tags by group and element in eight hexadecimal digits; those that are undefined are left out
 * @param rest what stands in place of the data set
 */
export function writeDicom(tags: Readonly<Record<string, Tag | undefined>>, syntax = '1.2.840.10008.1.2.1', rest?: Uint8Array): Uint8Array {
  const meta = element('00020010', ['UI', syntax])
  const elements = Object.keys(tags)
    .sort()
    .flatMap((tag) => (tags[tag] ? [element(tag, tags[tag])] : []))
  return new Uint8Array(Buffer.concat([new Uint8Array(128), Buffer.from('DICM'), meta, ...(rest ? [rest] : elements)]))
}

function element(tag: string, [vr, value, open = false, length]: Tag): Buffer {
  const bytes =
    typeof value === 'number'
      ? Buffer.from(Uint16Array.of(value).buffer)
      : typeof value === 'string'
        ? padded(value, vr)
        : Buffer.from(value)
  const long = LONG.test(vr)
  const header = Buffer.alloc(long ? 12 : 8)
  header.writeUInt16LE(Number.parseInt(tag.slice(0, 4), 16), 0)
  header.writeUInt16LE(Number.parseInt(tag.slice(4), 16), 2)
  header.write(vr, 4, 'latin1')
  const told = open ? 0xffffffff : (length ?? bytes.length)
  if (long) header.writeUInt32LE(told, 8)
  else header.writeUInt16LE(told, 6)
  return Buffer.concat([header, bytes])
}

const padded = (text: string, vr: string) => Buffer.from(text.length % 2 === 0 ? text : text + (vr === 'UI' ? '\0' : ' '), 'latin1')
