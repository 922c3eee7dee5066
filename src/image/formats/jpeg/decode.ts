/**
 * @file JPEG, decoded by libjpeg (MozJPEG compiled to WebAssembly, npm `@jsquash/jpeg`), so that
 * pixels equal those of Pillow and most other tools.
 */
import startDecoder, { type MozJPEGModule } from '@jsquash/jpeg/codec/dec/mozjpeg_dec.js'
import { packageWasm } from '#platform'
import { loadPart } from '../../../part.ts'
import type { ByteSource } from '../../../source.ts'
import type { Decoded, StoredImage } from '../../format.ts'
import { joinInks, splitInks } from './cmyk.ts'
import { brokenJpeg, type JpegParts, readSegments, writeSegments } from './segments.ts'

/** The decoder's WebAssembly. */
const WASM = 'JPEG decoder (mozjpeg_dec.wasm of @jsquash/jpeg)'

/** A decoder that has started, and what it has complained about. */
interface Decoder {
  decode: MozJPEGModule['decode']
  complaints: string[]
}

let starting: Promise<Decoder> | undefined

/**
 * @throws AdzusError for files that libjpeg does not read or finds incomplete, and for sizes that
 *   cannot be segmented
 */
export async function openJpeg(source: ByteSource, where: string): Promise<StoredImage[]> {
  const parts = readSegments(await source.read(0, source.size), where)
  const { width, height, components } = parts.frame
  const channels = Math.min(3, components.length)
  const facts = { type: 'uint8', channels, spacing: parts.spacing ?? parts.exif?.spacing, compression: 'JPEG' }
  return [{ width, height, facts, decode: () => decodeSegments(parts, where) }]
}

/**
 * The pixels of a file, or of a part of another file, whose segments were read.
 * @throws AdzusError for what libjpeg does not read or finds incomplete
 */
export async function decodeSegments(parts: JpegParts, where: string): Promise<Decoded> {
  const { frame, exif, ended } = parts
  const { width, height } = frame
  const notes = [...parts.notes]
  if (!ended) notes.push('its end marker is missing, but all its pixels are there')
  const told = { spacing: parts.spacing ?? exif?.spacing, orientation: exif?.orientation }
  if (frame.components.length === 4) {
    notes.push('it has four inks (CMYK), which became RGB without their colour profile')
    const [colours, black] = await Promise.all(split(parts, where).map((part) => decodeParts(part, notes, where)))
    return { width, height, channels: 3, data: joinInks(colours, black, parts), ...told, notes: [...new Set(notes)] }
  }
  const channels = frame.components.length
  const data = firstChannels(await decodeParts(parts, notes, where), channels)
  return { width, height, channels, data, ...told, notes }
}

/**
 * The samples of a part of another file with four channels, whatever these are: as they are stored.
 * @throws AdzusError for what libjpeg does not read or finds incomplete
 */
export async function decodeFourChannels(parts: JpegParts, where: string): Promise<Decoded> {
  const { width, height } = parts.frame
  const notes = [...parts.notes]
  const [first, last] = await Promise.all(split({ ...parts, transform: 0 }, where).map((part) => decodeParts(part, notes, where)))
  const data = new Uint8Array(first)
  for (let i = 3; i < data.length; i += 4) data[i] = last[i - 1]
  return { width, height, channels: 4, data, notes: [...new Set(notes)] }
}

/**
 * The decoder hands out RGBA; a file has one channel or three.
 * @example
 * const rgb = firstChannels(Uint8ClampedArray.of(1, 2, 3, 255), 3) // 1, 2, 3
 */
export function firstChannels(rgba: Uint8ClampedArray, channels: number): Uint8Array {
  const pixels = rgba.length / 4
  const out = new Uint8Array(pixels * channels)
  if (channels === 1) for (let i = 0; i < pixels; i++) out[i] = rgba[4 * i]
  else takeThree(rgba, out)
  return out
}

