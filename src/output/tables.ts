/**
 * @file What is measured of segments and objects as tables: `NAME.segments.csv` and
 * `NAME.objects.csv` of an image, and `regions.csv` of a run, all with the same columns.
 */
import { objectsOf } from '../adzus/objects.ts'
import type { Spacing } from '../image/spacing.ts'
import { csvOf, type Field } from './csv.ts'
import { hasTableMark } from './mark.ts'
import { type ObjectMeasures, objectMeasures, type SegmentMeasures, segmentMeasures, worldArea } from './measures.ts'
import type { ImageOutput, RunOutput } from './output.ts'

interface Row {
  image: string
  kind: 'segment' | 'object'
  region: SegmentMeasures | ObjectMeasures
  spacing?: Spacing
}

const COLUMNS: readonly (readonly [name: string, value: (row: Row) => Field])[] = [
  ['image', ({ image }) => image],
  ['kind', ({ kind }) => kind],
  ['id', ({ region }) => region.id],
  ['area_px', ({ region }) => region.area],
  ['area', ({ region, spacing }) => spacing && worldArea(region.area, spacing)],
  ['area_unit', ({ spacing }) => spacing && `${spacing.unit}2`],
  ['bbox_x', ({ region }) => region.bbox[0]],
  ['bbox_y', ({ region }) => region.bbox[1]],
  ['bbox_width', ({ region }) => region.bbox[2]],
  ['bbox_height', ({ region }) => region.bbox[3]],
  ['centroid_x', ({ region }) => region.centroid[0]],
  ['centroid_y', ({ region }) => region.centroid[1]],
  ['mean_red', ({ region }) => region.meanColour[0]],
  ['mean_green', ({ region }) => region.meanColour[1]],
  ['mean_blue', ({ region }) => region.meanColour[2]],
  // Objects are parts of the foreground.
  ['foreground_share', ({ region }) => ('foregroundShare' in region ? region.foregroundShare : 1)],
  ['border_share', ({ region }) => ('borderShare' in region ? region.borderShare : undefined)],
]
const HEADER = COLUMNS.map(([name]) => name)

const isOurs = (beginning: Uint8Array) => hasTableMark(beginning, HEADER.join())

/** Rows below the names of the columns; each channel that some row has is a column behind them. */
function tableOf(rows: readonly Row[]): Uint8Array {
  const channels = [...new Set(rows.flatMap(({ region }) => Object.keys(region.channelMeans ?? {})))]
  const header = [...HEADER, ...channels.map((name) => `mean_${name}`)]
  const lineOf = (row: Row) => [...COLUMNS.map(([, value]) => value(row)), ...channels.map((name) => row.region.channelMeans?.[name])]
  return new TextEncoder().encode(csvOf([header, ...rows.map(lineOf)]))
}

function rowsOf(image: string, kind: Row['kind'], list: readonly (SegmentMeasures | ObjectMeasures)[], spacing?: Spacing): Row[] {
  // Without run lengths, which may be long.
  return list.map((region) => {
    return { image, kind, region: 'foregroundShare' in region ? segmentMeasures(region) : objectMeasures(region), spacing }
  })
}

export const segmentsCsv: ImageOutput = {
  per: 'image',
  name: 'segments-csv',
  suffix: '.segments.csv',
  help: 'a table: area, box, centroid, mean colour and share of foreground of each segment',
  isOurs,
  encode: async ({ name, result }) => tableOf(rowsOf(name, 'segment', result.segments, result.image.spacing)),
}

export const objectsCsv: ImageOutput = {
  per: 'image',
  name: 'objects-csv',
  suffix: '.objects.csv',
  help: 'the same of each object; parts of the mask where not many are seen',
  isOurs,
  needsObjects: true,
  encode: async ({ name, result }) => tableOf(rowsOf(name, 'object', objectsOf(result).list, result.image.spacing)),
}

export const regionsCsv: RunOutput = {
  per: 'run',
  name: 'csv',
  file: 'regions.csv',
  help: 'the segments and objects of all images of a run in one table',
  isOurs,
  needsObjects: true,
  // What was segmented by tiles has measures of its own, in its record.
  isServedBy: ({ objects, tiles }) => tiles !== undefined || objects !== undefined,
  collect: () => {
    const images = new Map<string, Row[]>()
    return {
      add: ({ segments, objects, spacing }, image) => {
        images.set(image, [...rowsOf(image, 'segment', segments, spacing), ...rowsOf(image, 'object', objects?.list ?? [], spacing)])
      },
      encode: async () => tableOf(sortedByName(images).flat()),
    }
  },
}

/** What has been collected, in an order that does not depend on what was done before. */
export function sortedByName<T>(images: ReadonlyMap<string, T>): T[] {
  return [...images].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value)
}
