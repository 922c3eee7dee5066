/** @file RLE frames (PS3.5, annex G): a segment for each byte of a sample, the high one first. */

/** The most bytes that two of PackBits become. */
const MAX_EXPANSION = 64

/**
 * @param pixels of the frame
 * @param samples of a pixel
 * @param width bytes of a sample
 * @returns the samples plane after plane, low byte first
 * @throws Error for data that are damaged or too few
 */
export function decodeRle(bytes: Uint8Array, pixels: number, samples: number, width: number): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < 64) throw new Error('an RLE header that is cut off')
  const count = view.getUint32(0, true)
  if (count !== samples * width) throw new Error(`${count} RLE segments in place of ${samples * width}`)
  if (bytes.length * MAX_EXPANSION < pixels * samples * width) throw new Error('too little RLE data')
  const offsets = Array.from({ length: count }, (_, i) => view.getUint32(4 + 4 * i, true))
  const out = new Uint8Array(pixels * samples * width)
  for (let segment = 0; segment < count; segment++) {
    const [sample, byte] = [Math.floor(segment / width), width - 1 - (segment % width)]
    const end = offsets[segment + 1] ?? bytes.length
    unpack(bytes.subarray(offsets[segment], end), out, sample * pixels * width + byte, pixels, width)
  }
  return out
}

/** PackBits into every `step`th byte from `to` on. */
function unpack(bytes: Uint8Array, out: Uint8Array, to: number, count: number, step: number): void {
  let left = count
  for (let at = 0; left > 0; ) {
    if (at + 1 >= bytes.length) throw new Error('too little RLE data')
    const mark = bytes[at++]
    if (mark === 128) continue
    const length = Math.min(left, mark < 128 ? mark + 1 : 257 - mark)
    if (mark < 128 && at + length > bytes.length) throw new Error('too little RLE data')
    for (let i = 0; i < length; i++, to += step) out[to] = bytes[mark < 128 ? at + i : at]
    at += mark < 128 ? mark + 1 : 1
    left -= length
  }
}
