/** @file The segments of JPEG streams of any kind (ITU-T T.81, B.1.1). */

export const EOI = 0xd9

/** A marker with what stands in its segment. */
export interface CodedSegment {
  marker: number
  body: Uint8Array
  /** Where the stream goes on. */
  end: number
}

/**
 * The segment that begins here, behind any fill bytes.
 * @returns nothing where the stream ends before its end marker
 * @throws Error where no segment begins, or one is cut off
 */
export function segmentAt(bytes: Uint8Array, from: number): CodedSegment | undefined {
  for (let at = from; at + 4 <= bytes.length; at++) {
    if (bytes[at] !== 0xff) throw new Error('damaged data between segments')
    const marker = bytes[at + 1]
    if (marker === 0xff) continue
    if (marker === EOI) return { marker, body: bytes.subarray(at + 2, at + 2), end: at + 2 }
    const length = (bytes[at + 2] << 8) | bytes[at + 3]
    const body = bytes.subarray(at + 4, at + 2 + length)
    if (length < 2 || body.length !== length - 2) throw new Error('a segment that is cut off')
    return { marker, body, end: at + 2 + length }
  }
  return undefined
}
