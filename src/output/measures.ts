/** @file What is measured of a region, with the digits that are written. */
import type { ObjectRegion } from '../adzus/objects.ts'
import type { Segment } from '../adzus/segments.ts'
import type { Spacing } from '../image/spacing.ts'

/** Of a segment. */
export type SegmentMeasures = Omit<Segment, 'rle'>
/** Of an object. */
export type ObjectMeasures = Omit<ObjectRegion, 'rle'>

export function segmentMeasures(segment: SegmentMeasures): SegmentMeasures {
  const { foreground, foregroundShare, borderShare } = segment
  const { id, ...measures } = objectMeasures(segment)
  return {
    id,
    foreground,
    // So many digits that just below a half stays below: a picture has at most 2^28 pixels.
    foregroundShare: round(foregroundShare, 9),
    ...measures,
    borderShare: round(borderShare, 4),
  }
}

export function objectMeasures({ id, area, bbox, centroid: [x, y], meanColour: [red, green, blue] }: ObjectMeasures): ObjectMeasures {
  return {
    id,
    area,
    bbox,
    centroid: [round(x, 2), round(y, 2)],
    meanColour: [round(red, 2), round(green, 2), round(blue, 2)],
  }
}

/** An area in the square of the spacing's unit, to nine digits. */
export function worldArea(pixels: number, { x, y }: Spacing): number {
  return Number((pixels * x * y).toPrecision(9))
}

export function round(value: number, digits: number): number {
  return Number(value.toFixed(digits))
}
