/** @file PackBits (TIFF 6.0, section 9): runs of a byte, and bytes as they are. */

/**
 * @param most so many bytes are wanted: no more are made
 * @returns as many or fewer
 */
export function decodePackBits(data: Uint8Array, most: number): Uint8Array {
  const out = new Uint8Array(most)
  let to = 0
  for (let at = 0; at < data.length && to < most; ) {
    const head = data[at++]
    if (head === 128) continue
    if (head < 128) {
      const bytes = data.subarray(at, at + Math.min(head + 1, most - to))
      out.set(bytes, to)
      to += bytes.length
      at += head + 1
    } else {
      if (at === data.length) break
      const end = Math.min(to + 257 - head, most)
      out.fill(data[at++], to, end)
      to = end
    }
  }
  return out.subarray(0, to)
}
