/**
 * @file LZW (TIFF 6.0, section 13): codes of 9 to 12 bits, highest bit first, the width changing
 * one code early.
 *
 * Each string of the table stands in what was written already, so that a code is a place and a
 * length.
 */

const CLEAR = 256
const END = 257
const FIRST = 258
const CODES = 4096

/** Where strings stand in the output, and how long they are; used anew by each call. */
const places = new Uint32Array(CODES)
const lengths = new Uint32Array(CODES)

/**
 * @param most so many bytes are wanted: no more are made
 * @returns as many or fewer
 * @throws Error for codes that do not exist, and for the old kind of LZW
 */
export function decodeLzw(data: Uint8Array, most: number): Uint8Array {
  if (data.length > 1 && data[0] === 0 && (data[1] & 1) === 1) throw new Error('LZW of an old kind, with its lowest bits first')
  const out = new Uint8Array(most)
  let [at, to, bits, held] = [0, 0, 0, 0]
  let [width, next] = [9, FIRST]
  /** Place and length of the string before; none behind a clear code. */
  let [last, lastLength] = [0, 0]
  while (to < most) {
    while (bits < width && at < data.length) {
      held = ((held << 8) | data[at++]) & 0xffffff
      bits += 8
    }
    if (bits < width) break
    const code = (held >> (bits - width)) & ((1 << width) - 1)
    bits -= width
    if (code === END) break
    if (code === CLEAR) {
      width = 9
      next = FIRST
      lastLength = 0
      continue
    }
    const start = to
    let length = 1
    if (code < CLEAR) out[to++] = code
    else {
      // The string before with its own first byte behind it is not in the table yet.
      const isNew = code === next && lastLength > 0
      if (code >= next && !isNew) throw new Error(`damaged data: an LZW code (${code}) that does not exist`)
      let from = isNew ? last : places[code]
      length = isNew ? lastLength + 1 : lengths[code]
      for (const end = Math.min(to + length, most); to < end; ) out[to++] = out[from++]
    }
    if (lastLength > 0 && next < CODES) {
      places[next] = last
      lengths[next] = lastLength + 1
      next++
      if (next === 511 || next === 1023 || next === 2047) width++
    }
    last = start
    lastLength = length
  }
  return out.subarray(0, to)
}
