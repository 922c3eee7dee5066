/**
 * @file What the headers of coded frames tell, before anything is decoded: JPEG 2000 (SIZ, ITU-T
 * T.800, A.5.1), also within a JP2 file, and JPEG and JPEG-LS (SOF, ITU-T T.81, B.2.2).
 */

export interface Header {
  width: number
  height: number
  components: number
  /** Bits of a sample. */
  bits: number
  /** Whether samples are two's complement, of `bits`; JPEG does not tell. */
  signed: boolean
}

export type FrameSize = Pick<Header, 'width' | 'height' | 'components'>

/** Samples of a frame, as a codec hands them out; those of a pixel follow each other. */
export interface Coded extends Header {
  /** One byte a sample where `bits` is 8 or less, else two, the low one first. */
  data: Uint8Array
}

/**
 * Blank pictures take next to no bytes (4096 × 4096 pixels of JPEG 2000 have been seen in 195). So
 * many pixels may come of any stream, and so many more of each byte; others are refused before
 * memory is asked for.
 */
const PIXELS_AT_ALL = 2 ** 24
const PIXELS_A_BYTE = 2 ** 14

/**
 * The header of a frame that is to be decoded.
 * @param expected the size that the file tells; a stream of another is refused
 * @throws Error where there is no header, for another size, and for one that its bytes cannot fill
 */
export function expectedHeader(bytes: Uint8Array, expected: FrameSize): Header {
  const header = headerOf(bytes)
  if (!header) throw new Error('damaged data: its size cannot be found')
  const size = ({ width, height, components }: FrameSize) => `${width} × ${height} × ${components}`
  if (size(header) !== size(expected)) throw new Error(`a stream of ${size(header)} samples in place of ${size(expected)}`)
  if (header.width * header.height > PIXELS_AT_ALL + bytes.length * PIXELS_A_BYTE) throw new Error('too little data')
  return header
}

/** The size of a coded frame; nothing where it cannot be found. */
export function headerOf(bytes: Uint8Array): Header | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return frameHeader(bytes)
  const at = streamStart(bytes)
  return at === undefined ? undefined : sizeHeader(bytes, at)
}

/** Where a JPEG 2000 stream begins: at the start, or in a box `jp2c`. */
function streamStart(bytes: Uint8Array): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const isStream = (at: number) => at + 4 <= bytes.length && view.getUint32(at) === 0xff4fff51
  if (isStream(0)) return 0
  for (let at = 0; at + 16 <= bytes.length; ) {
    const [length, type] = [view.getUint32(at), view.getUint32(at + 4)]
    const header = length === 1 ? 16 : 8
    if (type === 0x6a703263) return isStream(at + header) ? at + header : undefined
    const size = length === 1 ? Number(view.getBigUint64(at + 8)) : length
    if (size < header) return undefined
    at += size
  }
  return undefined
}

function sizeHeader(bytes: Uint8Array, at: number): Header | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, bytes.byteLength - at)
  if (view.byteLength < 45) return undefined
  const components = view.getUint16(40)
  if (components === 0 || view.byteLength < 42 + 3 * components) return undefined
  // All components have to be alike.
  for (let c = 0; c < components; c++)
    if (view.getUint8(42 + 3 * c) !== view.getUint8(42) || view.getUint16(43 + 3 * c) !== 0x0101) return undefined
  const [width, height] = [view.getUint32(8) - view.getUint32(16), view.getUint32(12) - view.getUint32(20)]
  const depth = view.getUint8(42)
  return width > 0 && height > 0 ? { width, height, components, bits: (depth & 127) + 1, signed: depth > 127 } : undefined
}

/** JPEG's frame header, whatever its kind (0xc0 to 0xcf, and 0xf7 of JPEG-LS). */
function frameHeader(bytes: Uint8Array): Header | undefined {
  for (let at = 2; at + 9 < bytes.length; ) {
    if (bytes[at] !== 0xff) return undefined
    const marker = bytes[at + 1]
    if (marker === 0xff) {
      at++
      continue
    }
    const isFrame = marker === 0xf7 || (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker))
    if (isFrame) {
      const [bits, height, width] = [bytes[at + 4], (bytes[at + 5] << 8) | bytes[at + 6], (bytes[at + 7] << 8) | bytes[at + 8]]
      return { width, height, components: bytes[at + 9], bits, signed: false }
    }
    at += 2 + ((bytes[at + 2] << 8) | bytes[at + 3])
  }
  return undefined
}
