/**
 * @file The shapes of a result: its foreground, its segments, and the objects where many are seen.
 * All outputs of outlines have the same ones, in this order and by these names.
 */
import { objectsOf } from '../adzus/objects.ts'
import type { Segmentation } from '../adzus/segmentation.ts'
import { type Colour, FOREGROUND_COLOUR, segmentColour } from '../image/palette.ts'
import { outlines, type Polygon, ringArea } from '../pixels/outlines.ts'
import { type ObjectMeasures, objectMeasures, type SegmentMeasures, segmentMeasures } from './measures.ts'

export interface Shape {
  kind: 'foreground' | 'segment' | 'object'
  /** Its number in the label map; of the foreground 1. */
  id: number
  colour: Colour
  /** One for each of its parts. */
  polygons: readonly Polygon[]
  /** Pixels. */
  area: number
  /** What is measured of it; nothing of the foreground. */
  measures?: SegmentMeasures | ObjectMeasures
}

/** Of each result its shapes, since several outputs ask for them. */
const known = new WeakMap<Segmentation, readonly Shape[]>()

/** The shapes of a result; a foreground that is empty is none. */
export function shapesOf(result: Segmentation): readonly Shape[] {
  let shapes = known.get(result)
  if (!shapes) {
    shapes = trace(result)
    known.set(result, shapes)
  }
  return shapes
}

/** What a shape is called: `segment-3`; there is one foreground. */
export function nameOf({ kind, id }: Shape): string {
  return kind === 'foreground' ? kind : `${kind}-${id}`
}

function trace(result: Segmentation): Shape[] {
  const { width, height } = result
  const foreground = outlines({ width, height, data: result.mask }).get(255)
  const of = (kind: 'segment' | 'object', data: ArrayLike<number>, list: readonly (SegmentMeasures | ObjectMeasures)[]) => {
    const polygons = outlines({ width, height, data })
    return list.map(
      (measures): Shape => ({
        kind,
        id: measures.id,
        colour: segmentColour(measures.id),
        polygons: polygons.get(measures.id) ?? [],
        area: measures.area,
        measures,
      }),
    )
  }
  return [
    ...(foreground ? [shapeOfForeground(foreground)] : []),
    ...of('segment', result.labels, result.segments.map(segmentMeasures)),
    ...(result.objects ? of('object', result.objects.labels, objectsOf(result).list.map(objectMeasures)) : []),
  ]
}

function shapeOfForeground(polygons: readonly Polygon[]): Shape {
  const area = polygons.flat().reduce((sum, ring) => sum + ringArea(ring), 0)
  return { kind: 'foreground', id: 1, colour: FOREGROUND_COLOUR, polygons, area }
}
