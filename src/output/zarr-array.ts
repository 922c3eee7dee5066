/** @file Label maps as arrays of Zarr version 3: chunks that are compressed by gzip. */
import { compress } from '../image/compress.ts'

/** Sides of a chunk in pixels, at most. */
const CHUNK = 512

/** A label map in one of its sizes. */
export interface Level {
  width: number
  height: number
  data: Uint8Array | Uint16Array
  /** How far apart its pixels are, in pixels of the whole map. */
  step: number
}

/**
 * A label map and the same in smaller, every second pixel of the one before, until one chunk holds
 * it. Labels cannot be averaged.
 */
export function levelsOf(map: Omit<Level, 'step'>): Level[] {
  const levels: Level[] = [{ ...map, step: 1 }]
  for (let last = levels[0]; Math.max(last.width, last.height) > CHUNK; last = levels.at(-1)!) {
    const [width, height] = [Math.ceil(last.width / 2), Math.ceil(last.height / 2)]
    const data = new (last.data instanceof Uint8Array ? Uint8Array : Uint16Array)(width * height)
    for (let y = 0, i = 0; y < height; y++) for (let at = 2 * y * last.width, x = 0; x < width; x++, i++, at += 2) data[i] = last.data[at]
    levels.push({ width, height, data, step: 2 * last.step })
  }
  return levels
}

/** An array's description, and its chunks by their keys; those of zeros alone are left out. */
export async function zarrArray({ width, height, data }: Level): Promise<{ metadata: object; chunks: Map<string, Uint8Array> }> {
  const [across, down] = [Math.min(width, CHUNK), Math.min(height, CHUNK)]
  const metadata = {
    zarr_format: 3,
    node_type: 'array',
    shape: [height, width],
    data_type: data instanceof Uint8Array ? 'uint8' : 'uint16',
    chunk_grid: { name: 'regular', configuration: { chunk_shape: [down, across] } },
    chunk_key_encoding: { name: 'default', configuration: { separator: '/' } },
    fill_value: 0,
    codecs: [
      { name: 'bytes', configuration: { endian: 'little' } },
      { name: 'gzip', configuration: { level: 6 } },
    ],
    dimension_names: ['y', 'x'],
    attributes: {},
  }
  const chunks = new Map<string, Uint8Array>()
  for (let row = 0; row * down < height; row++)
    for (let column = 0; column * across < width; column++) {
      const bytes = chunkOf({ width, height, data }, column * across, row * down, across, down)
      if (bytes) chunks.set(`c/${row}/${column}`, await compress([bytes], 'gzip'))
    }
  return { metadata, chunks }
}

/** The bytes of a chunk, which is whole at the edges, too; nothing where all are zero. */
function chunkOf(
  { width, height, data }: Omit<Level, 'step'>,
  left: number,
  top: number,
  across: number,
  down: number,
): Uint8Array<ArrayBuffer> | undefined {
  const size = data.BYTES_PER_ELEMENT
  const view = new DataView(new ArrayBuffer(across * down * size))
  let isEmpty = true
  for (let y = top; y < Math.min(top + down, height); y++)
    for (let x = left; x < Math.min(left + across, width); x++) {
      const value = data[y * width + x]
      if (value === 0) continue
      isEmpty = false
      const at = ((y - top) * across + x - left) * size
      if (size === 1) view.setUint8(at, value)
      else view.setUint16(at, value, true)
    }
  return isEmpty ? undefined : new Uint8Array(view.buffer)
}
