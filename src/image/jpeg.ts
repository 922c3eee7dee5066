/**
 * @file JPEG, decoded by libjpeg (MozJPEG compiled to WebAssembly, npm `@jsquash/jpeg`), so that pixels equal those of Pillow and most other tools.
 *
 * Orientation in EXIF is not applied: the mask belongs to the stored pixel grid.
 */
import decode, { init } from '@jsquash/jpeg/decode.js'
import { jpegModule } from '#platform'
import { AdzusError } from '../errors.ts'
import { checkSize, type Pixels } from './raster.ts'

export function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff
}

let ready: Promise<void> | undefined
/** What the decoder has complained about. */
let complaints: string[] = []

export async function decodeJpeg(bytes: Uint8Array, where: string): Promise<Pixels> {
  const frame = readFrame(bytes, where)
  checkSize(frame.width, frame.height, where)
  if (frame.components === 4) throw broken(where, 'CMYK colours', 'Convert it to RGB.')
  // The decoder hands its pixels to this class, which only browsers and Deno have.
  globalThis.ImageData ??= PlainImageData as unknown as typeof ImageData
  ready ??= start()
  complaints = []
  try {
    await ready
    const { width, height, data } = await decode(new Uint8Array(bytes).buffer)
    return { width, height, data }
  } catch {
    // A failed decoder has exited: the next picture gets a new one.
    ready = undefined
    throw broken(where, complaints.join('; ') || 'data that cannot be decoded', 'Is the file complete?')
  }
}

async function start(): Promise<void> {
  const options = { print: () => {}, printErr: (text: string) => complaints.push(text) }
  // The published types know only the options, the implementation takes a compiled module before them.
  await (init as (...args: unknown[]) => Promise<void>)(await jpegModule(), options)
}

class PlainImageData {
  readonly data: Uint8ClampedArray
  readonly width: number
  readonly height: number
  constructor(data: Uint8ClampedArray, width: number, height: number) {
    this.data = data
    this.width = width
    this.height = height
  }
}

interface Frame {
  width: number
  height: number
  components: number
}

/**
 * Walks the segments: the frame header (SOF) holds the size, and an end marker (EOI) must follow, or the decoder would fill up a truncated picture with grey.
 * That of a thumbnail does not count: it lies inside a segment.
 */
function readFrame(bytes: Uint8Array, where: string): Frame {
  let frame: Frame | undefined
  for (let at = 2; at + 1 < bytes.length; ) {
    const marker = bytes[at + 1]
    // Entropy-coded data of a scan and fill bytes; then markers without a body.
    if (bytes[at] !== 0xff || marker === 0xff) {
      at++
      continue
    }
    if (marker <= 0x01 || (marker >= 0xd0 && marker <= 0xd7)) {
      at += 2
      continue
    }
    if (marker === 0xd9) {
      if (!frame) break
      return frame
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)
    if (isFrame && !frame && at + 9 < bytes.length) {
      const bits = bytes[at + 4]
      if (bits !== 8) throw broken(where, `${bits} bits a sample`, 'Only 8-bit JPEG files are read; use a 16-bit PNG for more.')
      frame = { height: (bytes[at + 5] << 8) | bytes[at + 6], width: (bytes[at + 7] << 8) | bytes[at + 8], components: bytes[at + 9] }
    }
    at += 2 + ((bytes[at + 2] << 8) | bytes[at + 3])
  }
  throw broken(where, frame ? 'no end marker' : 'no frame header', 'The file is incomplete.')
}

function broken(where: string, got: string, hint: string): AdzusError {
  return new AdzusError({ what: 'image', where, expected: 'a JPEG file', got, hint })
}
