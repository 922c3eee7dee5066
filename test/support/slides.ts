/** @file Made slides: discs on flat ground, as images of a file with levels, of which parts are read. */
import type { Decoded, Part, StoredImage } from '../../src/index.ts'

export type Disc = readonly [x: number, y: number, radius: number]

/** Colours of the discs and of what surrounds them. */
export interface Paint {
  ground?: readonly [number, number, number]
  disc?: readonly [number, number, number]
}

/** The pixels of a box, each of which covers `step` pixels at full resolution. */
export function discs(
  box: { x: number; y: number; width: number; height: number },
  list: readonly Disc[],
  { ground = [236, 226, 232], disc = [110, 50, 130] }: Paint = {},
  step = 1,
): Uint8Array {
  const data = new Uint8Array(3 * box.width * box.height)
  for (let i = 0; i < data.length; i++) data[i] = ground[i % 3]
  for (const [cx, cy, r] of list) {
    const [x, y, radius] = [cx / step - box.x, cy / step - box.y, r / step]
    for (let v = Math.max(0, Math.floor(y - radius)); v <= Math.min(box.height - 1, y + radius); v++)
      for (let u = Math.max(0, Math.floor(x - radius)); u <= Math.min(box.width - 1, x + radius); u++)
        if (Math.hypot(u - x, v - y) <= radius) data.set(disc, 3 * (v * box.width + u))
  }
  return data
}

/** A slide of discs with levels, each so many times coarser; `reads` says what was read of which. */
export function slideOf(
  { width, height }: { width: number; height: number },
  list: readonly Disc[],
  { mpp, levels = [], paint }: { mpp?: number; levels?: readonly number[]; paint?: Paint } = {},
): { slide: StoredImage; reads: { step: number; part: Part }[] } {
  const reads: { step: number; part: Part }[] = []
  const level = (step: number): StoredImage => {
    const size = { width: Math.floor(width / step), height: Math.floor(height / step) }
    const decodePart = async (part: Part): Promise<Decoded> => {
      reads.push({ step, part })
      const box = part.region ?? { x: 0, y: 0, ...size }
      return { width: box.width, height: box.height, channels: 3, data: discs(box, list, paint, step), notes: [] }
    }
    const facts = { type: 'uint8', ...(mpp && { spacing: { x: (mpp * step) / 1000, y: (mpp * step) / 1000, unit: 'mm' as const } }) }
    return { ...size, facts, decodePart, decode: () => decodePart({}) }
  }
  return { slide: { ...level(1), levels: levels.map(level) }, reads }
}
