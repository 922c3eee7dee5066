/** @file The colours of segments: the same in the palette of a label map and in an overlay. */
import { isWhole, must } from '../arguments.ts'

/** Each from 0 to 255. */
export type Colour = readonly [red: number, green: number, blue: number]

/** What outlines the foreground. */
export const FOREGROUND_COLOUR: Colour = [255, 230, 0]

/** Label maps of so many segments fit one byte a pixel, and so a palette. */
export const MOST_COLOURS = 255

/**
 * Colour of a segment. Hues a golden angle apart are far from each other for any number of
 * segments; the first 255 are all different.
 * @param label 1 or more
 * @example
 * const [red, green, blue] = segmentColour(3)
 */
export function segmentColour(label: number): Colour {
  must('label', isWhole(label, 1, Number.MAX_SAFE_INTEGER), 'a whole number of 1 or more', label)
  const hue = (label * 137.508) % 360
  const channel = (n: number) => {
    const k = (n + hue / 30) % 12
    return Math.round(255 * (0.55 - 0.4 * Math.max(-1, Math.min(k - 3, 9 - k, 1))))
  }
  return [channel(0), channel(8), channel(4)]
}

/**
 * The palette of a map with labels 1 … count (at most 255): index 0, which no segment has, is
 * black.
 * @example
 * await encodePng(width, height, labels, { palette: segmentPalette(segments.length) })
 */
export function segmentPalette(count: number): Colour[] {
  must('count', isWhole(count, 0, MOST_COLOURS), `a whole number from 0 to ${MOST_COLOURS}`, count)
  return [[0, 0, 0], ...Array.from({ length: count }, (_, i) => segmentColour(i + 1))]
}
