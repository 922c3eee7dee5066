/** @file Frames that are plain numbers: byte orders, bits, subsampled colours. */
import type { Attributes } from './attributes.ts'
import { brokenDicom, type DicomFile } from './file.ts'
import { type Frames, joined, masked, typed } from './stored.ts'

/** @throws AdzusError where there are fewer bytes than the header says */
export function nativeFrames(file: DicomFile, attributes: Attributes): Frames {
  const { where, source, syntax } = file
  const { width, height, samples, allocated, pixels, photometric } = attributes
  if (pixels.open) throw brokenDicom(where, 'a broken one: fragments of pixels in a syntax without')
  const count = width * height * samples
  const there = Math.min(pixels.length, source.size - pixels.at)
  const bits = { full: count * allocated, halved: width * height * 2 * allocated }
  const needed = (of: number) => Math.ceil((of * attributes.frames) / 8)
  // Some writers name them subsampled although they are not.
  const halved = photometric === 'YBR_FULL_422' && pixels.length < needed(bits.full)
  const frameBits = halved ? bits.halved : bits.full
  if (halved && (width % 2 !== 0 || attributes.planar)) throw brokenDicom(where, 'a broken one: YBR_FULL_422 of an odd width or in planes')
  if (there < needed(frameBits))
    throw brokenDicom(where, `one with ${there} bytes of pixels in place of ${needed(frameBits)}`, 'Is the file complete?')
  /** In big endian, bytes are swapped within words (PS3.5, annex A.3). */
  const words = !syntax.little && allocated <= 8 && pixels.vr !== 'OB'
  return {
    async read(frame) {
      const from = (frame * frameBits) / 8
      const first = words ? 2 * Math.floor(from / 2) : Math.floor(from)
      const last = Math.ceil(from + frameBits / 8)
      const end = words ? Math.min(there, 2 * Math.ceil(last / 2)) : last
      const bytes = await source.read(pixels.at + first, end - first)
      const plain = words ? swapped(bytes, 2) : bytes
      if (allocated === 1) return { data: unpacked(plain, 8 * (from - first), count), rgb: false, notes: [] }
      const cut = plain.subarray(from - first, from - first + frameBits / 8)
      const full = halved ? fullColours(cut) : cut
      const data = typed(syntax.little ? full : swapped(full, allocated / 8), attributes)
      return { data: joined(masked(data, attributes, attributes.stored), attributes, attributes.planar), rgb: false, notes: [] }
    },
  }
}

/** Bytes of words in the opposite order; an odd one at the end stays. */
function swapped(bytes: Uint8Array, width: number): Uint8Array {
  if (width < 2) return bytes
  const out = new Uint8Array(bytes)
  for (let at = 0; at + width <= out.length; at += width) out.subarray(at, at + width).reverse()
  return out
}

/** Bits, the lowest of a byte first. */
function unpacked(bytes: Uint8Array, from: number, count: number): Uint8Array {
  const out = new Uint8Array(count)
  for (let i = 0; i < count; i++) out[i] = (bytes[(from + i) >> 3] >> ((from + i) & 7)) & 1
  return out
}

/** YBR_FULL_422: two luminances share a pair of colours (PS3.3, C.7.6.3.1.2). */
function fullColours(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array((bytes.length / 4) * 6)
  for (let from = 0, to = 0; from + 4 <= bytes.length; from += 4)
    for (const y of [bytes[from], bytes[from + 1]]) {
      out[to++] = y
      out[to++] = bytes[from + 2]
      out[to++] = bytes[from + 3]
    }
  return out
}
