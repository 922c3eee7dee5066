/**
 * @file `NAME.geojson`: shapes for QuPath, a FeatureCollection (RFC 7946) whose coordinates are
 * corners of pixels in full resolution. Classes, colours and measurements are members that QuPath's
 * readers (`PathObjectTypeAdapters`) look for.
 */
import type { Spacing } from '../image/spacing.ts'
import type { Polygon, Ring } from '../pixels/outlines.ts'
import { hasJsonMark } from './mark.ts'
import { worldArea } from './measures.ts'
import type { FinishedImage, ImageOutput } from './output.ts'
import { type Shape, shapesOf } from './shapes.ts'
import { uuidOf } from './uuid.ts'

const KINDS = ['foreground', 'segment', 'object'] as const

export const geojson: ImageOutput = {
  per: 'image',
  name: 'geojson',
  suffix: '.geojson',
  help: 'outlines for QuPath: foreground and segments as annotations, objects as detections where many are seen',
  isOurs: hasJsonMark,
  encode: async (image) => {
    const features = shapesOf(image.result).map((shape) => JSON.stringify(featureOf(shape, image)))
    const version = JSON.stringify(image.run.version)
    return new TextEncoder().encode(`{"adzus":${version},"type":"FeatureCollection","features":[\n${features.join(',\n')}\n]}\n`)
  },
}

function featureOf(shape: Shape, { name, inputFile, result }: FinishedImage) {
  const { kind, id, colour, polygons } = shape
  const title = `${kind[0].toUpperCase()}${kind.slice(1)}`
  const numbered = kind === 'foreground' ? title : `${title} ${id}`
  return {
    type: 'Feature',
    id: uuidOf(inputFile.sha256, name, KINDS.indexOf(kind), id),
    geometry: geometryOf(polygons),
    properties: {
      objectType: kind === 'object' ? 'detection' : 'annotation',
      name: numbered,
      // QuPath colours objects by their class: segments are classes of their own.
      classification: kind === 'object' ? { name: title, color: OBJECTS } : { name: numbered, color: colour },
      measurements: measurementsOf(shape, result.image.spacing),
    },
  }
}

/** The colour of all objects, which are one class. */
const OBJECTS = [0, 160, 255]

function geometryOf(polygons: readonly Polygon[]) {
  const coordinates = polygons.map((rings) => rings.map(pointsOf))
  return coordinates.length === 1 ? { type: 'Polygon', coordinates: coordinates[0] } : { type: 'MultiPolygon', coordinates }
}

function pointsOf(ring: Ring): [number, number][] {
  return Array.from({ length: ring.length / 2 }, (_, i) => [ring[2 * i], ring[2 * i + 1]])
}

/** QuPath's positions count from the corner of the first pixel, ours from its centre. */
function measurementsOf({ area, measures }: Shape, spacing: Spacing | undefined): Record<string, number> {
  return {
    'Area px^2': area,
    ...(spacing && { [`Area ${spacing.unit}^2`]: worldArea(area, spacing) }),
    ...(measures && {
      'Centroid X px': measures.centroid[0] + 0.5,
      'Centroid Y px': measures.centroid[1] + 0.5,
      'Mean red': measures.meanColour[0],
      'Mean green': measures.meanColour[1],
      'Mean blue': measures.meanColour[2],
    }),
    ...Object.fromEntries(Object.entries(measures?.channelMeans ?? {}).map(([name, mean]) => [`Mean ${name}`, mean])),
    ...(measures &&
      'foregroundShare' in measures && { 'Foreground share': measures.foregroundShare, 'Border share': measures.borderShare }),
  }
}
