/**
 * @file `NAME.geojson`: shapes for QuPath, a FeatureCollection (RFC 7946) whose coordinates are
 * corners of pixels in full resolution. Classes, colours and measurements are members that QuPath's
 * readers (`PathObjectTypeAdapters`) look for.
 */

import type { TiledSegmentation } from '../adzus/tiles/tiled.ts'
import { FOREGROUND_COLOUR } from '../image/palette.ts'
import type { Spacing } from '../image/spacing.ts'
import { outlines } from '../pixels/outlines.ts'
import { hasJsonMark } from './mark.ts'
import { round, worldArea } from './measures.ts'
import type { FinishedImage, FinishedTiles, ImageOutput } from './output.ts'
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
  encodeTiles,
}

/** Objects as detections, parts of the mask as annotations, in pixels of the whole file. */
async function encodeTiles({ name, inputFile, result, run }: FinishedTiles): Promise<Uint8Array> {
  const pieces = [`{"adzus":${JSON.stringify(run.version)},"type":"FeatureCollection","features":[\n`]
  const [kind, title, type] = result.many
    ? (['object', 'Object', 'detection'] as const)
    : (['foreground', 'Foreground', 'annotation'] as const)
  for (const { id, area, centroid } of result.objects.list) {
    const feature = {
      type: 'Feature',
      id: uuidOf(inputFile.sha256, name, KINDS.indexOf(kind), id),
      geometry: geometryOf(polygonsOf(result, id)),
      properties: {
        objectType: type,
        name: `${title} ${id}`,
        classification: { name: title, color: result.many ? OBJECTS : FOREGROUND_COLOUR },
        measurements: {
          'Area px^2': round(area, 2),
          'Centroid X px': round(centroid[0] + 0.5, 2),
          'Centroid Y px': round(centroid[1] + 0.5, 2),
        },
      },
    }
    pieces.push(`${JSON.stringify(feature)}${id < result.objects.count ? ',' : ''}\n`)
  }
  pieces.push(']}\n')
  return new Uint8Array(await new Blob(pieces).arrayBuffer())
}

/** The outlines of an object, along the edges of its pixels, at full resolution. */
function polygonsOf(result: TiledSegmentation, id: number): number[][][] {
  const { x, y, step, ...mask } = result.objectMask(id)
  const { region, scale } = result
  const at = (value: number, i: number) =>
    i % 2 === 0 ? round(region.x + (x + value * step) * scale[0], 2) : round(region.y + (y + value * step) * scale[1], 2)
  return (outlines(mask).get(1) ?? []).map((rings) => rings.map((ring) => Array.from(ring, at)))
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

function geometryOf(polygons: readonly (readonly ArrayLike<number>[])[]) {
  const coordinates = polygons.map((rings) => rings.map(pointsOf))
  return coordinates.length === 1 ? { type: 'Polygon', coordinates: coordinates[0] } : { type: 'MultiPolygon', coordinates }
}

function pointsOf(ring: ArrayLike<number>): [number, number][] {
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
