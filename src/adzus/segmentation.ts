/** @file From the attention of one picture to its segments: aggregation, merging, labels, foreground. */
import { blankness } from '../image/blank.ts'
import type { RgbRaster } from '../image/raster.ts'
import type { Backend, Grid, Tensor } from '../tensor/index.ts'
import { aggregate } from './aggregate.ts'
import type { BandedMap } from './banded-map.ts'
import { chooseForeground, type Foreground, type Labelled, maskOf } from './foreground.ts'
import { labelPixels } from './labels.ts'
import type { Seen } from './look.ts'
import { merge } from './merge.ts'
import type { Parameters } from './options.ts'
import type { Picture } from './picture.ts'
import { autoMask } from './prominence.ts'
import { refine } from './refine.ts'
import { consecutive, markForeground, measure, type Segment } from './segments.ts'
import type { Stages } from './stages.ts'
import { segmentHeat } from './words.ts'

export interface Segmentation {
  /** Size of the input, and of `labels` and `mask`. */
  width: number
  height: number
  /** Row-major, 1 … number of segments; 8 bits where there are fewer than 256. */
  labels: Uint8Array | Uint16Array
  /** 255 in the foreground, else 0. */
  mask: Uint8Array
  segments: Segment[]
  parameters: Parameters
  /** Milliseconds of each stage and of all (`total`); of what a batch does at once, an equal share. */
  timings: Record<string, number>
  /** Highest device memory in use by tensors, weights and the whole batch included, in bytes. */
  peakBytes: number
  /** The picture as it was decoded. */
  image: RgbRaster
  /** What to know before this result is used: what was wrong with the file although it was read, that nothing stands out. Usually empty. */
  notes: string[]
}

/** What is decided before there is anything to see. */
export interface Settings {
  backend: Backend
  parameters: Parameters
  /** The grid that attention is joined on. */
  grid: Grid
}

/** Segments one picture by what was seen in it: the maps are disposed, those of the words are not. */
export async function segmentBy(
  seen: Seen,
  picture: Omit<Picture, 'values'>,
  { backend, parameters, grid }: Settings,
  clock: Stages,
): Promise<Segmentation> {
  const map = await clock.run('aggregate', async () => aggregate(seen.maps, grid))
  try {
    return await segmentMap(map, seen, picture, { backend, parameters }, clock)
  } finally {
    map.dispose()
  }
}

async function segmentMap(
  map: BandedMap,
  { words, context }: Seen,
  { raster, notes }: Omit<Picture, 'values'>,
  { backend, parameters }: Omit<Settings, 'grid'>,
  clock: Stages,
): Promise<Segmentation> {
  const { foreground } = parameters
  const { width, height } = raster
  const proposals = await clock.run('merge', () => proposalsOf(map, parameters))
  const { labels, proposals: winners } = await clock.run('labels', async () =>
    consecutive(await labelPixels(proposals, map.grid, { width, height })),
  )
  proposals.dispose()
  const blank = blankness(raster)
  const { segments, mask } = await clock.run('foreground', async () => {
    const measured = measure(labels, winners.length, raster)
    const heat = words && (await segmentHeat(words, context.words, { labels, width, height, count: winners.length }))
    const known = { labels, width, height, segments: measured, heat }
    const found = blank && seeks(foreground) ? new Uint8Array(labels.length) : await maskBy(foreground, map, known)
    markForeground(measured, labels, found)
    return { segments: measured, mask: found }
  })
  const timings = clock.timings()
  const said = [...notes, ...(mask.includes(255) ? [] : [`${blank ? `${blank}, so ` : ''}nothing stands out: the mask is empty`])]
  return { width, height, labels, mask, segments, parameters, timings, peakBytes: backend.memory.peak, image: raster, notes: said }
}

/** Whether a rule looks for something; the others choose a place, whatever is there. */
function seeks(rule: Foreground): boolean {
  return rule === 'auto' || (typeof rule === 'object' && 'text' in rule)
}

async function maskBy(rule: Foreground, map: BandedMap, known: Labelled): Promise<Uint8Array> {
  return rule === 'auto' ? autoMask(map, known) : maskOf(known.labels, chooseForeground(rule, known))
}

async function proposalsOf(map: BandedMap, { thresholds, anchors, refine: wanted }: Parameters): Promise<Tensor> {
  const proposals = await merge(map, { thresholds, anchors })
  if (!wanted) return proposals
  const refined = await refine(map, proposals)
  proposals.dispose()
  return refined
}
