/** @file The outline of a mask in small, as a path of SVG along the edges of its pixels. */
import type { Mask } from '../pixels/mask.ts'

/** Longer side of the pictures in a report, in pixels. */
export const THUMBNAIL = 128

/** The size of a picture in a report; small ones stay as they are. */
export function thumbnailSize(width: number, height: number): [width: number, height: number] {
  const scale = Math.min(1, THUMBNAIL / Math.max(width, height))
  return [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))]
}

/**
 * The edges between inside and outside of a mask at thumbnail size, where each pixel is what is at
 * its centre; the picture's border is no edge.
 * @returns what `d` of a path takes; nothing for a mask without edges
 */
export function outline(mask: Mask): string {
  const [width, height] = thumbnailSize(mask.width, mask.height)
  const isInside = (x: number, y: number) => {
    const [column, row] = [Math.floor(((x + 0.5) * mask.width) / width), Math.floor(((y + 0.5) * mask.height) / height)]
    return mask.data[row * mask.width + column] !== 0
  }
  const path: string[] = []
  // Runs of edges along a row, then along a column.
  const runs = (
    lines: number,
    along: number,
    isEdge: (line: number, at: number) => boolean,
    draw: (line: number, from: number, length: number) => string,
  ) => {
    for (let line = 1; line < lines; line++)
      for (let at = 0; at < along; at++) {
        const from = at
        while (at < along && isEdge(line, at)) at++
        if (at > from) path.push(draw(line, from, at - from))
      }
  }
  runs(
    height,
    width,
    (y, x) => isInside(x, y - 1) !== isInside(x, y),
    (y, x, length) => `M${x} ${y}h${length}`,
  )
  runs(
    width,
    height,
    (x, y) => isInside(x - 1, y) !== isInside(x, y),
    (x, y, length) => `M${x} ${y}v${length}`,
  )
  return path.join('')
}
