/**
 * @file The record of an image: how its results were made, and what was measured. It is what
 * `NAME.json` holds; `schema/result.schema.json` describes it. Its words are those of the library
 * (`Segmentation`, `Segment`) and of the command line's `--json` lines.
 */

import { type ObjectRegion, objectsOf } from '../adzus/objects.ts'
import type { Parameters } from '../adzus/options.ts'
import type { Segmentation } from '../adzus/segmentation.ts'
import type { Segment } from '../adzus/segments.ts'
import type { TiledObject, TiledParameters, TiledSegmentation } from '../adzus/tiles/tiled.ts'
import type { Spacing } from '../image/spacing.ts'
import { objectMeasures, round, segmentMeasures } from './measures.ts'
import type { Digest, FinishedImage, FinishedTiles, RunInfo } from './output.ts'

/** The version of the record. It counts up with every change that a reader could stumble over. */
export const FORMAT = 3

/** `NAME.json`, as `schema/result.schema.json` describes it. */
export interface ResultRecord extends Omit<RunInfo, 'version'> {
  /** The mark of origin, which must come first. */
  adzus: string
  format: number
  input: string
  inputFile: Digest
  width: number
  height: number
  /** The size of a pixel in the world, where the image's file tells it. */
  spacing?: Spacing
  parameters: Parameters | TiledParameters
  /** What this image took: `timings.total`. */
  milliseconds: number
  timings: Record<string, number>
  peakBytes: number
  foregroundShare: number
  /** How the mask was chosen; of `auto` only. */
  scores?: Segmentation['scores']
  notes: string[]
  /** The names of the other results, by output. */
  files: Record<string, string>
  resultFiles: Record<string, Digest>
  segments: Segment[]
  /** Where many objects were seen, or something that was saved is made of them. */
  objects?: { count: number; list: ObjectRegion[] }
  /** Where it was segmented by tiles: then there are no segments. */
  tiles?: TiledRecord
}

/** What a record has of tiles; objects are in pixels at full resolution. */
export type TiledRecord = Pick<TiledSegmentation, 'region' | 'scale' | 'many' | 'objects'> & TiledSegmentation['tiles']

/** What is saved beside the record. */
export interface Saved {
  files: Record<string, string>
  resultFiles: Record<string, Digest>
  /** Milliseconds that encoding them took. */
  encode: number
  /** Whether something that is saved is made of separate objects. */
  needsObjects?: boolean
}

export function recordOf(image: FinishedImage, { files, resultFiles, encode, needsObjects = false }: Saved): ResultRecord {
  const { result } = image
  return {
    ...headOf(image, result.image.spacing),
    ...effortOf(image, encode),
    foregroundShare: foregroundShare(result),
    ...(result.scores && { scores: roundedScores(result.scores) }),
    notes: result.notes,
    files,
    resultFiles,
    segments: result.segments.map((segment) => ({ ...segmentMeasures(segment), rle: segment.rle })),
    ...((result.objects || needsObjects) && { objects: objectsRecord(result) }),
  }
}

/** What records of pictures begin with. */
function headOf({ run, input, inputFile, result: { width, height } }: FinishedImage | FinishedTiles, spacing?: Spacing) {
  return { adzus: run.version, format: FORMAT, input, inputFile, width, height, ...(spacing && { spacing }) }
}

/** How a result was made, and what that took; `encode` is milliseconds of encoding its files. */
export function effortOf<P>(
  { run, result }: { run: RunInfo; result: { parameters: P; timings: Readonly<Record<string, number>>; peakBytes: number } },
  encode: number,
) {
  const { model, backend, adapter } = run
  const timings = withTotal({ ...result.timings, encode })
  return { model, backend, adapter, parameters: result.parameters, milliseconds: timings.total, timings, peakBytes: result.peakBytes }
}

/** The record of a picture that was segmented by tiles. */
export function tiledRecordOf(image: FinishedTiles, { files, resultFiles, encode }: Saved): ResultRecord {
  const { region, scale, many, tiles, objects, scores, notes, foregroundShare: share } = image.result
  return {
    ...headOf(image),
    ...effortOf(image, encode),
    foregroundShare: round(share, 6),
    ...(scores && { scores: roundedScores(scores) }),
    notes,
    files,
    resultFiles,
    segments: [],
    tiles: { region, scale, many, ...tiles, objects: { count: objects.count, list: objects.list.map(roundedTiledObject) } },
  }
}

function roundedTiledObject({ id, area, bbox, centroid: [x, y] }: TiledObject): TiledObject {
  const [left, top, width, height] = bbox.map((value) => round(value, 2))
  return { id, area: round(area, 2), bbox: [left, top, width, height], centroid: [round(x, 2), round(y, 2)] }
}

/** Share of the picture that is foreground, to six decimals. */
export function foregroundShare({ mask }: Pick<Segmentation, 'mask'>): number {
  let inside = 0
  for (const value of mask) if (value !== 0) inside++
  return round(inside / mask.length, 6)
}

/** Stages' milliseconds to a tenth, and their sum as `total`. */
export function withTotal(stages: Readonly<Record<string, number>>): Record<string, number> & { total: number } {
  const timings = Object.fromEntries(
    Object.entries(stages)
      .filter(([stage]) => stage !== 'total')
      .map(([stage, ms]) => [stage, round(ms, 1)]),
  )
  return {
    ...timings,
    total: round(
      Object.values(timings).reduce((a, b) => a + b, 0),
      1,
    ),
  }
}

function roundedScores({ won, candidates, stability, contrast, score }: NonNullable<Segmentation['scores']>): Segmentation['scores'] {
  return { won, candidates, stability: round(stability, 4), contrast: round(contrast, 4), score: round(score, 4) }
}

function objectsRecord(result: Segmentation): ResultRecord['objects'] {
  const { count, list } = objectsOf(result)
  return { count, list: list.map((object) => ({ ...objectMeasures(object), rle: object.rle })) }
}
