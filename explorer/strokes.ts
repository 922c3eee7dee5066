/** @file Corrections of a mask by a brush, kept as strokes: they can be undone, and take no memory. */

export interface Stroke {
  /** Painted, or erased. */
  adds: boolean
  /** In pixels of the picture. */
  radius: number
  /** The way of the brush, joined by straight lines. */
  way: readonly (readonly [x: number, y: number])[]
}

/** A mask with strokes over it, in their order: 255 inside, else 0. The mask itself is left as it is. */
export function withStrokes(mask: Uint8Array<ArrayBuffer>, width: number, strokes: readonly Stroke[]): Uint8Array<ArrayBuffer> {
  if (strokes.length === 0) return mask
  const corrected = mask.slice()
  for (const stroke of strokes) paint(corrected, width, stroke)
  return corrected
}

/** Every pixel whose centre is within the radius of the way. */
function paint(mask: Uint8Array, width: number, { adds, radius, way }: Stroke): void {
  const height = mask.length / width
  for (const [i, to] of way.entries()) {
    const from = way[Math.max(0, i - 1)]
    const left = Math.max(0, Math.floor(Math.min(from[0], to[0]) - radius))
    const right = Math.min(width - 1, Math.ceil(Math.max(from[0], to[0]) + radius))
    const top = Math.max(0, Math.floor(Math.min(from[1], to[1]) - radius))
    const bottom = Math.min(height - 1, Math.ceil(Math.max(from[1], to[1]) + radius))
    for (let y = top; y <= bottom; y++)
      for (let x = left; x <= right; x++) if (distance2(x, y, from, to) <= radius * radius) mask[y * width + x] = adds ? 255 : 0
  }
}

/** Of a point from the segment between two others, squared. */
function distance2(x: number, y: number, [x0, y0]: readonly [number, number], [x1, y1]: readonly [number, number]): number {
  const [dx, dy] = [x1 - x0, y1 - y0]
  const length2 = dx * dx + dy * dy
  const share = length2 === 0 ? 0 : Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) / length2))
  return (x - x0 - share * dx) ** 2 + (y - y0 - share * dy) ** 2
}
