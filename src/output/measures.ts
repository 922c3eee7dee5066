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

export function objectMeasures(region: ObjectMeasures): ObjectMeasures {
  const {
    id,
    area,
    bbox,
    centroid: [x, y],
    meanColour: [red, green, blue],
    channelMeans,
  } = region
  return {
    id,
    area,
    bbox,
    centroid: [round(x, 2), round(y, 2)],
    meanColour: [round(red, 2), round(green, 2), round(blue, 2)],
    ...(channelMeans && { channelMeans: roundedMeans(channelMeans) }),
  }
}

/** Channels may have any scale: nine digits each. Those without a number are left out. */
function roundedMeans(means: Readonly<Record<string, number>>): Record<string, number> {
  const known = Object.entries(means).filter(([, mean]) => Number.isFinite(mean))
  return Object.fromEntries(known.map(([name, mean]) => [name, Number(mean.toPrecision(9))]))
}

/** An area in the square of the spacing's unit, to nine digits. */
export function worldArea(pixels: number, { x, y }: Spacing): number {
  return Number((pixels * x * y).toPrecision(9))
}

export function round(value: number, digits: number): number {
  return Number(value.toFixed(digits))
}
