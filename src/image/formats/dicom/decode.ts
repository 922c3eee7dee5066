/** @file DICOM files as images: one for each frame, with the values behind rescale or tables. */
import type { ByteSource } from '../../../source.ts'
import type { Decoded, ImageFacts, StoredImage } from '../../format.ts'
import type { Samples } from '../../raster.ts'
import { type Attributes, attributesOf } from './attributes.ts'
import { codedFrames } from './coded.ts'
import { rgbOfPalette, rgbOfYbr } from './colour.ts'
import { type Display, displayOf } from './display.ts'
import { brokenDicom, type DicomFile, readDicom } from './file.ts'
import { orientationOf, planeOf, spacingOfFrame } from './geometry.ts'
import { type Groups, groupsOf } from './groups.ts'
import { paletteOf } from './lut.ts'
import { MODALITIES } from './modalities.ts'
import { nativeFrames } from './native.ts'
import type { Frames, Stored, StoredSamples } from './stored.ts'
import { TAGS } from './tags.ts'

/** A file whose frames can be decoded. */
export interface Opened {
  file: DicomFile
  attributes: Attributes
  groups: Groups
  decode(frame: number): Promise<Decoded>
}

/**
 * The frames of a file.
 * @throws AdzusError for files that are damaged, have no pixels, or are written in a way that is
 *   not read
 */
export async function openDicom(source: ByteSource, where: string): Promise<StoredImage[]> {
  const { file, attributes, groups, decode } = await openPixels(source, where)
  const { width, height, frames } = attributes
  return Array.from({ length: frames }, (_, frame) => ({
    ...(frames > 1 && { name: `frame ${frame + 1}` }),
    width,
    height,
    get facts() {
      return factsOf(file, attributes, groups, frame)
    },
    decode: () => decode(frame),
  }))
}

/** A file with its pixels, for images and volumes. */
export async function openPixels(source: ByteSource, where: string): Promise<Opened> {
  const file = await readDicom(source, where)
  const attributes = attributesOf(file)
  const groups = guarded(where, () => groupsOf(file.data))
  const frames = file.syntax.coding === 'native' ? nativeFrames(file, attributes) : await codedFrames(file, attributes)
  return { file, attributes, groups, decode: (frame) => decodeFrameOf(file, attributes, groups, frames, frame) }
}

/** What a broken sequence or table causes is this file's own error. */
function guarded<T>(where: string, work: () => T): T {
  try {
    return work()
  } catch (cause) {
    if (cause instanceof Error && cause.name === 'AdzusError') throw cause
    throw brokenDicom(where, `a broken one: ${(cause as Error).message}`, 'Is the file complete?', cause)
  }
}

async function decodeFrameOf(file: DicomFile, attributes: Attributes, groups: Groups, frames: Frames, frame: number): Promise<Decoded> {
  const { data, where } = file
  const { width, height } = attributes
  const stored = await frames.read(frame)
  return guarded(where, () => {
    const group = groups.of(frame)
    const told = { width, height, spacing: spacingOfFrame(data, group) }
    if (attributes.samples === 3 || attributes.photometric === 'PALETTE COLOR') {
      const { samples, most } = coloursOf(file, attributes, stored)
      return { ...told, channels: 3, data: samples, ...(most !== 255 && { window: [0, most] as const }), notes: stored.notes }
    }
    const display = displayOf(data, attributes, group)
    const { window } = display
    const full =
      attributes.allocated <= 8 && attributes.stored < 8 && !attributes.signed ? ([0, 2 ** attributes.stored - 1] as const) : undefined
    const shown = window ?? (display.identity ? full : undefined)
    const { samples, note } = valuesOf(stored.data, display, attributes)
    const notes = [...stored.notes, ...display.notes, ...(note ? [note] : [])]
    // Windows count for more than 8 bits alone.
    const wide = shown && samples instanceof Uint8Array ? Uint16Array.from(samples) : samples
    return { ...told, channels: 1, data: wide, window: shown, notes }
  })
}

/** RGB, and what is full light. */
function coloursOf({ data }: DicomFile, attributes: Attributes, { data: stored, rgb }: Stored): { samples: Samples; most: number } {
  const { photometric, signed, stored: bits } = attributes
  if (photometric === 'PALETTE COLOR') {
    const palette = paletteOf(data, signed)
    return { samples: rgbOfPalette(stored, palette), most: 2 ** Math.max(...palette.map((table) => table.bits)) - 1 }
  }
  if ((photometric === 'YBR_FULL' || photometric === 'YBR_FULL_422') && !rgb) {
    if (!(stored instanceof Uint8Array)) throw new Error('luminances and colours of more than 8 bits')
    return { samples: rgbOfYbr(stored), most: 255 }
  }
  return { samples: narrow(stored, attributes), most: 2 ** bits - 1 }
}

