/** @file Masks and pictures for evaluations, and reading their tables. */
import { encodePng } from '../../src/image/png-writer.ts'

/** A grey picture of boxes on 0, as a PNG. */
export function drawn(
  width: number,
  height: number,
  boxes: readonly (readonly [x: number, y: number, width: number, height: number, value: number])[],
) {
  const data = new Uint8Array(width * height)
  for (const [x0, y0, w, h, value] of boxes) for (let y = y0; y < y0 + h; y++) for (let x = x0; x < x0 + w; x++) data[y * width + x] = value
  return encodePng(width, height, data)
}

/** A bright disc on dark ground, with a little texture, and its mask. */
export async function pictureOf(side: number, diameter: number) {
  const inside = (i: number) => Math.hypot((i % side) + 0.5 - side / 2, Math.floor(i / side) + 0.5 - side / 2) < diameter / 2
  const mask = Uint8Array.from({ length: side * side }, (_, i) => (inside(i) ? 255 : 0))
  const picture = Uint8Array.from({ length: 3 * side * side }, (_, i) => (inside(Math.floor(i / 3)) ? 200 : 40) + ((i * 7) % 11))
  return { picture: await encodePng(side, side, picture), mask: await encodePng(side, side, mask) }
}

/** The lines of a table without quotes, by its columns. */
export function csvOf(text: string): Record<string, string>[] {
  const [head, ...lines] = text.trimEnd().split('\n')
  const names = head.split(',')
  return lines.map((line) => Object.fromEntries(line.split(',').map((cell, i) => [names[i], cell])))
}