/** Four pixels are four words there and three words here, the first byte in the lowest bits. */
function takeThree(rgba: Uint8ClampedArray, out: Uint8Array): void {
  const fours = Math.floor(out.length / 12)
  const from = new Uint32Array(rgba.buffer, rgba.byteOffset, fours * 4)
  const to = new Uint32Array(out.buffer, 0, fours * 3)
  for (let i = 0, p = 0, q = 0; i < fours; i++, p += 4, q += 3) {
    const second = from[p + 1]
    const third = from[p + 2]
    to[q] = (from[p] & 0xffffff) | (second << 24)
    to[q + 1] = ((second >>> 8) & 0xffff) | (third << 16)
    to[q + 2] = ((third >>> 16) & 0xff) | (from[p + 3] << 8)
  }
  for (let i = fours * 4; i < out.length / 3; i++) out.set(rgba.subarray(4 * i, 4 * i + 3), 3 * i)
}

function split(parts: JpegParts, where: string): JpegParts[] {
  try {
    return splitInks(parts)
  } catch (cause) {
    throw brokenJpeg(where, `one of four channels with ${(cause as Error).message}`, 'Is the file complete? Else convert it to RGB.', cause)
  }
}

/**
 * What libjpeg makes of a file of up to three channels: RGBA. What harmless things it says becomes
 * notes.
 */
async function decodeParts(parts: JpegParts, notes: string[], where: string): Promise<Uint8ClampedArray> {
  const file = writeSegments(parts)
  const decoder = await decoderAtWork()
  // From here to the end nothing else runs, so that complaints are those of this file.
  decoder.complaints.length = 0
  let pixels: ImageData | null = null
  let cause: unknown
  try {
    pixels = decoder.decode(file, false)
  } catch (error) {
    // A failed decoder has exited: the next picture gets a new one.
    starting = undefined
    cause = error
  }
  const complaints = [...decoder.complaints]
  if (!pixels) throw brokenJpeg(where, `a broken one: ${complaints.join('; ') || 'data that cannot be decoded'}`, undefined, cause)
  const grave = complaints.find((complaint) => !isHarmless(complaint))
  if (grave) throw brokenJpeg(where, `one with missing or damaged data: ${grave}`)
  notes.push(...complaints.map((complaint) => `the decoder says: ${complaint}`))
  return pixels.data as Uint8ClampedArray
}

/**
 * Bytes that are left over behind a scan say little; before a restart marker (0xd0 to 0xd7) they
 * mean that the data do not fit.
 */
function isHarmless(complaint: string): boolean {
  return /extraneous bytes before marker 0x(?!d[0-7])/.test(complaint)
}

async function decoderAtWork(): Promise<Decoder> {
  for (;;) {
    starting ??= start()
    const asked = starting
    const decoder = await asked.catch((error) => {
      starting = undefined
      throw error
    })
    // Meanwhile another picture may have ended it.
    if (asked === starting) return decoder
  }
}

async function start(): Promise<Decoder> {
  // The decoder hands its pixels to this class, which only browsers and Deno have.
  globalThis.ImageData ??= PlainImageData as unknown as typeof ImageData
  const complaints: string[] = []
  const compiled = await loadPart(WASM, () => packageWasm('@jsquash/jpeg', 'codec/dec/mozjpeg_dec.wasm'))
  const options = {
    noInitialRun: true,
    print: () => {},
    printErr: (text: string) => complaints.push(text),
    // Where there is a compiled module; else the decoder fetches it itself.
    ...(compiled && {
      instantiateWasm(imports: WebAssembly.Imports, receive: (instance: WebAssembly.Instance) => void) {
        const instance = new WebAssembly.Instance(compiled, imports)
        receive(instance)
        return instance.exports
      },
    }),
  }
  const module = await loadPart(WASM, () => (startDecoder as (options: object) => Promise<MozJPEGModule>)(options))
  return { decode: (file, orientation) => module.decode(file, orientation), complaints }
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