/** Values of a type that rasters have: the smallest one that holds them exactly, else floats. */
function valuesOf(stored: StoredSamples, { map, identity }: Display, attributes: Attributes): { samples: Samples; note?: string } {
  if (identity) return { samples: narrow(stored, attributes), note: lossNote(stored) }
  const table = tableOfValues(stored, map)
  let [least, most, whole] = [Infinity, -Infinity, true]
  const each = table ? usedValues(stored, table) : undefined
  for (let i = 0; i < (each ?? stored).length; i++) {
    const value = each ? each[i] : map(stored[i])
    if (value < least) least = value
    if (value > most) most = value
    whole &&= Number.isInteger(value)
  }
  const out = samplesOf(stored.length, whole, least, most, attributes)
  if (table) for (let i = 0; i < stored.length; i++) out[i] = table.values[stored[i] - table.first]
  else for (let i = 0; i < stored.length; i++) out[i] = map(stored[i])
  return { samples: out }
}

/** Of samples of up to 16 bits, every value is computed once. */
function tableOfValues(stored: StoredSamples, map: (sample: number) => number): { first: number; values: Float64Array } | undefined {
  if (!(stored instanceof Uint8Array || stored instanceof Uint16Array || stored instanceof Int16Array)) return undefined
  const first = stored instanceof Int16Array ? -32768 : 0
  return { first, values: Float64Array.from({ length: stored instanceof Uint8Array ? 256 : 65536 }, (_, i) => map(first + i)) }
}

function usedValues(stored: StoredSamples, { first, values }: { first: number; values: Float64Array }): Float64Array {
  const used = new Uint8Array(values.length)
  for (let i = 0; i < stored.length; i++) used[stored[i] - first] = 1
  return values.filter((_, i) => used[i] === 1)
}

function samplesOf(length: number, whole: boolean, least: number, most: number, { stored, allocated }: Attributes): Samples {
  if (!whole) return new Float32Array(length)
  if (least >= 0 && most <= 255 && Math.min(stored, allocated) <= 8) return new Uint8Array(length)
  if (least >= 0 && most <= 65535) return new Uint16Array(length)
  return least >= -32768 && most <= 32767 ? new Int16Array(length) : new Float32Array(length)
}

/** Samples as they are, of a type that rasters have. */
function narrow(stored: StoredSamples, attributes: Attributes): Samples {
  if (stored instanceof Uint8Array || stored instanceof Float32Array) return stored
  if (stored instanceof Float64Array) return Float32Array.from(stored)
  if ((stored instanceof Uint16Array && attributes.stored > 8) || stored instanceof Int16Array) return stored
  let [least, most] = [Infinity, -Infinity]
  for (const sample of stored) {
    if (sample < least) least = sample
    if (sample > most) most = sample
  }
  const out = samplesOf(stored.length, true, least, most, attributes)
  out.set(stored)
  return out
}

function lossNote(stored: StoredSamples): string | undefined {
  const wide = stored instanceof Uint32Array || stored instanceof Int32Array
  return wide && stored.some((sample) => Math.fround(sample) !== sample) ? 'its values of 32 bits are rounded to floats' : undefined
}

/** What `adzus info` tells: nothing of it names a person, a place or a day. */
function factsOf(file: DicomFile, attributes: Attributes, groups: Groups, frame: number): ImageFacts {
  const { data, where, syntax } = file
  const { frames, allocated, stored, signed, photometric, samples, kind } = attributes
  return guarded(where, () => {
    const group = groups.of(frame)
    const plane = planeOf(group)
    const modality = data.text(TAGS.modality) ?? ''
    const colours = samples === 3 || photometric === 'PALETTE COLOR'
    return {
      type: kind === 'float' ? `float${allocated}` : allocated === 1 ? 'bit' : `${signed ? 'int' : 'uint'}${allocated}`,
      channels: samples,
      spacing: spacingOfFrame(data, group),
      window: colours ? undefined : displayOf(data, attributes, group).window,
      compression: syntax.name,
      others: {
        ...(MODALITIES.has(modality) && { modality }),
        ...(frames > 1 && { frames }),
        ...(stored !== allocated && { bits: stored }),
        photometric,
        ...(plane && { orientation: orientationOf(plane) }),
      },
    }
  })
}
